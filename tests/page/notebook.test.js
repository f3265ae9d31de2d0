import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MOST_DROPS, begin, readView, reduce } from '../../hill_exp/live/page/edit.js';
import { Notebook } from '../../hill_exp/live/page/notebook.js';
import { wireView } from './views.js';

const moment = (changes = {}) => ({
  present: true,
  stirred: 0,
  look: -1,
  camera: { x: 0, y: 0, zoom: 1 },
  window: { width: 800, height: 600, ratio: 1, pointer: 'fine' },
  ...changes,
});

/** A notebook after these moments, [at, changes] each. */
function after(...moments) {
  const book = new Notebook();
  for (const [at, changes] of moments) book.see(at, moment(changes));
  return book;
}

test('time spent elsewhere is no time of a gesture', () => {
  const book = after([1, {}], [2, { present: false }], [5, { present: false }], [9.5, {}]);
  assert.deepEqual(book.told(10).away, [[2, 9.5]]);
  assert.equal(book.elsewhere(0, 10), 7.5);
  assert.equal(book.elsewhere(3, 4), 1);
  const view = readView(wireView());
  const drop = { type: 'drop', points: [1], drops: [[0, 0]], at: 10, away: book.elsewhere(0, 10) };
  assert.deepEqual(
    reduce(begin(view), drop).gestures.map(({ seconds, at }) => [seconds, at]),
    [[2.5, 10]],
  );
});

test('who is still elsewhere has been so until now', () => {
  const book = after([1, {}], [2, { present: false }]);
  assert.deepEqual(book.told(6).away, [[2, 6]]);
  assert.equal(book.elsewhere(0, 6), 4);
  book.see(7, moment());
  assert.deepEqual(book.told(8).away, [[2, 7]]);
});

test('a page that is opened again was away meanwhile', () => {
  const noted = after([1, {}]).told(3);
  assert.deepEqual(new Notebook(noted, 60).told(61).away, [[3, 60]]);
  assert.deepEqual(new Notebook(noted, 4).told(5).away, []);
});

test('a picture is looked at for as long as it is shown, and not from elsewhere', () => {
  const book = after([1, { look: 3 }], [1.5, { look: 3 }], [2, { look: 1 }], [2.2, { look: 1, present: false }]);
  assert.deepEqual(book.told(9).looks, [
    [3, 1, 1],
    [1, 2, 0.2],
  ]);
  const open = after([1, { look: 3 }]);
  assert.deepEqual(open.told(2).looks, [[3, 1, 1]]);
  assert.deepEqual(open.told(2.5).looks, [
    [3, 1, 1],
    [3, 2, 0.5],
  ]);
});

test('gaps, selections, what was taken back, windows and zooms are noted', () => {
  const [one, two] = [{ points: [4, 5] }, { points: [6] }];
  const book = after(
    [1, { stirred: 0.5 }],
    [2, { stirred: 0.5, camera: { x: 1, y: 0, zoom: 2 } }],
    [9, { stirred: 8, camera: { x: 1, y: 0, zoom: 2 } }],
    [10, { stirred: 9.5, window: { width: 400, height: 600, ratio: 2, pointer: 'coarse' } }],
  );
  const picked = [4, 5];
  book.act(2, { selection: [], gestures: [] }, { selection: picked, gestures: [] });
  book.act(3, { selection: picked, gestures: [] }, { selection: picked, gestures: [one, two] });
  book.act(10, { selection: picked, gestures: [one, two] }, { selection: [], gestures: [one] });
  const { gaps, selections, undone, windows, zooms } = book.told(11);
  assert.deepEqual(gaps, [[0.5, 8]]);
  assert.deepEqual(selections, [{ at: 2, count: 2, points: [4, 5] }]);
  assert.deepEqual(undone, [{ at: 10, count: 1, points: [6] }]);
  assert.deepEqual(
    windows.map(({ at, pointer }) => [at, pointer]),
    [
      [1, 'fine'],
      [10, 'coarse'],
    ],
  );
  assert.deepEqual(zooms, [{ at: 9, x: 1, y: 0, zoom: 2 }]);
});

test('a notebook is never longer than the server takes', () => {
  const book = new Notebook();
  const many = Array.from({ length: 100 }, (_, i) => i);
  for (let k = 0; k < 12_000; k++) {
    book.see(k / 10, moment({ look: k % 2 }));
    book.act(k / 10, { selection: [], gestures: [] }, { selection: many, gestures: [] });
  }
  const { looks, selections } = book.told(1300);
  assert.equal(looks.length, 4000);
  assert.equal(selections.length, 300);
  assert.equal(Math.max(...selections.map(({ points }) => points.length)), 20);
});

test('the longest turn fits the largest message that the server takes', () => {
  const book = new Notebook();
  const many = Array(100).fill(4999);
  const [none, some] = [
    { selection: [], gestures: [] },
    { selection: many, gestures: [{ points: many }] },
  ];
  for (let k = 0; k < 10_000; k++) {
    const at = 12_345.678 + 20 * k;
    const camera = { x: -12.345 - 0.001 * (k >> 1), y: -12.345, zoom: 12.345 };
    const window = { width: 1000 + k, height: 1000, ratio: 1.125, pointer: 'coarse' };
    book.see(at, moment({ present: k % 3 > 0, stirred: at, look: 4000 + (k % 2), camera, window }));
    book.act(at, none, some);
    book.act(at, some, none);
  }
  const noted = book.told(300_000);
  for (const [kind, list] of Object.entries(noted))
    if (kind !== 'until') assert.ok(list.length >= 300, `${kind} is not full: ${list.length}`);
  const drops = Array(MOST_DROPS).fill([-10.12345, -10.12345]);
  const gestures = [{ points: Array(MOST_DROPS).fill(4999), drops, seconds: 12_345.678, at: 12_345.678 }];
  const message = JSON.stringify({ type: 'draft', turn: 1000, gestures, undone: 10_000, noted });
  assert.ok(message.length < 1_000_000, `${message.length} bytes`);
});
