// @ts-check
/** The page: brings line, state, canvas and panels together. */

import { DARK, LIGHT, MODES, classLook, colouring, described, percent } from './colours.js';
import { showCurves } from './curves.js';
import { command, taken } from './keys.js';
import {
  button,
  byId,
  counted,
  dialog,
  showBudget,
  showDots,
  showLegend,
  showStrip,
  showTip,
  showTools,
  tool,
  writeHelp,
} from './panel.js';
import { showQuestions, showText } from './screens.js';
import { Stage } from './stage.js';
import { begin, left, readView, reduce, refusal, told, undone } from './state.js';
import { Line, address } from './wire.js';

/** @typedef {import('./protocol').StateMessage} StateMessage */
/** @typedef {import('./protocol').Edit} Edit */
/** @typedef {import('./protocol').View} View */
/** @typedef {import('./protocol').ColourMode} ColourMode */
/** @typedef {import('./stage.js').Showing} Showing */

/** Milliseconds without a change until a draft goes out. */
const PAUSE = 150;
const CURVES = { epoch: [], train_loss: [], teaching_loss: [] };
const IMAGE_MODES = /** @type {const} */ (['auto', 'on', 'off']);

const app = {
  /** @type {StateMessage | null} */
  state: null,
  /** @type {View | null} */
  view: null,
  /** @type {Edit | null} */
  edit: null,
  /** Which view of which step this is. */
  key: '',
  /** When the view was shown, on the clock of the page, milliseconds. */
  zero: 0,
  /** What was handed over and not yet answered. @type {string | null} */
  sent: null,
  /** The edit was handed over because its time was up. */
  timedOut: false,
  /** The last phase was seen in this tab: an answer that arrives is new to the person. */
  trained: false,
  /** @type {ColourMode} */
  mode: 'observed',
  dark: false,
  /** @type {number | null} */
  held: null,
  draftTimer: 0,
  toastTimer: 0,
  warned: Infinity,
  /** Of the whole training, once it is known. @type {number | undefined} */
  epochs: undefined,
};

const stage = new Stage(
  byId('stage'),
  /** @type {HTMLCanvasElement} */ (byId('still')),
  /** @type {HTMLCanvasElement} */ (byId('live')),
  {
    act: (action) => act(action.type === 'drop' ? { ...action, at: seconds() } : action),
    refusal: (points) => app.edit && refusal(app.edit, points, seconds()),
    refuse: (reason) => toast(reason),
    hovered: (i, x, y) => tip(i, x, y),
    gliding: (on) => {
      document.body.toggleAttribute('data-gliding', on);
      showViews();
    },
  },
);

// --- what the server says ---

/** @param {StateMessage} state */
function onState(state) {
  const before = app.state;
  app.state = state;
  app.sent = null;
  app.epochs = state.epochs ?? app.epochs;
  byId('line').textContent = '';
  if (!app.timedOut || state.phase !== 'training') toast('');
  const { phase, reader } = state;
  Object.assign(document.body.dataset, { phase, reader: String(reader) });
  document.body.toggleAttribute('data-practice', Boolean(state.practice));
  byId('reader').hidden = !reader || phase === 'done';
  byId('practice').hidden = !state.practice;
  byId('who').textContent = who(state);
  const onCanvas = (phase === 'edit' || phase === 'training' || phase === 'answer') && Boolean(state.view);
  byId('work').hidden = !onCanvas;
  byId('screen').hidden = onCanvas;
  byId('training').hidden = phase !== 'training';
  if (!onCanvas) {
    document.body.dataset.turn = '';
    byId('dots').replaceChildren();
    app.view = app.edit = null;
    app.key = '';
    onPage(state);
  } else if (state.view) {
    onView(state, readView(state.view), before);
  }
  if (phase === 'training') progress(state.epoch ?? 0, state.epochs ?? 0);
  app.trained = phase === 'training';
  if (phase === 'done' || phase === 'failed') line.end();
}

/** @param {StateMessage} state @param {View} view @param {StateMessage | null} before */
function onView(state, view, before) {
  const { phase } = state;
  const key = `${state.step} ${Boolean(state.practice)} ${view.turn}`;
  const elapsed = state.draft?.elapsed ?? 0;
  const drafted = (state.draft?.gestures.length ?? 0) + (state.draft?.undone ?? 0);
  const kept =
    phase === 'edit' &&
    before?.phase === 'edit' &&
    app.key === key &&
    !before.reader &&
    app.edit !== null &&
    app.edit.made >= drafted;
  const fresh = app.key !== key || before?.phase !== phase;
  app.view = view;
  app.key = key;
  document.body.dataset.turn = String(view.turn);
  if (kept) {
    app.timedOut = false;
    saveSoon();
  } else if (phase === 'edit') {
    app.edit = begin(view, state.draft);
    app.zero = performance.now() - 1000 * elapsed;
    app.timedOut = false;
    app.warned = Infinity;
  } else if (phase !== 'training' || app.edit?.view.turn !== view.turn) app.edit = null;
  // In training the edit stays in sight, with its ghosts and arrows.
  if (phase === 'training' && app.edit) app.edit = { ...app.edit, selection: [], refused: null };
  if (!kept) {
    const answer = fresh && view.previous !== null && (app.trained || elapsed < 2) && phase !== 'training';
    stage.show(app.edit?.view ?? view, { edit: app.edit, answer });
  }
  recolour();
  stage.look('now');
  showTurn();
  curves();
  editable();
  announceTurn(view);
}

/** @param {View} view */
function announceTurn(view) {
  if (app.state?.phase === 'edit') announce(`Turn ${view.turn + 1} of ${view.turns}. ${byId('lead').textContent}`);
  else if (app.state?.phase === 'training') announce('The model trains.');
  else announce('The last answer is shown.');
}

/** @param {StateMessage} state  a page of text */
function onPage(state) {
  const root = byId('screen');
  const { title = '', text = '', phase } = state;
  const send = (/** @type {'agree' | 'decline' | 'begin' | 'next'} */ type) => () => {
    if (!state.reader && !line.send({ type })) toast('There is no connection just now.');
  };
  if (phase === 'consent') {
    showText(root, { title: title || 'Consent', text }, [
      { text: 'Decline', press: send('decline') },
      { text: 'Agree', press: send('agree'), first: true },
    ]);
  } else if (phase === 'instructions') {
    showText(root, { title: title || 'Instructions', text }, [{ text: 'Begin', press: send('begin'), first: true }]);
  } else if (phase === 'questions') {
    const kept = `hill answers ${state.participant} ${state.step}`;
    const answers = JSON.parse(sessionStorage.getItem(kept) ?? '{}');
    showQuestions(
      root,
      { title: title || 'Questions', text, items: state.items ?? [] },
      answers,
      (now) => sessionStorage.setItem(kept, JSON.stringify(now)),
      (now) => {
        if (!line.send({ type: 'answers', answers: now })) toast('There is no connection just now.');
        else sessionStorage.removeItem(kept);
      },
    );
  } else if (phase === 'done') {
    showText(root, { title: title || 'Thank you', text: text || 'This page can be closed.', sign: 'well' }, []);
  } else if (phase === 'failed') {
    showText(root, { title: title || 'The training ended badly', text, note: 'The session is kept.', sign: 'ill' }, []);
  } else {
    const { epoch = 0, epochs = 0, playback } = state;
    const note = epochs ? `Epoch ${epoch} of ${epochs}` : '';
    showText(
      root,
      {
        title: title || (playback ? 'Coming back to where you were' : 'The model trains'),
        text: text || 'The picture comes in a moment.',
        note,
        sign: 'busy',
      },
      [],
    );
  }
  for (const one of root.querySelectorAll('button, input, textarea')) one.toggleAttribute('disabled', state.reader);
}

/** @param {import('./protocol').ProgressMessage} message */
function onProgress({ epoch, epochs, train_loss, teaching_loss }) {
  if (!app.state) return;
  app.epochs = epochs;
  const known = app.state.curves ?? CURVES;
  app.state = {
    ...app.state,
    epoch,
    epochs,
    curves: {
      epoch: [...known.epoch, epoch],
      train_loss: [...known.train_loss, train_loss],
      teaching_loss: [...known.teaching_loss, teaching_loss],
    },
  };
  if (app.view) {
    progress(epoch, epochs);
    curves();
  } else {
    const note = byId('screen').querySelector('.note');
    if (note) note.textContent = `Epoch ${epoch} of ${epochs}`;
    else if (app.state.phase === 'training') onPage(app.state);
  }
}

/** @param {import('./protocol').RefusedMessage} message */
function onRefused({ reason }) {
  app.sent = null;
  editable();
  toast(`Not accepted: ${reason}`);
}

/** @param {number} epoch @param {number} epochs */
function progress(epoch, epochs) {
  const bar = /** @type {HTMLProgressElement} */ (byId('training-bar'));
  const words = app.state?.playback ? 'Coming back to where you were' : 'The model trains';
  byId('training-text').textContent = epochs ? `${words}: epoch ${epoch} of ${epochs}` : words;
  if (!epochs) return bar.removeAttribute('value');
  bar.max = epochs;
  bar.value = epoch;
}

// --- what the person does ---

/** Seconds since the view was shown. */
function seconds() {
  return (performance.now() - app.zero) / 1000;
}

function mayEdit() {
  return app.state?.phase === 'edit' && !app.state.reader && app.edit !== null && app.sent === null;
}

/** @param {import('./protocol').Action} action */
function act(action) {
  if (!app.edit || !mayEdit()) return;
  const before = app.edit;
  const edit = reduce(before, action);
  app.edit = edit;
  if (edit.refused) toast(edit.refused);
  else if (edit.gestures !== before.gestures) {
    saveSoon();
    announce(changeInWords(before, edit));
    toast('');
  }
  stage.update(edit);
  showEdit(edit.selection !== before.selection);
}

/** @param {Edit} before @param {Edit} edit */
function changeInWords(before, edit) {
  const has = left(edit, seconds());
  const points = has.points === null ? '' : ` ${counted(has.points, 'point')} left.`;
  const change = edit.gestures.length - before.gestures.length;
  if (change > 0) return `Moved ${counted(edit.gestures.at(-1)?.points.length ?? 0, 'point')}.${points}`;
  return `${edit.gestures.length ? 'Undone.' : 'All points are back.'}${points}`;
}

function saveSoon() {
  clearTimeout(app.draftTimer);
  byId('line').textContent = 'Saving ...';
  app.draftTimer = setTimeout(save, PAUSE);
}

function save() {
  clearTimeout(app.draftTimer);
  app.draftTimer = 0;
  if (app.edit && mayEdit()) line.send({ type: 'draft', ...told(app.edit) });
}

function teach() {
  if (!app.edit || !mayEdit()) return;
  if (!app.edit.gestures.length) return toast('Nothing has been moved yet: move a point, or skip the turn.');
  hand({ type: 'teach', ...told(app.edit) });
}

/** Ends the turn. @param {import('./protocol').PageMessage} message */
function hand(message) {
  stage.drop(false);
  if (!line.send(message))
    return toast('There is no connection just now. What you did is kept; try again in a moment.');
  clearTimeout(app.draftTimer);
  app.sent = message.type;
  editable();
}

function skip() {
  if (!app.edit || !mayEdit()) return;
  const message = /** @type {const} */ ({ type: 'skip', turn: app.edit.view.turn });
  const made = app.edit.gestures.length;
  if (!made) return hand(message);
  ask('Skip this turn?', `What you moved in ${counted(made, 'gesture')} will not be taught.`, 'Skip', () =>
    hand(message),
  );
}

function stop() {
  if (!app.edit || !mayEdit()) return;
  const message = /** @type {const} */ ({ type: 'stop', turn: app.edit.view.turn });
  const lost = app.edit.gestures.length
    ? ' What you moved in this turn will not be taught: to teach it, hand it over first.'
    : '';
  ask(
    'Stop here?',
    `There will be no more turns; the model trains to its end with what it was taught so far.${lost}`,
    'Stop here',
    () => hand(message),
  );
}

/** @param {string} title @param {string} text @param {string} yes @param {() => void} then */
function ask(title, text, yes, then) {
  byId('confirm-title').textContent = title;
  byId('confirm-text').textContent = text;
  byId('confirm-yes').textContent = yes;
  byId('confirm-yes').onclick = () => {
    dialog('confirm').close();
    then();
  };
  dialog('confirm').showModal();
}

/** Every quarter of a second: the time that is left. */
function tick() {
  if (!app.edit || app.edit.view.budget.seconds === null || !mayEdit()) return;
  const rest = left(app.edit, seconds()).seconds ?? 0;
  showBudget(app.edit, seconds());
  for (const mark of [60, 30, 10]) {
    if (rest <= mark && app.warned > mark && mark < app.edit.view.budget.seconds) {
      app.warned = mark;
      announce(`${mark} seconds left.`);
    }
  }
  if (rest > 0 || app.timedOut || document.body.dataset.line !== 'open') return;
  app.timedOut = true;
  hand({ type: 'teach', ...told(app.edit) });
  dialog('confirm').close();
  toast('The time of this turn is up: the edit was handed over.');
}

// --- what is shown ---

/** @param {StateMessage} state */
function who({ participant, condition, step, steps }) {
  const parts = [];
  if (participant !== undefined && participant !== null) parts.push(`Participant ${participant}`);
  if (condition?.teacher) parts.push(`teacher ${condition.teacher}`);
  if (steps !== undefined && steps > 1 && step !== undefined) parts.push(`part ${step} of ${steps}`);
  return parts.join(' \u00b7 ');
}

/** What can be pressed now. */
function editable() {
  const can = mayEdit();
  stage.editable = can;
  const { edit } = app;
  const phase = app.state?.phase;
  const end = phase === 'answer';
  button('teach').disabled = end ? Boolean(app.state?.reader) : !can || !edit?.gestures.length;
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

function showTurn() {
  const { view, state } = app;
  if (!view || !state) return;
  showDots(state.phase === 'answer' ? view.turns : view.turn, view.turns);
  const leads = {
    edit: view.turn
      ? 'This is how the model answered. Move points to teach it further.'
      : 'Move points to show what belongs together.',
    training: 'The model trains on. The picture then glides to its answer.',
    answer: 'Training is over. This is the last answer.',
  };
  byId('turn').textContent = state.phase === 'answer' ? 'The answer' : `Turn ${view.turn + 1} of ${view.turns}`;
  byId('lead').textContent =
    state.phase === 'edit' || state.phase === 'training' || state.phase === 'answer' ? leads[state.phase] : '';
  showViews();
  showEdit(true);
}

/** @param {boolean} selected  whether the selection is another */
function showEdit(selected) {
  const { edit, view } = app;
  if (edit) showBudget(edit, seconds());
  else byId('budget').replaceChildren();
  if (selected) {
    showStrip(view, edit?.selection ?? [], stage.colouring, {
      point: (i) => stage.point(i),
      remove: (i) => {
        stage.point(-1);
        act({ type: 'select', points: [i], how: 'remove' });
      },
      editable: mayEdit(),
    });
  }
  editable();
}

function showViews() {
  const has = Boolean(app.view?.previous) && app.state?.phase !== 'training';
  byId('views').hidden = !has;
  for (const one of byId('views').querySelectorAll('[data-showing]')) {
    one.setAttribute('aria-checked', String(/** @type {HTMLElement} */ (one).dataset.showing === stage.showing));
  }
  const turn = app.state?.phase === 'answer' ? 'the last turn' : `turn ${app.view?.turn}`;
  const gliding = document.body.hasAttribute('data-gliding');
  const words = {
    before: `As ${turn} began`,
    edited: `As you left ${turn}`,
    now: !gliding ? '' : app.view?.previous?.moved.length ? 'The answer to your edit' : 'How the picture has changed',
  }[stage.showing];
  byId('caption').hidden = !has || !words;
  byId('caption').textContent = words;
}

/** @param {Showing} showing */
function look(showing) {
  stage.look(showing);
  showViews();
}

function curves() {
  const { state } = app;
  if (!state) return;
  const { epoch, train_loss, teaching_loss } = state.curves ?? CURVES;
  const history = state.history ?? [];
  const number = (/** @type {number} */ y) => y.toPrecision(3);
  showCurves(
    byId('curves'),
    [
      { name: 'Training loss', xs: epoch, ys: train_loss, words: number },
      { name: 'Teaching loss', xs: epoch, ys: teaching_loss, words: number },
      {
        name: 'Agrees with the labels',
        xs: history.map((h) => h.turn),
        ys: history.map((h) => h.agreement),
        words: percent,
        span: [0, 1],
        dots: true,
      },
    ],
    app.epochs,
  );
}

function recolour() {
  const { view } = app;
  const theme = app.dark ? DARK : LIGHT;
  stage.theme = theme;
  for (const one of byId('modes').children)
    one.setAttribute('aria-checked', String(/** @type {HTMLElement} */ (one).dataset.mode === app.mode));
  if (!view) return;
  stage.colouring = colouring(view, app.mode, theme);
  stage.lit = app.held;
  legend();
  showEdit(true);
  stage.redraw();
}

function legend() {
  const { categories, of } = stage.colouring;
  const theme = stage.theme ?? LIGHT;
  showLegend(stage.colouring, {
    held: app.held,
    paint: (canvas, k) => {
      const category = categories[k];
      if (category)
        stage.scatter.swatch(
          canvas,
          category.name === 'no label' ? 'hollow' : 'full',
          category.shape,
          category.colour,
          theme,
        );
    },
    light: (k) => {
      stage.lit = k ?? app.held;
      stage.redraw();
    },
    hold: (k) => {
      app.held = app.held === k ? null : k;
      stage.lit = app.held;
      stage.redraw();
      for (const [n, one] of [...byId('legend').querySelectorAll('.entry')].entries()) {
        one.setAttribute('aria-pressed', String(app.held !== null && n === shownIndex(app.held)));
      }
    },
    pick:
      app.state?.phase === 'edit'
        ? (k) => act({ type: 'select', points: [...of.keys()].filter((i) => of[i] === k), how: 'replace' })
        : null,
  });
  byId('kinds').textContent = 'Filled: with an observed label. Hollow: without.';
}

/** Which entry of the legend shows a category: empty ones may be left out. @param {number} k */
function shownIndex(k) {
  const { categories } = stage.colouring;
  const many = categories.length > 20;
  return categories.slice(0, k).filter((one) => one.count || !(many || one.name === 'no label')).length;
}

/** @param {number} i @param {number} x @param {number} y */
function tip(i, x, y) {
  const { view, edit } = app;
  if (!view) return;
  const theme = app.dark ? DARK : LIGHT;
  const points = edit?.selection.includes(i) ? edit.selection : [i];
  const note = i >= 0 && edit && mayEdit() ? refusal(edit, points, seconds()) : null;
  showTip(view, i, x, y, note, (mode, k) => {
    const label = view[mode][k] ?? -1;
    return label < 0 ? '' : classLook(label, theme).colour;
  });
}

/** @param {string} text  empty: away with it */
function toast(text) {
  clearTimeout(app.toastTimer);
  byId('toast').textContent = text;
  byId('toast').hidden = !text;
  if (text) app.toastTimer = setTimeout(() => toast(''), 2500 + 45 * text.length);
}

/** @param {string} text  for those who hear the page */
function announce(text) {
  byId('announce').textContent = text;
}

// --- keys and buttons ---

/** @param {number} dx @param {number} dy @param {boolean} far */
function arrow(dx, dy, far) {
  const { drag, camera } = stage;
  const step = far ? 60 : 12;
  if (drag?.keys) stage.carry(drag.dx * camera.scale + dx * step, -drag.dy * camera.scale + dy * step);
  else stage.panBy(-dx * 4 * step, -dy * 4 * step);
}

/** @type {Record<string, (far: boolean) => void>} */
const COMMAND = {
  undo: () => act({ type: 'undo' }),
  redo: () => act({ type: 'redo' }),
  reset: () => act({ type: 'reset' }),
  gather: () => stage.gather(),
  carry: () => {
    if (stage.drag?.keys) stage.drop(true);
    else if (stage.takeUp(true)) announce('Taken up. Arrows carry, Enter drops, Escape puts back.');
  },
  teach: () => (app.state?.phase === 'answer' ? line.send({ type: 'next' }) : teach()),
  all: () => app.view && act({ type: 'select', points: [...Array(app.view.n).keys()], how: 'replace' }),
  clear: () => {
    if (stage.drag) stage.drop(false);
    else act({ type: 'select', points: [], how: 'replace' });
    stage.hands.cancel();
  },
  next: () => said(stage.walk(1)),
  last: () => said(stage.walk(-1)),
  select: () => setHand(false),
  hand: () => setHand(true),
  in: () => stage.zoomBy(1.5),
  out: () => stage.zoomBy(1 / 1.5),
  whole: () => stage.fly(stage.whole()),
  frame: () => stage.frameSelection(),
  left: (far) => arrow(-1, 0, far),
  right: (far) => arrow(1, 0, far),
  up: (far) => arrow(0, -1, far),
  down: (far) => arrow(0, 1, far),
  images: () => {
    stage.imageMode = IMAGE_MODES[(IMAGE_MODES.indexOf(stage.imageMode) + 1) % IMAGE_MODES.length] ?? 'auto';
    editable();
    stage.redraw();
  },
  ...Object.fromEntries(MODES.map((mode) => [mode, () => setMode(mode)])),
  before: () => look('before'),
  edited: () => look('edited'),
  replay: () => stage.replay(),
  theme: () => setDark(!app.dark),
  help: () => dialog('helper').showModal(),
};

/** @param {number} i */
function said(i) {
  if (app.view && i >= 0) announce(described(app.view, i));
}

/** @param {boolean} hand */
function setHand(hand) {
  stage.hand = hand;
  stage.cursorStyle(-1);
  editable();
}

/** @param {ColourMode} mode */
function setMode(mode) {
  if (app.mode !== mode) app.held = null;
  app.mode = mode;
  recolour();
}

/** @param {boolean} dark */
function setDark(dark) {
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  localStorage.setItem('hill theme', dark ? 'dark' : 'light');
  app.dark = dark;
  recolour();
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const target = /** @type {HTMLElement | null} */ (event.target);
  if (document.querySelector('dialog[open]') || taken(target, event.key)) return;
  if (event.key === ' ' && app.view) {
    event.preventDefault();
    if (!event.repeat) [stage.space, stage.scatter.live.style.cursor] = [true, 'grab'];
    return;
  }
  const name = command(event);
  if (!name || (!app.view && name !== 'theme' && name !== 'help')) return;
  event.preventDefault();
  if (event.repeat && !['left', 'right', 'up', 'down', 'in', 'out', 'next', 'last', 'undo', 'redo'].includes(name))
    return;
  COMMAND[name]?.(event.shiftKey);
}

/** @param {KeyboardEvent} event */
function onKeyUp(event) {
  if (event.key === ' ') [stage.space, stage.scatter.live.style.cursor] = [false, 'crosshair'];
  if (['b', 'e'].includes(event.key.toLowerCase()) && stage.showing !== 'now') look('now');
}

function wire() {
  showTools((name) => COMMAND[name]?.(false));
  writeHelp();
  const names = {
    observed: 'Observed',
    predicted: 'Predicted',
    confidence: 'Confidence',
    disagreement: 'Disagreement',
  };
  const hints = {
    observed: 'The label that came with the image (1)',
    predicted: 'The label that the model gives (2)',
    confidence: 'How sure the model is of its label (3)',
    disagreement: 'Where the model gives another label than the observed one (4)',
  };
  byId('modes').append(
    ...MODES.map((mode) => {
      const one = document.createElement('button');
      Object.assign(one, { type: 'button', textContent: names[mode], title: hints[mode] });
      one.setAttribute('role', 'radio');
      one.dataset.mode = mode;
      one.addEventListener('click', () => setMode(mode));
      return one;
    }),
  );
  for (const one of byId('views').querySelectorAll('[data-showing]')) {
    one.addEventListener('click', () =>
      look(/** @type {Showing} */ (/** @type {HTMLElement} */ (one).dataset.showing)),
    );
  }
  byId('replay').addEventListener('click', () => stage.replay());
  byId('teach').addEventListener('click', () => COMMAND.teach?.(false));
  byId('skip').addEventListener('click', skip);
  byId('stop').addEventListener('click', stop);
  byId('theme').addEventListener('click', () => setDark(!app.dark));
  byId('help').addEventListener('click', () => dialog('helper').showModal());
  byId('helper-close').addEventListener('click', () => dialog('helper').close());
  byId('confirm-no').addEventListener('click', () => dialog('confirm').close());
  byId('takeover').addEventListener('click', () => line.send({ type: 'takeover' }));
  byId('strip-clear').addEventListener('click', () => act({ type: 'select', points: [], how: 'replace' }));
  addEventListener('keydown', onKey);
  addEventListener('keyup', onKeyUp);
  addEventListener('pagehide', () => app.draftTimer && save());
  setInterval(tick, 250);
  const system = matchMedia('(prefers-color-scheme: dark)');
  const chosen = localStorage.getItem('hill theme');
  app.dark = chosen ? chosen === 'dark' : system.matches;
  if (chosen) document.documentElement.dataset.theme = chosen;
  system.addEventListener('change', () => {
    if (localStorage.getItem('hill theme')) return;
    app.dark = system.matches;
    recolour();
  });
  recolour();
  editable();
}

wire();

const line = new Line(address(location), {
  message: (message) => {
    if (message.type === 'state') onState(message);
    else if (message.type === 'progress') onProgress(message);
    else if (message.type === 'refused') onRefused(message);
    else if (message.type === 'saved') byId('line').textContent = 'Saved';
  },
  line: (state, wait) => {
    document.body.dataset.line = state;
    const words = {
      open: '',
      ended: '',
      connecting: 'Connecting ...',
      waiting: `Connection lost; next try in ${Math.ceil(wait / 1000)} s. Nothing is lost.`,
    };
    byId('line').textContent = words[state];
    byId('line').classList.toggle('bad', state === 'waiting');
    if (state !== 'open') app.sent = null;
    editable();
  },
});

/** For tests in a browser: what there is, to be read and not changed. */
Object.defineProperty(window, 'hill', {
  value: Object.freeze({
    get state() {
      const { edit, view, state, mode } = app;
      return {
        phase: state?.phase,
        reader: state?.reader,
        turn: view?.turn,
        n: view?.n,
        mode,
        selection: [...(edit?.selection ?? [])],
        gestures: edit?.gestures.length ?? 0,
        undone: edit ? undone(edit) : 0,
        left: edit ? left(edit, seconds()) : null,
        showing: stage.showing,
        gliding: document.body.hasAttribute('data-gliding'),
        observed: [...(view?.observed ?? [])],
        predicted: [...(view?.predicted ?? [])],
        places: [...stage.places],
      };
    },
    get camera() {
      return { ...stage.camera };
    },
    /** Where point i is in the window. @param {number} i */
    screen(i) {
      const box = byId('live').getBoundingClientRect();
      const [x, y] = stage.screen(i);
      return { x: box.left + x, y: box.top + y };
    },
    /** Milliseconds of one full drawing of both layers. */
    redraw() {
      const start = performance.now();
      stage.stale = { still: true, live: true };
      stage.draw();
      return performance.now() - start;
    },
  }),
});
