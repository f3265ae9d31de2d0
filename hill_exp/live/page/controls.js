// @ts-check
/** Keys and buttons, and what each of them does. */

import { act, save, skip, stop, teach, tick } from './actions.js';
import { MODES, described } from './colours.js';
import { byId, dialog, element } from './dom.js';
import { command, taken } from './keys.js';
import { announce } from './notices.js';
import { recolour, showControls, showViews } from './show.js';
import { chooseTheme, followTheme } from './theme.js';
import { showTools, writeHelp } from './toolbar.js';

/** @typedef {import('./app.js').App} App */
/** @typedef {import('./types').ColourMode} ColourMode */
/** @typedef {import('./stage.js').Showing} Showing */
/** Larger steps are asked for by Shift. @typedef {Record<string, (far: boolean) => void>} Commands */

const IMAGE_MODES = /** @type {const} */ (['auto', 'on', 'off']);

/** Commands that go on while their key is held down. */
const REPEATED = ['left', 'right', 'up', 'down', 'in', 'out', 'next', 'last', 'undo', 'redo'];

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
    takeover: () => app.connection.send({ type: 'takeover' }),
    'strip-clear': () => act(app, { type: 'select', points: [], how: 'replace' }),
  };
  for (const [id, click] of Object.entries(clicks)) byId(id).addEventListener('click', click);
  for (const one of byId('views').querySelectorAll('[data-showing]')) {
    const { showing } = /** @type {HTMLElement} */ (one).dataset;
    one.addEventListener('click', () => look(app, /** @type {Showing} */ (showing)));
  }
  byId('modes').append(...MODES.map((mode) => modeButton(mode, run(mode))));
  showTools((name) => commands[name]?.(false));
  writeHelp();
  addEventListener('keydown', (event) => onKey(app, commands, event));
  addEventListener('keyup', (event) => onKeyUp(app, event));
  addEventListener('pagehide', () => app.draftTimer && save(app));
  setInterval(() => tick(app), 250);
  followTheme(() => recolour(app));
  recolour(app);
  showControls(app);
}

/** By the names that keys.js gives them. @param {App} app @returns {Commands} */
function commandsOf(app) {
  const { stage } = app;
  return {
    undo: () => act(app, { type: 'undo' }),
    redo: () => act(app, { type: 'redo' }),
    reset: () => act(app, { type: 'reset' }),
    gather: () => stage.gather(),
    carry: () => {
      if (stage.drag?.keys) stage.drop(true);
      else if (stage.takeUp(true)) announce('Taken up. Arrows carry, Enter drops, Escape puts back.');
    },
    teach: () => (app.state?.phase === 'answer' ? app.connection.send({ type: 'next' }) : teach(app)),
    all: () => app.view && act(app, { type: 'select', points: [...Array(app.view.n).keys()], how: 'replace' }),
    clear: () => {
      if (stage.drag) stage.drop(false);
      else act(app, { type: 'select', points: [], how: 'replace' });
      stage.hands.cancel();
    },
    next: () => walk(app, 1),
    last: () => walk(app, -1),
    select: () => setHand(app, false),
    hand: () => setHand(app, true),
    in: () => stage.zoomBy(1.5),
    out: () => stage.zoomBy(1 / 1.5),
    whole: () => stage.fly(stage.whole()),
    frame: () => stage.frameSelection(),
    left: (far) => arrow(app, -1, 0, far),
    right: (far) => arrow(app, 1, 0, far),
    up: (far) => arrow(app, 0, -1, far),
    down: (far) => arrow(app, 0, 1, far),
    images: () => {
      stage.imageMode = IMAGE_MODES[(IMAGE_MODES.indexOf(stage.imageMode) + 1) % IMAGE_MODES.length] ?? 'auto';
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
function arrow({ stage }, dx, dy, far) {
  const { drag, camera } = stage;
  const step = far ? 60 : 12;
  if (drag?.keys) stage.carry(drag.dx * camera.scale + dx * step, -drag.dy * camera.scale + dy * step);
  else stage.panBy(-dx * 4 * step, -dy * 4 * step);
}

/** @param {App} app @param {1 | -1} step */
function walk({ stage, view }, step) {
  const i = stage.walk(step);
  if (view && i >= 0) announce(described(view, i));
}

/** @param {App} app @param {boolean} hand */
function setHand(app, hand) {
  app.stage.hand = hand;
  app.stage.cursorStyle(-1);
  showControls(app);
}

/** @param {App} app @param {ColourMode} mode */
function setMode(app, mode) {
  if (app.mode !== mode) app.held = null;
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
  if (document.querySelector('dialog[open]') || taken(target, event.key)) return;
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
