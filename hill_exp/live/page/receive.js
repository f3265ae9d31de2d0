// @ts-check
/** What the server says, and what it changes. */

import { saveSoon } from './actions.js';
import { byId } from './dom.js';
import { begin, readView } from './edit.js';
import { announce, toast } from './notices.js';
import { showEpoch, showPage } from './pages.js';
import { recolour, showControls, showHeader, showLearning, showProgress, showTurn } from './show.js';

/** @typedef {import('./app.js').App} App */
/** @typedef {import('./protocol').EditState} EditState */
/** @typedef {import('./protocol').TrainingState} TrainingState */
/** @typedef {import('./protocol').AnswerState} AnswerState */
/** @typedef {import('./protocol').StateMessage} StateMessage */
/** @typedef {import('./protocol').WireView} WireView */
/** @typedef {import('./types').View} View */
/** A phase with a view to show. @typedef {(EditState | TrainingState | AnswerState) & {view: WireView}} CanvasState */

/** @param {App} app @param {import('./protocol').ServerMessage} message */
export function receive(app, message) {
  switch (message.type) {
    case 'state':
      return onState(app, message);
    case 'progress':
      return onProgress(app, message);
    case 'refused':
      return onRefused(app, message);
    case 'saved':
      byId('line').textContent = 'Saved';
  }
}

/** @param {App} app @param {StateMessage} state */
function onState(app, state) {
  const before = app.state;
  const { phase } = state;
  app.state = state;
  app.sent = null;
  byId('line').textContent = '';
  if (!app.timedOut || phase !== 'training') toast(app, '');
  showHeader(state);
  const onCanvas = hasView(state);
  byId('work').hidden = !onCanvas;
  byId('screen').hidden = onCanvas;
  byId('training').hidden = phase !== 'training';
  if (phase === 'training') {
    app.epochs = state.epochs;
    showProgress(state);
  }
  if (onCanvas) onView(app, state, before);
  else {
    document.body.dataset.turn = '';
    byId('dots').replaceChildren();
    app.view = app.edit = null;
    showPage(app, state);
  }
  if (phase === 'done' || phase === 'failed') app.connection.end();
}

/** @param {StateMessage} state @returns {state is CanvasState} */
const hasView = (state) => 'view' in state && state.view !== null;

/** Which view of which step a state shows. @param {StateMessage | null} state */
const viewKey = (state) => (state && hasView(state) ? `${state.step} ${state.practice} ${state.view.turn}` : '');

/** @param {App} app @param {CanvasState} state @param {StateMessage | null} before */
function onView(app, state, before) {
  const view = readView(state.view);
  const same = viewKey(before) === viewKey(state);
  const kept = same && state.phase === 'edit' && before?.phase === 'edit' && !before.reader && holds(app, state);
  app.view = view;
  document.body.dataset.turn = String(view.turn);
  if (kept) saveSoon(app);
  else {
    takeEdit(app, state, view);
    const fresh = !same || before?.phase !== state.phase;
    const answer = fresh && view.previous !== null && isNew(state, before);
    app.stage.show(app.edit?.view ?? view, { edit: app.edit, answer });
  }
  if (state.phase === 'edit') app.timedOut = false;
  recolour(app);
  app.stage.look('now');
  showTurn(app);
  showLearning(app);
  showControls(app);
  announceTurn(state, view);
}

/** Whether the edit in this tab has all that the draft has: then it goes on. @param {App} app @param {EditState} state */
const holds = ({ edit }, { draft }) => edit !== null && edit.made >= draft.gestures.length + draft.undone;

/** The edit that belongs to the view: as its draft has it, or none. @param {App} app @param {CanvasState} state @param {View} view */
function takeEdit(app, state, view) {
  if (state.phase === 'edit') {
    app.edit = begin(view, state.draft);
    app.shownAt = performance.now() - 1000 * state.draft.elapsed;
    app.warned = Infinity;
  } else if (state.phase === 'training' && app.edit?.view.turn === view.turn) {
    // The edit stays in sight, with its ghosts and arrows.
    app.edit = { ...app.edit, selection: [], refused: null };
  } else app.edit = null;
}

/** Whether the answer in a view has not been seen by the person. @param {CanvasState} state @param {StateMessage | null} before */
function isNew(state, before) {
  if (state.phase === 'training') return false;
  return before?.phase === 'training' || state.phase === 'answer' || state.draft.elapsed < 2;
}

/** @param {CanvasState} state @param {View} view */
function announceTurn({ phase }, view) {
  if (phase === 'edit') announce(`Turn ${view.turn + 1} of ${view.turns}. ${byId('lead').textContent}`);
  else announce(phase === 'training' ? 'The model trains.' : byId('lead').textContent);
}

/** @param {App} app @param {import('./protocol').ProgressMessage} message */
function onProgress(app, { epoch, epochs, train_loss, teaching_loss }) {
  if (app.state?.phase !== 'training') return;
  const { curves } = app.state;
  const state = {
    ...app.state,
    epoch,
    epochs,
    curves: {
      epoch: [...curves.epoch, epoch],
      train_loss: [...curves.train_loss, train_loss],
      teaching_loss: [...curves.teaching_loss, teaching_loss],
    },
  };
  app.state = state;
  app.epochs = epochs;
  showProgress(state);
  if (app.view) showLearning(app);
  else showEpoch(state);
}

/** @param {App} app @param {import('./protocol').RefusedMessage} message */
function onRefused(app, { reason }) {
  app.sent = null;
  showControls(app);
  toast(app, `Not accepted: ${reason}`);
}
