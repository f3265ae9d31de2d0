import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  MOST_DROPS,
  begin,
  fresh,
  left,
  moved,
  readView,
  reduce,
  refusal,
  settle,
  submission,
  undone,
} from '../../hill_exp/live/page/edit.js';
import { wireView } from './views.js';

const view = readView(
  wireView({
    positions: [
      [0, 0],
      [1, 0],
      [0, 1],
      [-1, -1],
    ],
    budget: { points: 2, gestures: 3, seconds: 60 },
  }),
);

/** The edit after some actions. */
const after = (...actions) => actions.reduce(reduce, begin(view));
const drop = (points, drops, at = 1) => ({ type: 'drop', points, drops, at });

test('a view is read with flat places, and pins that are not there as NaN', () => {
  assert.deepEqual([...view.places], [0, 0, 1, 0, 0, 1, -1, -1]);
  assert.ok(view.pins.every(Number.isNaN));
  assert.equal(view.previous, null);
});

test('a drop moves the points, costs its budget and leaves the view alone', () => {
  const edit = after(
    drop(
      [0, 1],
      [
        [0.5, 0.25],
        [2, 2],
      ],
      4,
    ),
  );
  assert.deepEqual([...edit.places], [0.5, 0.25, 2, 2, 0, 1, -1, -1]);
  assert.deepEqual([...view.places.slice(0, 2)], [0, 0]);
  assert.deepEqual(moved(edit), [0, 1]);
  assert.deepEqual(left(edit, 20), { points: 0, gestures: 2, seconds: 40 });
});

test('seconds run from the end of the gesture that stands before', () => {
  const edit = after(drop([0], [[1, 1]], 2.5), drop([0], [[2, 2]], 4), { type: 'undo' }, drop([0], [[2, 1]], 7.25));
  assert.deepEqual(
    edit.gestures.map((g) => [g.seconds, g.at]),
    [
      [2.5, 2.5],
      [4.75, 7.25],
    ],
  );
});

test('drops are kept on the canvas', () => {
  assert.deepEqual(
    settle(
      [
        [9, -9],
        [0.1234567, 0],
      ],
      3,
    ),
    [
      [3, -3],
      [0.12346, 0],
    ],
  );
  assert.deepEqual(after(drop([0], [[9, 0]])).gestures[0].drops, [[3, 0]]);
});

test('undo and redo go back and forth, also over a reset', () => {
  const two = after(drop([0], [[1, 1]]), drop([1], [[2, 2]], 2));
  const none = reduce(two, { type: 'reset' });
  assert.deepEqual([none.gestures.length, undone(none)], [0, 2]);
  const back = reduce(none, { type: 'undo' });
  assert.deepEqual([back.gestures, undone(back)], [two.gestures, 0]);
  const one = reduce(back, { type: 'undo' });
  assert.deepEqual([one.gestures.length, undone(one)], [1, 1]);
  assert.deepEqual(reduce(one, { type: 'redo' }).places, two.places);
  assert.deepEqual(reduce(reduce(one, { type: 'redo' }), { type: 'redo' }).gestures, []);
});

test('a new gesture ends what could be redone, and what was undone stays counted', () => {
  const edit = after(drop([0], [[1, 1]]), { type: 'undo' }, drop([1], [[1, 1]], 2));
  assert.deepEqual([edit.future.length, undone(edit)], [0, 1]);
  assert.match(reduce(edit, { type: 'redo' }).refused, /nothing to redo/);
});

test('nothing to undo or to reset is said', () => {
  assert.match(after({ type: 'undo' }).refused, /nothing to undo/);
  assert.match(after({ type: 'reset' }).refused, /nothing to reset/);
});

test('a draft comes back with its gestures, each of which can be undone', () => {
  const edit = after(drop([0], [[1, 1]], 1), drop([1], [[2, 2]], 3), drop([1], [[2, 0]], 4), { type: 'undo' });
  const { gestures, undone: count } = JSON.parse(JSON.stringify(submission(edit)));
  const again = begin(view, { gestures, undone: count, elapsed: 9 });
  assert.deepEqual(again.places, edit.places);
  assert.deepEqual(submission(again), submission(edit));
  assert.deepEqual([...reduce(reduce(again, { type: 'undo' }), { type: 'undo' }).places], [...view.places]);
});

test('a point is handled once in the budget however often it is moved', () => {
  const edit = after(
    drop(
      [0, 1],
      [
        [1, 1],
        [2, 2],
      ],
    ),
  );
  assert.equal(refusal(edit, [0], 2), null);
  assert.equal(fresh(edit, [0, 2]), 1);
  assert.match(refusal(edit, [2], 2), /only those already moved/);
  assert.match(refusal(edit, [0, 2], 2), /1 of the selection/);
  assert.match(refusal(begin(view), [0, 1, 2], 0), /3 new points.*2 left/);
});

test('what the budget forbids is refused in words and changes nothing', () => {
  const full = after(...[1, 2, 3].map((at) => drop([0], [[at / 10, 0]], at)));
  for (const [action, words] of [
    [drop([0], [[1, 1]], 4), /No gestures are left/],
    [drop([], [], 4), /Nothing is selected/],
  ]) {
    const same = reduce(full, action);
    assert.match(same.refused, words);
    assert.equal(same.gestures, full.gestures);
  }
  assert.match(refusal(begin(view), [0], 60), /time of this turn is up/);
  assert.equal(reduce(full, { type: 'select', points: [1], how: 'replace' }).refused, null);
});

test('what no longer fits a message is refused', () => {
  const n = 5000;
  const wide = readView(
    wireView({
      positions: Array.from({ length: n }, (_, i) => [i / n, 0]),
      budget: { points: null, gestures: null, seconds: null },
    }),
  );
  const all = [...Array(n).keys()];
  const drops = all.map(() => [-2.12345, -1.12345]);
  let edit = begin(wide);
  for (let k = 1; k <= MOST_DROPS / n; k++) edit = reduce(edit, drop(all, drops, k));
  assert.ok(JSON.stringify({ type: 'draft', ...submission(edit) }).length < 1_000_000);
  assert.match(refusal(edit, [0], 99), /holds all it can/);
});

test('a selection grows, shrinks and turns over', () => {
  const select = (points, how) => ({ type: 'select', points, how });
  assert.deepEqual(after(select([2, 1, 2], 'replace')).selection, [2, 1]);
  assert.deepEqual(after(select([1], 'replace'), select([3, 1], 'add')).selection, [1, 3]);
  assert.deepEqual(after(select([1, 3], 'replace'), select([3, 2], 'toggle')).selection, [1, 2]);
  assert.deepEqual(after(select([1, 3], 'replace'), select([3], 'remove')).selection, [1]);
});

test('a reserved point is neither selected, by whatever means, nor moved', () => {
  const locked = begin(readView(wireView({ reserved: [1, 3] })));
  const all = [0, 1, 2, 3];
  const select = (how, points = all) => reduce(locked, { type: 'select', points, how }).selection;
  assert.deepEqual([select('replace'), select('add'), select('toggle'), select('replace', [3])], [[0, 2], [0, 2], [0, 2], []]);
  const same = reduce(locked, drop([0, 1], [[1, 1], [1, 1]]));
  assert.match(same.refused, /Reserved/);
  assert.equal(same.gestures.length, 0);
  assert.equal(refusal(locked, [0, 2], 0), null);
});
