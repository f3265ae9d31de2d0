// @ts-check
/** What is shown about the canvas, from what the page knows. */

import { classLook, colouring, percent } from './colours.js';
import { showCurves } from './curves.js';
import { button, byId } from './dom.js';
import { refusal } from './edit.js';
import { answered, showBudget, showDots, showHeld, showLegend, showStrip, showTip } from './panel.js';
import { currentTheme } from './theme.js';
import { tool } from './toolbar.js';

/** @typedef {import('./app.js').App} App */
/** @typedef {import('./protocol').StateMessage} StateMessage */

/** The header, and a banner where the tab only watches. @param {StateMessage} state */
export function showHeader(state) {
  const { phase, reader, practice, participant, condition, step, steps } = state;
  Object.assign(document.body.dataset, { phase, reader: String(reader) });
  document.body.toggleAttribute('data-practice', practice);
  byId('reader').hidden = !reader || phase === 'done';
  byId('practice').hidden = !practice;
  const parts = [];
  if (participant !== null) parts.push(`Participant ${participant}`);
  if (condition?.teacher) parts.push(`teacher ${condition.teacher}`);
  if (steps > 1) parts.push(`part ${step} of ${steps}`);
  byId('who').textContent = parts.join(' \u00b7 ');
}

/** @param {import('./connection.js').ConnectionState} state @param {number} wait  milliseconds until the next try */
export function showConnection(state, wait) {
  document.body.dataset.line = state;
  const words = {
    open: '',
    ended: '',
    connecting: 'Connecting ...',
    waiting: `Connection lost; next try in ${Math.ceil(wait / 1000)} s. Nothing is lost.`,
  };
  byId('line').textContent = words[state];
  byId('line').classList.toggle('bad', state === 'waiting');
}

/** @param {import('./protocol').TrainingState} state */
export function showProgress({ epoch, epochs, playback }) {
  const bar = /** @type {HTMLProgressElement} */ (byId('training-bar'));
  const words = playback ? 'Coming back to where you were' : 'The model trains';
  byId('training-text').textContent = `${words}: epoch ${epoch} of ${epochs}`;
  bar.max = epochs;
  bar.value = epoch;
}

/** What can be pressed now. @param {App} app */
export function showControls(app) {
  const { edit, stage, state } = app;
  const can = app.mayEdit;
  stage.editable = can;
  const end = state?.phase === 'answer';
  button('teach').disabled = end ? state.reader : !can || !edit?.gestures.length;
  button('teach').textContent = end ? 'Finish' : app.sent === 'teach' ? 'Handing over ...' : 'Teach';
  button('skip').disabled = button('stop').disabled = !can;
  byId('skip').parentElement?.toggleAttribute('hidden', end);
  tool('undo').disabled = !can || !edit?.past.length;
  tool('redo').disabled = !can || !edit?.future.length;
  tool('reset').disabled = !can || !edit?.gestures.length;
  tool('gather').disabled = !can || !edit?.selection.length;
  for (const name of ['select', 'hand'])
    tool(name).setAttribute('aria-pressed', String(stage.hand === (name === 'hand')));
  const words = tool('images').querySelector('span');
  if (words) words.textContent = { auto: 'images when near', on: 'images', off: 'points' }[stage.imageMode];
}

/** @param {App} app */
export function showTurn(app) {
  const { view, state } = app;
  if (!view || !state) return;
  const end = state.phase === 'answer';
  showDots(end ? view.turns : view.turn, view.turns);
  byId('turn').textContent = end ? 'The answer' : `Turn ${view.turn + 1} of ${view.turns}`;
  const answer = answered(view.previous?.followed, view.previous?.response ?? null);
  byId('lead').textContent = end
    ? `Training is over. ${answer || 'This is the last answer.'}`
    : state.phase === 'training'
      ? 'The model trains on. The picture then glides to its answer.'
      : view.turn
        ? `${answer || 'This is how the model answered.'} Move points to teach it further.`
        : 'Move points to show what belongs together.';
  showViews(app);
  showEdit(app, true);
}

/** @param {App} app @param {boolean} selected  whether the selection is another */
export function showEdit(app, selected) {
  const { edit, stage, view } = app;
  if (edit) showBudget(edit, app.seconds);
  else byId('budget').replaceChildren();
  if (selected) {
    showStrip(view, edit?.selection ?? [], stage.colouring, {
      point: (i) => stage.point(i),
      remove: (i) => {
        stage.point(-1);
        app.dispatch({ type: 'select', points: [i], how: 'remove' });
      },
      editable: app.mayEdit,
    });
  }
  showControls(app);
}

/** Which layout is seen: before, as edited, now. @param {App} app */
export function showViews({ stage, state, view }) {
  const has = Boolean(view?.previous) && state?.phase !== 'training';
  byId('views').hidden = !has;
  for (const one of byId('views').querySelectorAll('[data-showing]')) {
    one.setAttribute('aria-checked', String(/** @type {HTMLElement} */ (one).dataset.showing === stage.showing));
  }
  const turn = state?.phase === 'answer' ? 'the last turn' : `turn ${view?.turn}`;
  const gliding = document.body.hasAttribute('data-gliding');
  const words = {
    before: `As ${turn} began`,
    edited: `As you left ${turn}`,
    now: !gliding ? '' : view?.previous?.moved.length ? 'The answer to your edit' : 'How the picture has changed',
  }[stage.showing];
  byId('caption').hidden = !has || !words;
  byId('caption').textContent = words;
}

/** The learning curves. @param {App} app */
export function showLearning({ state, epochs }) {
  if (!state) return;
  const { epoch, train_loss, teaching_loss } = state.curves;
  const number = (/** @type {number} */ y) => y.toPrecision(3);
  showCurves(
    byId('curves'),
    [
      { name: 'Training loss', xs: epoch, ys: train_loss, words: number },
      { name: 'Teaching loss', xs: epoch, ys: teaching_loss, words: number },
      {
        name: 'Agrees with the labels',
        xs: state.history.map((h) => h.turn),
        ys: state.history.map((h) => h.agreement),
        words: percent,
        span: [0, 1],
        dots: true,
      },
    ],
    epochs,
  );
}

/** Everything that has a colour: after another theme, another mode or another view. @param {App} app */
export function recolour(app) {
  const { mode, stage, view } = app;
  stage.theme = currentTheme();
  for (const one of byId('modes').children)
    one.setAttribute('aria-checked', String(/** @type {HTMLElement} */ (one).dataset.mode === mode));
  if (!view) return;
  stage.colouring = colouring(view, mode, stage.theme);
  stage.lit = app.held;
  legend(app);
  showEdit(app, true);
  stage.redraw();
}

/** @param {App} app */
function legend(app) {
  const { stage } = app;
  const { of } = stage.colouring;
  showLegend(stage.colouring, {
    held: app.held,
    paint: (canvas, { unlabelled, shape, colour }) =>
      stage.scatter.swatch(canvas, unlabelled ? 'hollow' : 'full', shape, colour, stage.theme),
    light: (k) => {
      stage.lit = k ?? app.held;
      stage.redraw();
    },
    hold: (k) => {
      app.held = app.held === k ? null : k;
      stage.lit = app.held;
      stage.redraw();
      showHeld(app.held);
    },
    pick:
      app.state?.phase === 'edit'
        ? (k) => app.dispatch({ type: 'select', points: [...of.keys()].filter((i) => of[i] === k), how: 'replace' })
        : null,
  });
  byId('kinds').textContent = 'Filled: with an observed label. Hollow: without.';
}

/** The thumbnail at the pointer. @param {App} app @param {number} i @param {number} x @param {number} y */
export function showPoint(app, i, x, y) {
  const { edit, stage, view } = app;
  if (!view) return;
  const points = edit?.selection.includes(i) ? edit.selection : [i];
  const note = i >= 0 && edit && app.mayEdit ? refusal(edit, points, app.seconds) : null;
  showTip(view, i, x, y, note, (mode, k) => {
    const label = view[mode][k] ?? -1;
    return label < 0 ? '' : classLook(label, stage.theme).colour;
  });
}
