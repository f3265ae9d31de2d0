import assert from 'node:assert/strict';
import { test } from 'node:test';

import { beside, middle, nearestTo, tour, towards } from '../../hill_exp/live/page/neighbours.js';
import { goal } from '../../hill_exp/live/page/roving.js';

/** 0 in the middle; 1 to 4 at its right, above, left, below; 5 far to the right; 6 farther, and closed. */
const PLACES = Float64Array.of(0, 0, 1, 0.2, 0, 1, -1, 0, 0, -1, 3, 0, 4, 0);
const CLOSED = Uint8Array.of(0, 0, 0, 0, 0, 0, 1);

test('a tour goes from each point to the nearest that is left, once to each, and to none that is closed', () => {
  const line = Float64Array.of(2, 0, 0, 0, 1, 0, 5, 0, 3, 0);
  assert.deepEqual(tour(line, new Uint8Array(5)), [1, 2, 0, 4, 3]);
  assert.deepEqual(tour(line, Uint8Array.of(0, 1, 0, 0, 0)), [2, 0, 4, 3]);
  assert.deepEqual(tour(new Float64Array(0), new Uint8Array(0)), []);
});

test('a direction leads to the nearest point that lies that way', () => {
  const to = (dx, dy, from = 0) => towards(PLACES, CLOSED, from, dx, dy);
  assert.deepEqual([to(1, 0), to(0, 1), to(-1, 0), to(0, -1)], [1, 2, 3, 4]);
  assert.equal(to(1, 0, 1), 5);
  assert.equal(to(1, 0, 5), -1); // what lies beyond is closed
  assert.equal(to(-1, 0, 5), 1);
});

test('a selection grows by the point nearest to any of its own', () => {
  assert.equal(beside(PLACES, CLOSED, [5]), 1);
  assert.equal(beside(PLACES, CLOSED, [5, 1]), 0);
  assert.equal(beside(PLACES, CLOSED, [0, 1, 2, 3, 4, 5]), -1);
});

test('the nearest to a place is none that is closed', () => {
  assert.equal(nearestTo(PLACES, CLOSED, 9, 0), 5);
});

test('the middle of points is their mean', () => {
  assert.deepEqual(middle(PLACES, [0, 5, 2, 4]), [0.75, 0]);
});

test('arrows go round in a group of buttons, Home and End to its ends', () => {
  assert.deepEqual(
    [goal(2, 'ArrowRight', 3), goal(0, 'ArrowUp', 3), goal(1, 'Home', 3), goal(1, 'End', 3)],
    [0, 2, 0, 2],
  );
  assert.deepEqual([goal(1, 'a', 3), goal(-1, 'ArrowRight', 3)], [-1, -1]);
});
