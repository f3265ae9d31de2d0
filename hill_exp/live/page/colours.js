// @ts-check
/**
 * What a point's colour and shape say. Colours are those of the project's figures (Okabe & Ito, Paul Tol); the olive is
 * a shade off, so that the colour-blind tell it from vermillion.
 */

import { spoken } from './cards.js';

/** @typedef {import('./types').View} View */
/** @typedef {import('./types').Palette} Palette */
/** @typedef {import('./types').Shape} Shape */
/** @typedef {import('./types').Colouring} Colouring */
/** @typedef {import('./types').ColourMode} ColourMode */

/** @type {readonly ColourMode[]} */
export const MODES = ['observed', 'predicted', 'confidence', 'disagreement'];

/** The modes for which a view tells what they show. @param {View} view */
export const modesOf = ({ tells }) =>
  MODES.filter(
    (mode) => mode === 'observed' || (mode === 'confidence' ? tells.confidence : tells.predictions),
  );

/** Ten colours by ten shapes: a hundred classes can be told apart, and ten by their shapes alone. @type {readonly Shape[]} */
export const SHAPES = [
  'circle',
  'square',
  'triangle',
  'diamond',
  'wedge',
  'hexagon',
  'star',
  'plus',
  'cross',
  'pentagon',
];

/** What is said of a point without a label. */
const NO_LABEL = 'no label';

/** @type {Palette} */
export const LIGHT = {
  dark: false,
  shaped: false,
  classes: [
    '#0072B2',
    '#E69F00',
    '#009E73',
    '#D55E00',
    '#56B4E9',
    '#CC79A7',
    '#882255',
    '#A39A48',
    '#222222',
    '#F0E442',
  ],
  grey: '#8A929B',
  frame: '#D5D9DE',
  halo: '#4799DE',
  steps: ['#F2C200', '#C9A94F', '#8D9097', '#4F6F95', '#0B3C6F'],
  agrees: '#6F9BB8',
  disagrees: '#D55E00',
};

/** The same hues, lighter where the dark paper asks for it. @type {Palette} */
export const DARK = {
  dark: true,
  shaped: false,
  classes: [
    '#2F8AD0',
    '#F0AE1F',
    '#10B183',
    '#E8701A',
    '#85CDF7',
    '#E394C2',
    '#B0437F',
    '#909D55',
    '#F4F4F4',
    '#F5EC5A',
  ],
  grey: '#98A2AD',
  frame: '#39424C',
  halo: '#2A77B0',
  steps: ['#FFD93B', '#C4B063', '#8E96A0', '#5D7FA8', '#3A66A0'],
  agrees: '#5F8AA8',
  disagrees: '#F07D2E',
};

/** @param {number} number @param {Palette} palette @returns {{colour: string, shape: Shape}} */
export function classLook(number, palette) {
  const colours = palette.classes.length;
  const shape = Math.floor(number / colours) + (palette.shaped ? number : 0);
  return {
    colour: /** @type {string} */ (palette.classes[number % colours]),
    shape: /** @type {Shape} */ (SHAPES[shape % SHAPES.length]),
  };
}

/**
 * The categories of a mode, as the legend lists them, and which each point is in.
 * @param {View} view
 * @param {ColourMode} mode
 * @param {Palette} palette
 * @returns {Colouring}
 */
export function colouring(view, mode, palette) {
  /** @type {{name: string, colour: string, shape: Shape, unlabelled?: boolean}[]} */
  let looks;
  /** @type {(i: number) => number} */
  let which;
  const none = { name: NO_LABEL, colour: palette.grey, shape: /** @type {Shape} */ ('circle'), unlabelled: true };
  const observed = (/** @type {number} */ i) => view.observed[i] ?? -1;
  const predicted = (/** @type {number} */ i) => view.predicted[i] ?? -1;
  if (mode === 'confidence') {
    const ends = fifths(view.confidence, palette.steps.length);
    const names = ranges(ends);
    looks = names.map((name, k) => ({ name, colour: /** @type {string} */ (palette.steps[k]), shape: 'circle' }));
    which = (i) =>
      Math.max(
        0,
        ends.slice(1).findIndex((end) => (view.confidence[i] ?? 0) <= end),
      );
  } else if (mode === 'disagreement') {
    looks = [
      { name: 'model disagrees', colour: palette.disagrees, shape: 'diamond' },
      { name: 'model agrees', colour: palette.agrees, shape: 'circle' },
      none,
    ];
    which = (i) => (observed(i) < 0 ? 2 : observed(i) === predicted(i) ? 1 : 0);
  } else {
    const label = mode === 'observed' ? observed : predicted;
    looks = [...view.classes.map((name, k) => ({ name, ...classLook(k, palette) })), none];
    which = (i) => (label(i) < 0 ? view.classes.length : label(i));
  }
  const of = Uint16Array.from({ length: view.n }, (_, i) => which(i));
  const counts = new Array(looks.length).fill(0);
  of.forEach((k) => counts[k]++);
  return { categories: looks.map((look, k) => ({ unlabelled: false, ...look, count: counts[k] })), of };
}

/**
 * The ends of groups of equal size, from the least to the most: how sure a model is changes too much in training for
 * fixed steps to tell its points apart.
 * @param {Float64Array} values
 * @param {number} groups
 */
function fifths(values, groups) {
  const sorted = values.toSorted();
  const ends = Array.from(
    { length: groups + 1 },
    (_, k) => sorted[Math.round((k / groups) * (sorted.length - 1))] ?? 0,
  );
  return ends.filter((end, k) => k === 0 || k === groups || end > (ends[k - 1] ?? 0));
}

/** In words, as briefly as tells them apart: "20 to 35%". @param {readonly number[]} ends */
function ranges(ends) {
  const digits = [0, 1, 2].find((d) => new Set(ends.map((end) => (100 * end).toFixed(d))).size === ends.length) ?? 2;
  const words = ends.map((end) => (100 * end).toFixed(digits));
  return words.slice(1).map((end, k) => `${words[k]} to ${end}%`);
}

/**
 * The colour of thin lines: on white paper somewhat darker, so that yellow is seen.
 * @param {string} colour
 * @param {Palette} palette
 */
export function lined(colour, palette) {
  if (palette.dark) return colour;
  const parts = [1, 3, 5].map((k) => Math.round(0.8 * parseInt(colour.slice(k, k + 2), 16)));
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** The observed label of a point, in words. @param {View} view @param {number} i */
export const observedName = (view, i) => view.classes[view.observed[i] ?? -1] ?? NO_LABEL;

/** The predicted label of a point, in words. @param {View} view @param {number} i */
export const predictedName = (view, i) => view.classes[view.predicted[i] ?? -1] ?? 'none';

/** What the model says of a point, as far as it is told; empty where it is not. @param {View} view @param {number} i */
export function modelSays(view, i) {
  const { predictions, confidence } = view.tells;
  const name = predictions ? predictedName(view, i) : '';
  return [name, confidence ? `${percent(view.confidence[i] ?? 0)} sure` : ''].filter(Boolean).join(', ');
}

/** For those who hear the page. @param {View} view @param {number} i */
export function described(view, i) {
  const [card, model] = [spoken(view, i), modelSays(view, i)];
  return `Point ${i}: observed ${observedName(view, i)}${model && `, predicted ${model}`}${card && `; ${card}`}`;
}

/** How many of the points are in which category, the most first. @param {Colouring} colouring @param {readonly number[]} points */
export const tally = ({ categories, of }, points) =>
  categories
    .map(({ name }, k) => ({ name, count: points.filter((i) => of[i] === k).length }))
    .filter(({ count }) => count)
    .toSorted((a, b) => b.count - a.count)
    .map(({ name, count }) => `${count} ${name}`)
    .join(', ');

/** @param {number} share */
export const percent = (share) => `${Math.round(100 * share)}%`;
