// @ts-check
/** Keys and buttons, and what each of them does. */

import { act, finish, leave, skip, stop, teach, tick } from './actions.js';
import { affordable, leastSure } from './choosing.js';
import { MODES } from './colours.js';
import { byId, canvas, dialog, element } from './dom.js';
import { carry, drop, gather, takeUp } from './hold.js';
import { command, taken } from './keys.js';
import { announce, toast } from './notices.js';
import { search } from './panel.js';
import { cursorStyle } from './pointing.js';
import { rove } from './roving.js';
import { recolour, showControls, showEdit, showViews, sift } from './show.js';
import { chooseShapes, chooseTheme, followTheme } from './theme.js';
import { showTools, writeHelp } from './toolbar.js';
import { grow, stride, walk } from './walking.js';

/** @typedef {import('./app.js').App} App */
/** @typedef {import('./types').ColourMode} ColourMode */
/** @typedef {import('./stage.js').Showing} Showing */
/** Larger steps are asked for by Shift. @typedef {Record<string, (far: boolean) => void>} Commands */

/** Commands that go on while their key is held down. */
const REPEATED = ['left', 'right', 'up', 'down', 'in', 'out', 'next', 'last', 'more', 'fewer', 'undo', 'redo'];

/** The name and the hint of a mode's button. @type {Record<ColourMode, [string, string]>} */
const MODE_WORDS = {
  observed: ['Observed', 'The label that came with the image (1)'],
  predicted: ['Predicted', 'The label that the model gives (2)'],
  confidence: ['Confidence', 'How sure the model is of its label (3)'],
  disagreement: ['Disagreement', 'Where the model gives another label than the observed one (4)'],
};

/** Brings keys and buttons to life. @param {App} app */
export function connectControls(app) {
  const commands = commandsOf(app);
  const run = (/** @type {string} */ name) => () => commands[name]?.(false);
  const clicks = {
    replay: run('replay'),
    teach: run('teach'),
    theme: run('theme'),
    help: run('help'),
    skip: () => skip(app),
    stop: () => stop(app),
    'helper-close': () => dialog('helper').close(),
    'confirm-no': () => dialog('confirm').close(),
    leave: () => dialog('leaving').showModal(),
    'leaving-no': () => dialog('leaving').close(),
    'leaving-keep': () => leave(app, true),
    'leaving-delete': () => leave(app, false),
    takeover: () => app.connection.send({ type: 'takeover' }),
    'filter-clear': () => sift(app, new Set()),
    'pick-unsure': run('unsure'),
    'pick-silent': () => act(app, { type: 'select', points: app.silent, how: 'replace' }),
    'pick-lagging': () => {
      const points = app.stage.taught.flatMap(({ i, followed }) => (followed ? [] : [i]));
      act(app, { type: 'select', points, how: 'replace' });
    },
    'pick-fewer': () => {
      const points = app.edit && affordable(app.edit, app.seconds);
      if (points) act(app, { type: 'select', points, how: 'replace' });
    },
    'strip-clear': () => act(app, { type: 'select', points: [], how: 'replace' }),
  };
  for (const [id, click] of Object.entries(clicks)) byId(id).addEventListener('click', click);
  byId('strip-order').addEventListener('change', ({ target }) => {
    app.order = /** @type {import('./choosing.js').Order} */ (/** @type {HTMLSelectElement} */ (target).value);
    showEdit(app, true);
  });
  byId('search').addEventListener('input', search);
  byId('search').addEventListener('keydown', ({ key }) => key === 'Enter' && sift(app, new Set(search())));
  for (const one of byId('views').querySelectorAll('[data-showing]')) {
    const { showing } = /** @type {HTMLElement} */ (one).dataset;
    one.addEventListener('click', () => look(app, /** @type {Showing} */ (showing)));
  }
  byId('modes').append(...MODES.map((mode) => modeButton(mode, run(mode))));
  showTools(
    (name) => commands[name]?.(false),
    (words) => toast(app, words),
  );
  writeHelp();
  for (const id of ['modes', 'which', 'legend', 'toolbar', 'strip', 'reel']) rove(byId(id));
  addEventListener('click', backToCanvas);
  addEventListener('keydown', (event) => onKey(app, commands, event));
  addEventListener('keyup', (event) => onKeyUp(app, event));
  setInterval(() => tick(app), 250);
  followTheme(() => recolour(app));
  recolour(app);
  showControls(app);
}

/**
 * After a click the keys are those of the canvas again: Space would press the button once more. A key that pressed a
 * button (no `detail`) leaves the focus there.
 * @param {MouseEvent} event
 */
function backToCanvas({ detail, target }) {
  if (detail && /** @type {Element} */ (target).closest('#work button, header button') && !byId('work').hidden)
    canvas('live').focus({ preventScroll: true });
}

/** By the names that keys.js gives them. @param {App} app @returns {Commands} */
function commandsOf(app) {
  const { stage } = app;
  return {
    undo: () => act(app, { type: 'undo' }),
    redo: () => act(app, { type: 'redo' }),
    reset: () => act(app, { type: 'reset' }),
    gather: () => gather(stage),
    carry: () => {
      if (stage.drag?.keys) drop(stage, true);
      else if (takeUp(stage, true)) announce('Taken up. Arrows carry, N carries to a group, Enter drops, Escape puts back.');
    },
    teach: () => (app.state?.phase === 'answer' ? finish(app) : teach(app)),
    all: () => {
      const { closed } = stage;
      act(app, { type: 'select', points: [...closed.keys()].filter((i) => !closed[i]), how: 'replace' });
    },
    clear: () => {
      if (stage.drag) drop(stage, false);
      else act(app, { type: 'select', points: [], how: 'replace' });
      stage.hands.cancel();
    },
    unsure: () => {
      if (app.edit && app.view?.tells.confidence)
        act(app, { type: 'select', points: leastSure(app.edit, app.seconds, stage.closed), how: 'replace' });
    },
    next: () => walk(app, 1),
    last: () => walk(app, -1),
    more: () => grow(app, true),
    fewer: () => grow(app, false),
    select: () => setTool(app, 'lasso'),
    rectangle: () => setTool(app, 'rectangle'),
    brush: () => setTool(app, 'brush'),
    hand: () => setTool(app, 'hand'),
    add: () => {
      stage.adding = !stage.adding;
      showControls(app);
    },
    in: () => stage.zoomBy(1.5),
    out: () => stage.zoomBy(1 / 1.5),
    whole: () => stage.fly(stage.whole()),
    frame: () => stage.frameSelection(),
    left: (far) => arrow(app, -1, 0, far),
    right: (far) => arrow(app, 1, 0, far),
    up: (far) => arrow(app, 0, -1, far),
    down: (far) => arrow(app, 0, 1, far),
    images: () => {
      stage.pictured = !stage.pictured;
      showControls(app);
      stage.redraw();
    },
    ...Object.fromEntries(MODES.map((mode) => [mode, () => setMode(app, mode)])),
    before: () => look(app, 'before'),
    edited: () => look(app, 'edited'),
    replay: () => stage.replay(),
    theme: () => {
      chooseTheme(!stage.theme.dark);
      recolour(app);
    },
    shapes: () => {
      chooseShapes(!stage.theme.shaped);
      recolour(app);
      showControls(app);
    },
    help: () => dialog('helper').showModal(),
  };
}

/** @param {ColourMode} mode @param {() => void} choose */
function modeButton(mode, choose) {
  const [text, hint] = MODE_WORDS[mode];
  const button = /** @type {HTMLButtonElement} */ (element('button', '', text));
  button.type = 'button';
  button.title = hint;
  button.setAttribute('role', 'radio');
  button.dataset.mode = mode;
  button.addEventListener('click', choose);
  return button;
}

/** @param {App} app @param {number} dx @param {number} dy @param {boolean} far */
function arrow(app, dx, dy, far) {
  const { drag, camera, hand } = app.stage;
  const step = far ? 60 : 12;
  if (drag?.keys) carry(app.stage, drag.dx * camera.scale + dx * step, -drag.dy * camera.scale + dy * step);
  else if (hand) app.stage.panBy(-dx * 4 * step, -dy * 4 * step);
  else stride(app, dx, -dy, far || app.stage.adding);
}

/** @param {App} app @param {import('./strokes.js').Tool | 'hand'} tool */
function setTool(app, tool) {
  app.stage.hand = tool === 'hand';
  if (tool !== 'hand') app.stage.tool = tool;
  cursorStyle(app.stage, -1);
  showControls(app);
}

/** @param {App} app @param {ColourMode} mode */
function setMode(app, mode) {
  if (app.mode !== mode) app.stage.sift(null);
  app.mode = mode;
  recolour(app);
}

/** @param {App} app @param {Showing} showing */
function look(app, showing) {
  app.stage.look(showing);
  showViews(app);
}

/** @param {App} app @param {Commands} commands @param {KeyboardEvent} event */
function onKey({ stage, view }, commands, event) {
  const target = /** @type {HTMLElement | null} */ (event.target);
  if (event.defaultPrevented || document.querySelector('dialog[open]') || taken(target, event)) return;
  if (event.key === ' ' && view) {
    event.preventDefault();
    if (!event.repeat) [stage.space, stage.scatter.live.style.cursor] = [true, 'grab'];
    return;
  }
  const name = command(event);
  if (!name || (!view && name !== 'theme' && name !== 'help')) return;
  event.preventDefault();
  if (!event.repeat || REPEATED.includes(name)) commands[name]?.(event.shiftKey);
}

/** @param {App} app @param {KeyboardEvent} event */
function onKeyUp(app, event) {
  const { stage } = app;
  if (event.key === ' ') [stage.space, stage.scatter.live.style.cursor] = [false, 'crosshair'];
  if (['b', 'e'].includes(event.key.toLowerCase()) && stage.showing !== 'now') look(app, 'now');
}
