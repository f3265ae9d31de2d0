import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { attach } from '../../hill_exp/live/page/pointer.js';

let listeners, did, may, panning;

/** A canvas without a page; point 7 is at (50, 50), point 8 at (90, 90), which is selected. */
beforeEach(() => {
  listeners = {};
  did = [];
  may = true;
  panning = false;
  const note =
    (name) =>
    (...given) =>
      void did.push([name, ...given]);
  const at = (reach) => (x, y) =>
    [
      [50, 50, 7],
      [90, 90, 8],
    ].find(([px, py]) => Math.hypot(x - px, y - py) <= reach)?.[2] ?? -1;
  const element = {
    addEventListener: (kind, what) => (listeners[kind] = what),
    setPointerCapture: () => {},
    getBoundingClientRect: () => ({ left: 100, top: 10 }),
  };
  attach(element, {
    hit: at(9),
    grip: at(4),
    isSelected: (i) => i === 8,
    panning: () => panning,
    takeUp: (i) => (did.push(['takeUp', i]), may),
    ...Object.fromEntries(
      ['select', 'lasso', 'enclosed', 'carry', 'letGo', 'pan', 'zoom', 'leave'].map((name) => [name, note(name)]),
    ),
    hover: () => {},
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
