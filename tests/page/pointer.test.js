import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { attach } from '../../hill_exp/live/page/pointer.js';

let listeners, did, looked, may, panning, adding;

/** A canvas without a page; point 7 is at (50, 50), point 8 at (90, 90), which is selected. */
beforeEach(() => {
  listeners = {};
  did = [];
  looked = [];
  may = true;
  panning = adding = false;
  const note =
    (name) =>
    (...given) =>
      void did.push([name, ...given]);
  const hit = (x, y, slack) =>
    [
      [50, 50, 7],
      [90, 90, 8],
    ].find(([px, py]) => Math.hypot(x - px, y - py) <= 4 + slack)?.[2] ?? -1;
  const element = {
    addEventListener: (kind, what) => (listeners[kind] = what),
    setPointerCapture: () => {},
    clientWidth: 300,
    clientHeight: 200,
    getBoundingClientRect: () => ({ left: 100, top: 10 }),
  };
  attach(element, {
    hit,
    isSelected: (i) => i === 8,
    panning: () => panning,
    adding: () => adding,
    takeUp: (i) => (did.push(['takeUp', i]), may),
    ...Object.fromEntries(
      ['select', 'lasso', 'enclosed', 'carry', 'letGo', 'pan', 'zoom', 'leave'].map((name) => [name, note(name)]),
    ),
    hover: (...at) => looked.push(at),
    touch: () => {},
  });
});

const event = (kind, x, y, more = {}) =>
  listeners[kind]({ pointerId: 1, button: 0, clientX: x + 100, clientY: y + 10, preventDefault() {}, ...more });

function stroke(corners, more = {}) {
  event('pointerdown', ...corners[0], more);
  for (const corner of corners.slice(1)) event('pointermove', ...corner, more);
  event('pointerup', ...corners.at(-1), more);
}

test('a click selects, also beside the mark, and with a trembling hand', () => {
  stroke([
    [56, 50],
    [58, 51],
  ]);
  assert.deepEqual(did, [['select', [7], 'replace']]);
});

test('a click with Shift adds or takes away; one beside all marks clears', () => {
  stroke([[50, 50]], { shiftKey: true });
  stroke([[20, 20]]);
  stroke([[20, 20]], { shiftKey: true });
  assert.deepEqual(did, [
    ['select', [7], 'toggle'],
    ['select', [], 'replace'],
  ]);
});

test('dragging a point that is not selected selects and moves it', () => {
  stroke([
    [50, 50],
    [60, 55],
    [70, 60],
  ]);
  assert.deepEqual(did, [
    ['select', [7], 'replace'],
    ['takeUp', 7],
    ['carry', 10, 5],
    ['carry', 20, 10],
    ['letGo', true],
  ]);
});

test('dragging a selected point moves the selection', () => {
  stroke([
    [90, 90],
    [100, 90],
  ]);
  assert.deepEqual(did, [
    ['takeUp', 8],
    ['carry', 10, 0],
    ['letGo', true],
  ]);
});

test('what may not be moved stays', () => {
  may = false;
  stroke([
    [90, 90],
    [100, 90],
    [120, 90],
  ]);
  assert.deepEqual(did, [['takeUp', 8]]);
});

test('a stroke beside the marks is a lasso, with Shift also one from a mark', () => {
  stroke([
    [56, 50],
    [80, 50],
    [80, 80],
  ]);
  assert.deepEqual(did.at(-1), ['enclosed', [56, 50, 80, 50, 80, 80], 'replace']);
  stroke(
    [
      [50, 50],
      [80, 50],
      [80, 80],
    ],
    { shiftKey: true },
  );
  assert.deepEqual(did.at(-1), ['enclosed', [50, 50, 80, 50, 80, 80], 'add']);
  stroke(
    [
      [0, 0],
      [80, 50],
      [80, 80],
    ],
    { altKey: true },
  );
  assert.deepEqual(did.at(-1), ['enclosed', [0, 0, 80, 50, 80, 80], 'remove']);
});

test('other buttons, and a hand, move the picture', () => {
  stroke(
    [
      [50, 50],
      [60, 45],
    ],
    { button: 2 },
  );
  panning = true;
  stroke([
    [50, 50],
    [51, 51],
  ]);
  assert.deepEqual(did, [
    ['pan', 10, -5],
    ['pan', 1, 1],
  ]);
});

test('two fingers zoom about their middle and let go of what one had', () => {
  event('pointerdown', 90, 90, { pointerId: 1 });
  event('pointermove', 100, 90, { pointerId: 1 });
  event('pointerdown', 100, 190, { pointerId: 2 });
  event('pointermove', 100, 290, { pointerId: 2 });
  assert.deepEqual(did.slice(-3), [
    ['letGo', false],
    ['pan', 0, 50],
    ['zoom', 2, 100, 190],
  ]);
});

test('the wheel zooms at the pointer, never in a leap', () => {
  event('wheel', 30, 40, { deltaY: -100, deltaMode: 0 });
  event('wheel', 30, 40, { deltaY: 1e6, deltaMode: 0 });
  const [[, nearer, x, y], [, farther]] = did;
  assert.ok(nearer > 1.1 && nearer < 1.3 && x === 30 && y === 40);
  assert.ok(farther > 0.6);
});

test('a touch that is taken away drops nothing', () => {
  event('pointerdown', 90, 90);
  event('pointermove', 120, 90);
  event('pointercancel', 120, 90);
  assert.deepEqual(did.at(-1), ['letGo', false]);
});

test('what is dragged does not leave the picture', () => {
  stroke([
    [90, 90],
    [999, -50],
  ]);
  assert.deepEqual(did, [
    ['takeUp', 8],
    ['carry', 210, -90],
    ['letGo', true],
  ]);
});

test('while one adds, clicks and strokes add, and only what is selected can be dragged', () => {
  adding = true;
  stroke([[50, 50]]);
  stroke([[10, 10]]);
  stroke([
    [50, 50],
    [60, 80],
  ]);
  stroke([
    [90, 90],
    [70, 90],
  ]);
  const done = did.filter(([what]) => what !== 'lasso');
  assert.deepEqual(done, [
    ['select', [7], 'toggle'],
    ['enclosed', [50, 50, 60, 80], 'add'],
    ['takeUp', 8],
    ['carry', -20, 0],
    ['letGo', true],
  ]);
  did.length = 0;
  stroke(
    [
      [50, 50],
      [60, 80],
    ],
    { altKey: true },
  );
  assert.deepEqual(did.at(-1), ['enclosed', [50, 50, 60, 80], 'remove']);
});

test('a finger that rests on a point looks at it and selects nothing; what it has shown stays', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const finger = { pointerType: 'touch' };
  event('pointerdown', 50, 50, finger);
  t.mock.timers.tick(500);
  event('pointermove', 90, 90, finger);
  event('pointerup', 90, 90, finger);
  event('pointerleave', 90, 90, finger);
  assert.deepEqual(looked, [
    [50, 50],
    [90, 90],
  ]);
  assert.deepEqual(did, []);
  stroke(
    [
      [62, 50],
      [63, 50],
    ],
    finger,
  );
  t.mock.timers.tick(500);
  assert.deepEqual(did, [['select', [7], 'replace']], 'a tap is a click, also somewhat beside the mark');
});

test('a finger that moves on at once draws or drags, however long it takes', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const finger = { pointerType: 'touch' };
  event('pointerdown', 90, 90, finger);
  event('pointermove', 100, 90, finger);
  t.mock.timers.tick(500);
  event('pointerup', 110, 90, finger);
  assert.deepEqual(did, [
    ['takeUp', 8],
    ['carry', 10, 0],
    ['letGo', true],
  ]);
});
