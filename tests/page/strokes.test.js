import assert from 'node:assert/strict';
import { test } from 'node:test';

import { rectangle, selectedBy } from '../../hill_exp/live/page/strokes.js';

const places = Float64Array.from([0, 0, 1, 0, 0, 1, -1, -1, 0.5, 0.5]);

test('a loop selects what it holds, a rectangle what it spans, whichever way it is drawn', () => {
  const path = [1.5, 1.5, 0.7, -0.4, -0.5, -0.5];
  assert.deepEqual(selectedBy('rectangle', places, path, 0), [0, 1, 2, 4]);
  assert.deepEqual(selectedBy('rectangle', places, [-0.5, -0.5, 9, 9, 1.5, 1.5], 0), [0, 1, 2, 4]);
  assert.deepEqual(selectedBy('lasso', places, [-0.5, -0.5, 0.6, -0.5, 0.6, 0.6], 0), [0, 4]);
  assert.deepEqual(rectangle([0, 1, 5, 5, 2, 3]), [0, 1, 2, 1, 2, 3, 0, 3]);
});

test('a brush selects what it touches on its way, also between two of its places', () => {
  assert.deepEqual(selectedBy('brush', places, [-1, 0.1, 2, 0.1], 0.2), [0, 1]);
  assert.deepEqual(selectedBy('brush', places, [0.5, 0.5, 0.5, 0.5], 0.1), [4]);
  assert.deepEqual(selectedBy('brush', places, [-2, -2, -2, 2, 2, 2, 2, 1.1], 0.3), []);
});
