// @ts-check
/** What the person does: edits the view, and hands the edit over, skips or stops. */

import { byId, dialog } from './dom.js';
import { left, reduce, submission } from './edit.js';
import { announce, ask, toast } from './notices.js';
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
  const edit = reduce(before, action.type === 'drop' ? { ...action, at: app.seconds } : action);
  app.edit = edit;
  if (edit.refused) toast(app, edit.refused);
  else if (edit.gestures !== before.gestures) {
    saveSoon(app);
    announce(changeInWords(app, before, edit));
    toast(app, '');
  }
  app.stage.update(edit);
  showEdit(app, edit.selection !== before.selection);
}

/** @param {App} app @param {Edit} before @param {Edit} edit */
function changeInWords(app, before, edit) {
  const has = left(edit, app.seconds);
  const points = has.points === null ? '' : ` ${counted(has.points, 'point')} left.`;
  const change = edit.gestures.length - before.gestures.length;
  if (change > 0) return `Moved ${counted(edit.gestures.at(-1)?.points.length ?? 0, 'point')}.${points}`;
  return `${edit.gestures.length ? 'Undone.' : 'All points are back.'}${points}`;
}

/** @param {App} app */
export function saveSoon(app) {
  clearTimeout(app.draftTimer);
  byId('line').textContent = 'Saving ...';
  app.draftTimer = setTimeout(() => save(app), PAUSE);
}

/** @param {App} app */
export function save(app) {
  clearTimeout(app.draftTimer);
  app.draftTimer = 0;
  if (app.edit && app.mayEdit) app.connection.send({ type: 'draft', ...submission(app.edit) });
}

/** @param {App} app */
export function teach(app) {
  if (!app.edit || !app.mayEdit) return;
  if (!app.edit.gestures.length) return toast(app, 'Nothing has been moved yet: move a point, or skip the turn.');
  handOver(app, { type: 'teach', ...submission(app.edit) });
}

/** @param {App} app */
export function skip(app) {
  if (!app.edit || !app.mayEdit) return;
  const message = /** @type {const} */ ({ type: 'skip', turn: app.edit.view.turn });
  const made = app.edit.gestures.length;
  if (!made) return handOver(app, message);
  ask('Skip this turn?', `What you moved in ${counted(made, 'gesture')} will not be taught.`, 'Skip', () =>
    handOver(app, message),
  );
}

/** @param {App} app */
export function stop(app) {
  if (!app.edit || !app.mayEdit) return;
  const message = /** @type {const} */ ({ type: 'stop', turn: app.edit.view.turn });
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

/** Ends the turn. @param {App} app @param {Teach | Skip | Stop} message */
function handOver(app, message) {
  app.stage.drop(false);
  if (!app.connection.send(message))
    return toast(app, 'There is no connection just now. What you did is kept; try again in a moment.');
  clearTimeout(app.draftTimer);
  app.sent = message.type;
  showControls(app);
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
  handOver(app, { type: 'teach', ...submission(app.edit) });
  dialog('confirm').close();
  toast(app, 'The time of this turn is up: the edit was handed over.');
}
