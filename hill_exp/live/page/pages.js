// @ts-check
/** Which page of text a phase shows where there is no canvas, and what its buttons send. */

import { byId } from './dom.js';
import { toast } from './notices.js';
import { trainingInWords } from './progress.js';
import { showQuestions } from './questions.js';
import { showText } from './screens.js';

/** @typedef {import('./app.js').App} App */
/** @typedef {import('./protocol').PageMessage} PageMessage */
/** @typedef {import('./protocol').StateMessage} StateMessage */

/** @param {App} app @param {StateMessage} state */
export function showPage(app, state) {
  const root = byId('screen');
  const send = (/** @type {PageMessage} */ message) => () => {
    if (!state.reader) sent(app, message);
  };
  switch (state.phase) {
    case 'consent':
      showText(root, { title: state.title || 'Consent', text: state.text }, [
        { text: 'Decline', press: send({ type: 'decline' }) },
        { text: 'Agree', press: send({ type: 'agree' }), first: true },
      ]);
      break;
    case 'instructions':
      showText(root, { title: state.title || 'Instructions', text: state.text }, [
        { text: 'Begin', press: send({ type: 'begin' }), first: true },
      ]);
      break;
    case 'questions':
      showQuestionnaire(app, root, state);
      break;
    case 'done':
      showText(root, { title: 'Thank you', text: state.text, sign: 'well' }, []);
      break;
    case 'failed':
      showText(
        root,
        { title: 'The training ended badly', text: state.text, note: 'The session is kept.', sign: 'ill' },
        [],
      );
      break;
    case 'training':
      showText(
        root,
        {
          title: state.playback ? 'Coming back to where you were' : 'The model trains',
          text: 'The picture comes in a moment.',
          note: trainingInWords(state),
          sign: 'busy',
        },
        [],
      );
  }
  for (const one of root.querySelectorAll('button, input, textarea')) one.toggleAttribute('disabled', state.reader);
}

/** On the page that waits for the first picture. @param {import('./protocol').TrainingState} state */
export function showEpoch(state) {
  const note = byId('screen').querySelector('.note');
  if (note) note.textContent = trainingInWords(state);
}

/**
 * What is answered outlives a reload of the tab.
 * @param {App} app
 * @param {HTMLElement} root
 * @param {import('./protocol').QuestionsState} state
 */
function showQuestionnaire(app, root, { title, text, items, who, step }) {
  const key = `hill answers ${who} ${step}`;
  showQuestions(
    root,
    { title: title || 'Questions', text, items },
    JSON.parse(sessionStorage.getItem(key) ?? '{}'),
    (answers) => sessionStorage.setItem(key, JSON.stringify(answers)),
    (answers) => {
      if (sent(app, { type: 'answers', answers })) sessionStorage.removeItem(key);
    },
  );
}

/** Whether the message went out; if not, the person is told. @param {App} app @param {PageMessage} message */
function sent(app, message) {
  const open = app.connection.send(message);
  if (!open) toast(app, 'There is no connection just now.');
  return open;
}
