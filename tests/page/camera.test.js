import assert from 'node:assert/strict';
import { test } from 'node:test';

import { between, fit, frame, pan, resized, toLayout, toScreen, zoom } from '../../hill_exp/live/page/camera.js';

const near = (a, b) => a.forEach((v, k) => assert.ok(Math.abs(v - b[k]) < 1e-9, `${a} is not ${b}`));
const NONE = { top: 0, side: 0, bottom: 0 };
const square = (half) => ({ left: -half, right: half, low: -half, high: half });
const whole = fit(square(2), 2, 800, 600, NONE);

test('what is shown fills the window, as far as its shape allows, and leaves the margins free', () => {
  const wide = fit({ left: 0, right: 8, low: -1, high: 1 }, 9, 1000, 600, { top: 20, side: 100, bottom: 60 });
  assert.equal(wide.scale, 100);
  near(toScreen(wide, 0, 0), [100, 280]); // the middle of what is free
  near(toScreen(wide, 8, 1), [900, 180]);
  assert.equal(fit({ left: 0, right: 1, low: 0, high: 8 }, 9, 1000, 600, NONE).scale, 75);
  assert.ok(fit({ left: 1, right: 1, low: 1, high: 1 }, 9, 1000, 600).scale < 1200);
});

test('the whole box fits the shorter side; y points up', () => {
  assert.equal(whole.scale, 150);
  near(toScreen(whole, 0, 0), [400, 300]);
  near(toScreen(whole, 2, 2), [700, 0]);
});

test('screen and layout are each other back', () => {
  const camera = pan(zoom(whole, 3.3, 100, 500), 40, -7);
  near(toLayout(camera, ...toScreen(camera, 0.3, -1.2)), [0.3, -1.2]);
});

test('what is under the pointer stays there in a zoom', () => {
  const spot = toLayout(whole, 500, 200);
  near(toScreen(zoom(whole, 4, 500, 200), ...spot), [500, 200]);
});

test('zoom and pan have their ends', () => {
  assert.equal(zoom(whole, 1e9).scale, whole.scale * 80);
  assert.equal(zoom(whole, 1e-9).scale, whole.scale * 0.5);
  assert.equal(pan(whole, 1e9, 0).x, -2);
});

test('a pan moves the picture with the hand', () => near(toScreen(pan(whole, 30, 20), 0, 0), [430, 320]));

test('another window shows the same middle at the same zoom', () => {
  const camera = resized(zoom(whole, 2, 0, 0), fit(square(2), 2, 400, 300, NONE));
  assert.equal(camera.scale, 150);
  assert.equal(camera.x, zoom(whole, 2, 0, 0).x);
});

test('a frame puts the box in the middle', () => {
  const camera = frame(whole, { left: 0.5, right: 0.7, low: -0.2, high: 0 });
  near([camera.x, camera.y], [0.6, -0.1]);
  assert.ok(camera.scale > whole.scale);
  assert.ok(Number.isFinite(frame(whole, { left: 1, right: 1, low: 1, high: 1 }).scale));
});

test('on the way between two cameras the place they share keeps still', () => {
  const to = zoom(whole, 4, 500, 200);
  const spot = toLayout(whole, 500, 200);
  for (const t of [0, 0.3, 0.8, 1]) near(toScreen(between(whole, to, t), ...spot), [500, 200]);
  near([between(whole, pan(whole, -100, 0), 0.5).x], [50 / 150]);
});
