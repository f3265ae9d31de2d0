import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  PILE_RADIUS,
  around,
  held,
  inside,
  nearest,
  pile,
  shifted,
  squareAt,
} from '../../hill_exp/live/page/geometry.js';

const places = Float64Array.from([0, 0, 1, 0, 0, 1, -1, -1, 0.5, 0.5]);

test('a lasso holds what is inside, also where it bends in', () => {
  assert.deepEqual(inside(places, [-0.5, -0.5, 1.5, -0.5, 1.5, 1.5, -0.5, 1.5]), [0, 1, 2, 4]);
  const bent = [-0.5, -0.5, 1.5, -0.5, 1.5, 0.2, 0.2, 0.2, 0.2, 1.5, -0.5, 1.5]; // an L, with (0.5, 0.5) in the notch
  assert.deepEqual(inside(places, bent), [0, 1, 2]);
  assert.deepEqual(
    inside(
      places,
      bent.map((v, k) => (k % 2 ? v : 1 - v)),
    ),
    [0, 1],
  ); // its mirror image
  assert.deepEqual(inside(places, [0, 0, 1, 1]), []);
});

test('the nearest point within reach; of two in one place the one drawn last', () => {
  assert.equal(nearest(places, 0.9, 0.1, 0.3), 1);
  assert.equal(nearest(places, 3, 3, 0.3), -1);
  assert.equal(nearest(Float64Array.from([1, 1, 1, 1]), 1, 1, 0.1), 1);
});

test('a drag keeps its shape and stays on the canvas', () => {
  const box = around(places, [0, 1, 2]);
  assert.deepEqual(box, { left: 0, right: 1, low: 0, high: 1 });
  assert.deepEqual(held(box, 5, 0.5, 3), [2, 0.5]);
  assert.deepEqual(held(box, -9, -9, 3), [-3, -3]);
  assert.deepEqual(shifted(places, [1, 3], 2, 0.5), [
    [3, 0.5],
    [1, -0.5],
  ]);
});

test('a box that is over the edge is not pushed farther out', () => {
  const box = { left: 3.5, right: 3.6, low: 0, high: 0 };
  assert.deepEqual(held(box, 1, 0, 3), [0, 0]);
  assert.deepEqual(held(box, -1, 0, 3), [-1, 0]);
});

test('all points of a pile are together, distinct, and on the canvas', () => {
  for (const n of [1, 2, 30, 2000]) {
    const drops = pile([...Array(n).keys()], 2.99, -9, 3);
    for (const [x, y] of drops) assert.ok(Math.max(Math.abs(x), Math.abs(y)) <= 3 + 1e-12);
    const middle = drops[0];
    for (const [x, y] of drops) assert.ok(Math.hypot(x - middle[0], y - middle[1]) <= PILE_RADIUS + 1e-12);
    assert.equal(new Set(drops.map(String)).size, n);
  }
  assert.deepEqual(pile([7], 0.5, 0.25, 3), [[0.5, 0.25]]);
});

test('the point whose square holds a place, of those that have one', () => {
  const marked = Uint8Array.from([1, 0, 1, 1, 1]);
  assert.equal(squareAt(places, 0.1, -0.1, 0.15, marked), 0);
  assert.equal(squareAt(places, 0.1, -0.2, 0.15, marked), -1);
  assert.equal(squareAt(places, 1, 0, 0.15, marked), -1);
});
