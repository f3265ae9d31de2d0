import assert from 'node:assert/strict';
import { test } from 'node:test';

import { affordable, leastSure, ordered, ordersOf } from '../../hill_exp/live/page/choosing.js';
import { begin, readView, reduce } from '../../hill_exp/live/page/edit.js';
import { wireView } from './views.js';

const positions = Array.from({ length: 8 }, (_, i) => [i, 0]);
const confidence = [0.9, 0.2, 0.8, 0.1, 0.7, 0.3, 0.6, 0.4];
const given = (more = {}) =>
  begin(readView(wireView({ positions, confidence, budget: { points: 3, gestures: null, seconds: null }, ...more })));
const select = (edit, points) => reduce(edit, { type: 'select', points, how: 'replace' });
const drop = (edit, points) => reduce(edit, { type: 'drop', points, drops: points.map(() => [0, 0]), at: 1 });
const open = new Uint8Array(8);

test('a selection is shown from its middle, by prediction, or the least sure first', () => {
  const { view, places } = given({ predicted: [2, 1, 0, 2, 1, 0, 2, 1] });
  assert.deepEqual(ordered(view, places, [0, 1, 2, 6, 7], 'near'), [2, 1, 6, 0, 7]); // middle: 3.2
  assert.deepEqual(ordered(view, places, [0, 1, 2, 3], 'unsure'), [3, 1, 2, 0]);
  assert.deepEqual(ordered(view, places, [0, 1, 2, 3, 4, 5], 'predicted'), [5, 2, 1, 4, 3, 0]);
});

test('what is withheld orders nothing', () => {
  assert.deepEqual(ordersOf(given().view), ['near', 'predicted', 'unsure']);
  assert.deepEqual(ordersOf(given({ predicted: null, confidence: null }).view), ['near']);
});

test('the least sure are chosen up to the budget, without what was moved or cannot be', () => {
  assert.deepEqual(leastSure(given(), 0, open), [3, 1, 5]);
  const moved = drop(given(), [3]);
  assert.deepEqual(leastSure(moved, 0, open), [1, 5]);
  assert.deepEqual(leastSure(moved, 0, Uint8Array.from([0, 1, 0, 0, 0, 0, 0, 0])), [5, 7]);
  const free = { points: null, gestures: null, seconds: 60 };
  assert.equal(leastSure(given({ budget: free }), 0, open).length, 8);
});

test('of too large a selection that is kept which the budget has room for', () => {
  assert.equal(affordable(select(given(), [0, 1, 2]), 0), null);
  assert.deepEqual(affordable(select(given(), [0, 1, 2, 3, 4]), 0), [3, 1, 4]);
  const moved = drop(given(), [0]);
  assert.deepEqual(affordable(select(moved, [0, 1, 2, 3]), 0), [0, 3, 1]);
  assert.deepEqual(affordable(select(given({ confidence: null }), [0, 1, 2, 6, 7]), 0), [2, 1, 6]);
  assert.equal(affordable(select(drop(given(), [0, 1, 2]), [3, 4]), 0), null);
});
