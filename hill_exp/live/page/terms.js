// @ts-check
/** The words on the page, as the help explains them. */

/** @type {[string, string][]} */
export const TERMS = [
  ['observed label', 'what somebody said that a picture shows; most have none, and some are wrong'],
  ['predicted label', 'what the model takes it for now'],
  ['confidence', 'how sure the model is of that'],
  ['disagreement', 'where the model gives another label than the observed one'],
  ['filled, hollow', 'a picture with an observed label, and one without'],
  ['turn', 'you move points, then the model trains on and answers'],
  ['round', 'several turns with one model; in the next another one begins anew'],
  ['followed', 'the model has moved the point toward where you put it'],
  ['training loss', 'how far the model is from the observed labels: less is better'],
  ['teaching loss', 'how far it is from what you showed by moving; 0 until you have taught'],
  ['agrees with the labels', 'the share of the labelled pictures to which it gives their label'],
];
