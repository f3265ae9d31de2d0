import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Thinning, thumbnailSize } from '../../hill_exp/live/page/thinning.js';

const WHOLE = 200; // pixels a layout unit
const places = Float64Array.from({ length: 2000 }, (_, k) => Math.sin(k * k + 1) * (k % 2 ? 1.3 : 2));
const open = new Uint8Array(1000);
const ones = (flags) => [...flags.keys()].filter((i) => flags[i]);

test('at every zoom no thumbnail covers another, and none that has room is left out', () => {
  const thinning = new Thinning(places, open, WHOLE);
  const gap = (i, j) => Math.max(...[0, 1].map((k) => Math.abs(places[2 * i + k] - places[2 * j + k])));
  for (const zoomed of [1, 0.6, 7, 3, 40]) {
    const size = thumbnailSize(zoomed);
    const shown = ones(thinning.shown(WHOLE * zoomed));
    const apart = shown.flatMap((i, k) => shown.slice(k + 1).map((j) => gap(i, j) * WHOLE * zoomed));
    assert.ok(apart.every((gap) => gap >= size + 8), `zoomed ${zoomed}`);
    const lonely = [...open.keys()].filter((i) => shown.every((j) => gap(i, j) * WHOLE * zoomed > 1.3 * (size + 12)));
    assert.deepEqual(lonely, []);
  }
});

test('who has a thumbnail keeps it when one comes nearer, and all have one in the end', () => {
  const thinning = new Thinning(places, open, WHOLE);
  let before = new Uint8Array(1000);
  for (let zoomed = 0.5; zoomed < 1e6; zoomed *= 1.7) {
    const shown = thinning.shown(WHOLE * zoomed);
    assert.ok(before.every((one, i) => !one || shown[i]));
    before = shown;
  }
  assert.equal(ones(before).length, 1000);
});

test('points in one place share one thumbnail, and those that are closed have none', () => {
  const thinning = new Thinning(Float64Array.from([1, 1, 1, 1, 1, 1, -1, 0]), Uint8Array.from([1, 0, 0, 0]), WHOLE);
  assert.deepEqual([...thinning.shown(WHOLE * 80)], [0, 1, 0, 1]);
});

test('thumbnails grow with the zoom, within bounds', () => {
  assert.ok(thumbnailSize(1) >= 24 && thumbnailSize(4) > thumbnailSize(1));
  assert.equal(thumbnailSize(1e6), 96);
});
