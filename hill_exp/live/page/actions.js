// @ts-check
/** What the person does: edits the view, and hands the edit over, skips or stops. */

import { described, tally } from './colours.js';
import { byId, canvas, dialog } from './dom.js';
import { left, reduce, submission } from './edit.js';
import { drop } from './hold.js';
import { announce, ask, toast } from './notices.js';
import { keep, stamp, turnOf } from './offline.js';
import { counted, showBudget } from './panel.js';
import { showControls, showEdit } from './show.js';

/** @typedef {import('./app.js').App} App */
/** @typedef {import('./protocol').Teach} Teach */
/** @typedef {import('./protocol').Skip} Skip */
/** @typedef {import('./protocol').Stop} Stop */
/** @typedef {import('./types').Edit} Edit */

/** Milliseconds without a change until a draft goes out. */
const PAUSE = 150;

/** @param {App} app @param {import('./stage.js').Done} action */
export function act(app, action) {
  if (!app.edit || !app.mayEdit) return;
  const before = app.edit;
  const edit = reduce(before, action.type === 'drop' ? { ...action, ...when(app, before) } : action);
  app.edit = edit;
  app.notebook.act(app.seconds, before, edit);
  if (edit.refused) toast(app, edit.refused);
  else if (edit.gestures !== before.gestures) {
    app.silent = [];
    saveSoon(app);
    announce(changeInWords(app, before, edit));
    toast(app, '');
  } else if (edit.selection !== before.selection) announce(selectionInWords(app, edit));
  app.stage.update(edit);
  showEdit(app, edit.selection !== before.selection);
}

/** When a gesture ends now, and for how long of it the person was elsewhere. @param {App} app @param {Edit} before */
function when({ seconds: at, notebook }, before) {
  return { at, away: notebook.elsewhere(before.gestures.at(-1)?.at ?? 0, at) };
}

/** @param {App} app @param {Edit} before @param {Edit} edit */
function changeInWords(app, before, edit) {
  const has = left(edit, app.seconds);
  const points = has.points === null ? '' : ` ${counted(has.points, 'point')} left.`;
  const change = edit.gestures.length - before.gestures.length;
  if (change > 0) return `Moved ${counted(edit.gestures.at(-1)?.points.length ?? 0, 'point')}.${points}`;
  return `${edit.gestures.length ? 'Undone.' : 'All points are back.'}${points}`;
}

/** @param {App} app @param {Edit} edit */
function selectionInWords({ stage }, { selection, view }) {
  const [first, ...more] = selection;
  if (first === undefined) return 'Nothing is selected.';
  return more.length ? `${counted(selection.length, 'point')} selected: ${tally(stage.colouring, selection)}.` : described(view, first);
}

/** @param {App} app */
export function saveSoon(app) {
  keepHere(app, false);
  clearTimeout(app.draftTimer);
  if (!app.offlineSince) byId('line').textContent = 'Saving ...';
  app.draftTimer = setTimeout(() => save(app), PAUSE);
}

/** Keep the edit in this tab, until the server has it. @param {App} app @param {boolean} handed  over to the server */
function keepHere(app, handed) {
  const { edit, state, seconds, known } = app;
  if (!edit || state?.phase !== 'edit') return;
  keep(sessionStorage, {
    ...submission(edit),
    ...noted(app),
    elapsed: seconds,
    turn: turnOf(state),
    known,
    handed,
  });
}

/** @param {App} app */
export function save(app) {
  clearTimeout(app.draftTimer);
  app.draftTimer = 0;
  if (!app.edit || !app.mayEdit) return;
  const draft = submission(app.edit);
  if (app.connection.send({ type: 'draft', ...draft, ...noted(app) })) app.onTheWay.push(stamp(draft));
}

/** @param {App} app */
const noted = (app) => ({ noted: app.notebook.told(app.seconds) });

/** @param {App} app */
export function teach(app) {
  if (!app.edit || !app.mayEdit) return;
  if (!app.edit.gestures.length) return toast(app, 'Nothing has been moved yet: move a point, or skip the turn.');
  handOver(app, { type: 'teach', ...submission(app.edit), ...noted(app) });
}

/** After the last answer. @param {App} app */
export function finish(app) {
  if (app.connection.send({ type: 'next' })) app.sent = 'next';
  showControls(app);
}

/** @param {App} app */
export function skip(app) {
  if (!app.edit || !app.mayEdit) return;
  const message = /** @type {const} */ ({ type: 'skip', turn: app.edit.view.turn, ...noted(app) });
  const made = app.edit.gestures.length;
  if (!made) return handOver(app, message);
  ask('Skip this turn?', `What you moved in ${counted(made, 'gesture')} will not be taught.`, 'Skip', () =>
    handOver(app, message),
  );
}

/** @param {App} app */
export function stop(app) {
  if (!app.edit || !app.mayEdit) return;
  const message = /** @type {const} */ ({ type: 'stop', turn: app.edit.view.turn, ...noted(app) });
  const lost = app.edit.gestures.length
    ? ' What you moved in this turn will not be taught: to teach it, hand it over first.'
    : '';
  ask(
    'Stop here?',
    `There will be no more turns; the model trains to its end with what it was taught so far.${lost}`,
    'Stop here',
    () => handOver(app, message),
  );
}

/** Leaves the study. @param {App} app @param {boolean} keep  what was done so far may be kept; else it is deleted */
export function leave(app, keep) {
  dialog('leaving').close();
  if (!app.connection.send({ type: 'withdraw', keep })) toast(app, 'There is no connection just now; try again in a moment.');
}

/** Ends the turn. @param {App} app @param {Teach | Skip | Stop} message */
function handOver(app, message) {
  drop(app.stage, false);
  if (!app.connection.send(message))
    return toast(app, 'There is no connection just now. What you did is kept in this tab; try again in a moment.');
  clearTimeout(app.draftTimer);
  keepHere(app, true);
  app.sent = message.type;
  showControls(app);
  canvas('live').focus({ preventScroll: true }); // the button that was pressed is none any more
}

/** The time that is left, to be called a few times a second; when it is up, the edit is handed over. @param {App} app */
export function tick(app) {
  if (!app.edit || app.edit.view.budget.seconds === null || !app.mayEdit) return;
  const rest = left(app.edit, app.seconds).seconds ?? 0;
  showBudget(app.edit, app.seconds);
  for (const mark of [60, 30, 10]) {
    if (rest <= mark && app.warned > mark && mark < app.edit.view.budget.seconds) {
      app.warned = mark;
      announce(`${mark} seconds left.`);
    }
  }
  if (rest > 0 || app.timedOut || document.body.dataset.line !== 'open') return;
  app.timedOut = true;
  handOver(app, { type: 'teach', ...submission(app.edit), ...noted(app) });
  dialog('confirm').close();
  toast(app, 'The time of this turn is up: the edit was handed over.');
}
