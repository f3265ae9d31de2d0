// @ts-check
/** What is shown about the canvas, from what the page knows. */

import { classLook, colouring, modesOf, percent } from './colours.js';
import { lineInWords } from './connection.js';
import { showCurves } from './curves.js';
import { button, byId, element } from './dom.js';
import { moved, refusal } from './edit.js';
import { affordable } from './choosing.js';
import { answered, showBudget, showDots, showHeld, showLegend } from './panel.js';
import { showReel, turnsOf } from './reel.js';
import { showStrip } from './strip.js';
import { trainingInWords } from './progress.js';
import { currentTheme } from './theme.js';
import { showTip } from './tip.js';
import { tool } from './toolbar.js';
import { showWarmup } from './warmup.js';

/** @typedef {import('./app.js').App} App */
/** @typedef {import('./protocol').StateMessage} StateMessage */

/** The header, and a banner where the tab only watches. @param {StateMessage} state */
export function showHeader(state) {
  const { phase, reader, practice, who, may_leave, condition, step, steps, round } = state;
  Object.assign(document.body.dataset, { phase, reader: String(reader) });
  document.body.toggleAttribute('data-practice', practice);
  byId('reader').hidden = !reader || phase === 'done';
  byId('practice').hidden = !practice;
  byId('leave').hidden = !may_leave || reader || ['consent', 'done', 'failed'].includes(phase);
  const parts = [];
  if (who) parts.push(who);
  if (condition?.teacher) parts.push(`teacher ${condition.teacher}`);
  if (round) parts.push(`round ${round[0]} of ${round[1]}`);
  if (steps > 1) parts.push(`part ${step} of ${steps}`);
  byId('who').textContent = parts.join(' \u00b7 ');
}

/** @param {App} app @param {import('./connection.js').ConnectionState} state */
export function showConnection(app, state) {
  const now = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  if (state === 'open') app.offlineSince = '';
  else if (state === 'waiting' && app.state) app.offlineSince ||= now;
  if (state !== 'connecting') document.body.dataset.line = state;
  byId('line').textContent = lineInWords(state, app.offlineSince);
  byId('line').classList.toggle('bad', state === 'shut' || app.offlineSince !== '');
}

/** @param {import('./protocol').TrainingState} state */
export function showProgress(state) {
  const bar = /** @type {HTMLProgressElement} */ (byId('training-bar'));
  byId('training-text').textContent = trainingInWords(state);
  if (state.epochs === null) return bar.removeAttribute('value');
  bar.max = state.epochs;
  bar.value = state.epoch;
}

/** What can be pressed now. @param {App} app */
export function showControls(app) {
  const { edit, stage, state } = app;
  const can = app.mayEdit;
  stage.editable = can;
  const end = state?.phase === 'answer';
  button('teach').disabled = end ? state.reader || app.sent !== null : !can;
  // Pale, and still to be pressed: it then says what is missing.
  button('teach').setAttribute('aria-disabled', String(!end && !edit?.gestures.length));
  const [rest, sent] = end ? ['Finish', 'Finishing ...'] : ['Teach', 'Handing over ...'];
  button('teach').textContent = app.sent && app.sent !== 'skip' && app.sent !== 'stop' ? sent : rest;
  button('skip').disabled = button('stop').disabled = !can;
  // A warm-up is not skipped by one click: whoever does not want to go on leaves the study.
  byId('skip').parentElement?.toggleAttribute('hidden', end || state?.practice === true);
  tool('undo').disabled = !can || !edit?.past.length;
  tool('redo').disabled = !can || !edit?.future.length;
  tool('reset').disabled = !can || !edit?.gestures.length;
  tool('gather').disabled = !can || !edit?.selection.length;
  const inUse = stage.hand ? 'hand' : stage.tool === 'lasso' ? 'select' : stage.tool;
  for (const name of ['select', 'rectangle', 'brush', 'hand'])
    tool(name).setAttribute('aria-pressed', String(name === inUse));
  tool('add').setAttribute('aria-pressed', String(stage.adding || stage.tool === 'brush'));
  tool('images').setAttribute('aria-pressed', String(stage.pictured));
  tool('shapes').setAttribute('aria-pressed', String(stage.theme.shaped));
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
    showStrip(view, stage.places, edit?.selection ?? [], stage.colouring, app.order, app.mayEdit, {
      point: (i) => stage.point(i),
      find: (i) => stage.find(i),
      remove: (i) => {
        stage.point(-1);
        app.dispatch({ type: 'select', points: [i], how: 'remove' });
      },
    });
  }
  byId('pick-unsure').hidden = !app.mayEdit || !view?.tells.confidence;
  showSilent(app);
  byId('pick-lagging').hidden = !app.mayEdit || !stage.taught.some(({ followed }) => !followed);
  byId('pick-fewer').hidden = !app.mayEdit || !edit || !affordable(edit, app.seconds);
  showControls(app);
  showWarmup(app);
}

/** What would teach nothing, before the edit is handed over. @param {App} app */
export function showSilent({ edit, mayEdit, silent }) {
  byId('silent').hidden = !mayEdit || !edit || !silent.length;
  if (!edit) return;
  const [few, all] = [silent.length, moved(edit).length];
  const words = few === all ? (all === 1 ? 'The point' : 'All points') : `${few} of the ${all} points`;
  byId('silent-text').textContent = `${words} that you moved would teach nothing there.`;
}

/** Which layout is seen: before, as edited, now. @param {Pick<App, 'stage' | 'state' | 'view'>} app */
export function showViews({ stage, state, view }) {
  const has = Boolean(view?.previous) && state?.phase !== 'training';
  byId('views').hidden = !has;
  for (const one of byId('views').querySelectorAll('[data-showing]')) {
    one.setAttribute('aria-checked', String(/** @type {HTMLElement} */ (one).dataset.showing === stage.showing));
  }
  const past = stage.showing === 'now' ? null : stage.past;
  showReel(has ? view : null, stage.colouring, stage.theme, past, (one) => {
    stage.look(one === past ? 'now' : 'edited', one);
    showViews({ stage, state, view });
  });
  const turn = `turn ${view && past ? turnsOf(view).indexOf(past) + 1 : ''}`;
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
    epochs ?? undefined,
  );
}

/** Everything that has a colour: after another theme, another mode or another view. @param {App} app */
export function recolour(app) {
  const { stage, view } = app;
  stage.theme = currentTheme();
  const modes = view ? modesOf(view) : [];
  if (view && !modes.includes(app.mode)) app.mode = 'observed';
  const { mode } = app;
  for (const one of /** @type {Iterable<HTMLElement>} */ (byId('modes').children)) {
    one.setAttribute('aria-checked', String(one.dataset.mode === mode));
    one.hidden = view !== null && !modes.some((has) => has === one.dataset.mode);
  }
  if (!view) return;
  stage.colouring = colouring(view, mode, stage.theme);
  stage.lit = stage.filter;
  legend(app);
  showEdit(app, true);
  stage.redraw();
}

/** @param {App} app */
function legend(app) {
  const { stage, view } = app;
  const { of } = stage.colouring;
  showLegend(stage.colouring, {
    held: stage.filter,
    paint: (canvas, { unlabelled, shape, colour }) =>
      stage.scatter.swatch(canvas, unlabelled ? 'hollow' : 'full', shape, colour, stage.theme),
    light: (k) => {
      stage.lit = k === null ? stage.filter : new Set([k]);
      stage.redraw();
    },
    hold: (k) => {
      const filter = new Set(stage.filter);
      if (!filter.delete(k)) filter.add(k);
      sift(app, filter);
    },
    pick:
      app.state?.phase === 'edit'
        ? (k) => app.dispatch({ type: 'select', points: [...of.keys()].filter((i) => of[i] === k), how: 'replace' })
        : null,
  });
  const locked = view?.reserved.some(Boolean) ? ' Thin, with a dot: reserved, not to be moved.' : '';
  const taught = stage.taught.length ? ' With a blue dot: moved in the turn before; full, it has followed.' : '';
  byId('kinds').textContent = `Filled: with an observed label. Hollow: without.${locked}${taught}`;
}

/** Shows some categories alone; of none, all. @param {App} app @param {ReadonlySet<number>} filter */
export function sift({ stage }, filter) {
  stage.sift(filter.size ? filter : null);
  showHeld(stage.filter);
}

/** The card at the pointer. @param {App} app @param {number} i @param {number} x @param {number} y */
export function showPoint(app, i, x, y) {
  const { edit, stage, view } = app;
  if (!view) return;
  showWarmup(app);
  const points = edit?.selection.includes(i) ? edit.selection : [i];
  const note = i >= 0 && edit && app.mayEdit ? refusal(edit, points, app.seconds) : null;
  const near = view.neighbours?.[i] ?? [];
  const lean = near.reduce((sum, j) => sum + stage.screen(j)[0] - x, 0);
  showTip(view, i, x, y, lean, note, (mode, k) => {
    const label = view[mode][k] ?? -1;
    if (label < 0) return null;
    const mark = /** @type {HTMLCanvasElement} */ (element('canvas', 'mark'));
    const { shape, colour } = classLook(label, stage.theme);
    stage.scatter.swatch(mark, 'full', shape, colour, stage.theme);
    return mark;
  });
}
