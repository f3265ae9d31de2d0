// @ts-check
/** What the server says, and what it changes. */

import { saveSoon } from './actions.js';
import { kindOf } from './cards.js';
import { byId, canvas } from './dom.js';
import { begin, readView, submission } from './edit.js';
import { Notebook } from './notebook.js';
import { announce, toast } from './notices.js';
import { fate, forget, stamp, turnOf, unsent } from './offline.js';
import { showEpoch, showPage } from './pages.js';
import { recolour, showControls, showEdit, showHeader, showLearning, showProgress, showSilent, showTurn } from './show.js';

/** @typedef {import('./app.js').App} App */
/** @typedef {import('./protocol').Draft} Draft */
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
    case 'queue':
      return onQueue(app, message);
    case 'refused':
      return onRefused(app, message);
    case 'saved':
      return onSaved(app);
    case 'rehearsed':
      return onRehearsed(app, message);
    case 'moves':
      return onMoves(app, message);
  }
}

/** @param {App} app @param {StateMessage} state */
function onState(app, state) {
  const before = app.state;
  const { phase } = state;
  app.state = state;
  app.sent = null;
  app.silent = [];
  app.onTheWay = [];
  app.epochs = state.epochs;
  byId('line').textContent = '';
  if (!app.timedOut || phase !== 'training') toast(app, '');
  showHeader(state);
  const onCanvas = hasView(state);
  byId('work').hidden = !onCanvas;
  byId('screen').hidden = onCanvas;
  byId('training').hidden = phase !== 'training';
  if (phase === 'training') showProgress(state);
  if (onCanvas) {
    onView(app, state, before);
    if (!before || !hasView(before)) canvas('live').focus({ preventScroll: true });
  } else {
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
  const mine = state.phase === 'edit' && !state.reader ? ownEdit(app, state) : null;
  const kept = same && before?.phase === 'edit' && !before.reader && state.phase === 'edit' && holds(app, mine ?? state.draft);
  app.view = view;
  document.body.dataset.turn = String(view.turn);
  document.body.dataset.cards = kindOf(view);
  byId('tip').dataset.point = ''; // the same number may be another point
  if (!kept) {
    takeEdit(app, state, view, mine);
    const fresh = !same || before?.phase !== state.phase;
    const answer = fresh && view.previous !== null && isNew(state, before);
    app.stage.show(app.edit?.view ?? view, { edit: app.edit, answer });
  }
  if (mine) saveSoon(app);
  if (state.phase === 'edit') app.timedOut = false;
  recolour(app);
  app.stage.look('now');
  showTurn(app);
  showLearning(app);
  showControls(app);
  announceTurn(state, view);
}

/** Whether the edit in hand is this draft: then it goes on. @param {App} app @param {Draft} draft */
const holds = ({ edit }, draft) => edit !== null && stamp(submission(edit)) === stamp(draft);

/**
 * What was done in this tab and has not come to the server, if it goes on; the person is told what becomes of it.
 * @param {App} app
 * @param {EditState} state
 */
function ownEdit(app, state) {
  const mine = unsent(sessionStorage);
  const what = fate(mine, turnOf(state), state.draft);
  app.known = stamp(state.draft);
  if (what === 'on') return mine;
  forget(sessionStorage);
  if (what === 'lost') toast(app, 'What you moved here while there was no connection is lost: another tab went on.');
  return null;
}

/** The edit that belongs to the view: as this tab or else the server has it, or none. @param {App} app @param {CanvasState} state @param {View} view @param {Draft | null} mine */
function takeEdit(app, state, view, mine) {
  if (state.phase === 'edit') {
    const draft = mine ?? state.draft;
    const elapsed = Math.max(state.draft.elapsed, draft.elapsed);
    app.edit = begin(view, draft);
    app.shownAt = performance.now() - 1000 * elapsed;
    app.notebook = new Notebook(draft.noted, elapsed);
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
  if (epochs && epoch === Math.ceil(epochs / 2)) announce(`Half of the training is done: epoch ${epoch} of ${epochs}.`);
  showProgress(state);
  if (app.view) showLearning(app);
  else showEpoch(state);
}

/** @param {App} app */
function onSaved(app) {
  app.known = app.onTheWay.shift() ?? app.known;
  if (!app.edit || stamp(submission(app.edit)) !== app.known) return;
  forget(sessionStorage);
  byId('line').textContent = 'Saved';
}

/** Another tab moved points. @param {App} app @param {import('./protocol').MovesMessage} message */
function onMoves(app, { draft }) {
  if (app.state?.phase !== 'edit' || !app.view) return;
  app.state = { ...app.state, draft };
  app.edit = begin(app.view, draft);
  app.stage.update(app.edit);
  showEdit(app, true);
}

/** @param {App} app @param {import('./protocol').QueueMessage} message */
function onQueue(app, { ahead }) {
  if (app.state?.phase !== 'training') return;
  app.state = { ...app.state, ahead };
  showProgress(app.state);
  if (!app.view) showEpoch(app.state);
}

/** @param {App} app @param {import('./protocol').RehearsedMessage} message */
function onRehearsed(app, { turn, gestures, silent }) {
  if (app.edit?.view.turn !== turn || app.edit.gestures.length !== gestures) return; // of an edit that is no more
  app.silent = silent;
  showSilent(app);
}

/** @param {App} app @param {import('./protocol').RefusedMessage} message */
function onRefused(app, { reason, in_reply_to }) {
  if (in_reply_to === 'draft') app.onTheWay.shift();
  app.sent = null;
  showControls(app);
  toast(app, `Not accepted: ${reason}`);
}
