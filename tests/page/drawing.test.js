import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fit } from '../../hill_exp/live/page/camera.js';
import { LIGHT, colouring } from '../../hill_exp/live/page/colours.js';
import { Scatter, markRadius } from '../../hill_exp/live/page/draw.js';
import { GLIDE, TRAIL, blend, ease, share, trail } from '../../hill_exp/live/page/glide.js';
import { readView } from '../../hill_exp/live/page/edit.js';
import { kindOf } from '../../hill_exp/live/page/scene.js';
import { drawSprite, faded } from '../../hill_exp/live/page/sprites.js';
import { wireView } from './views.js';

const rgba = (r, g, b, a) => ((a << 24) | (b << 16) | (g << 8) | r) >>> 0;
const WHITE = rgba(255, 255, 255, 255);

test('a sprite is laid over the picture and cut at its edges', () => {
  const red = rgba(200, 0, 0, 255);
  const sprite = { pixels: Uint32Array.from([red, 0, red, rgba(0, 0, 0, 128)]), size: 2 };
  const picture = new Uint32Array(6).fill(WHITE); // 3 wide, 2 high
  drawSprite(picture, 3, 2, sprite, 1, 0);
  assert.deepEqual([...picture.slice(0, 3)], [WHITE, red, WHITE]);
  assert.deepEqual(
    [picture[4], (picture[5] & 255) >= 126 && (picture[5] & 255) <= 127, picture[5] >>> 24],
    [red, true, 255],
  );
  const before = picture.slice();
  for (const [x, y] of [
    [3, 0],
    [-2, 0],
    [0, 2],
    [0, -2],
  ])
    drawSprite(picture, 3, 2, sprite, x, y);
  assert.deepEqual(picture, before);
  drawSprite(picture, 3, 2, sprite, -1, -1); // its last pixel alone
  assert.notEqual(picture[0], before[0]);
});

test('a faint sprite keeps its colours', () => {
  assert.deepEqual(
    [...faded({ pixels: Uint32Array.from([rgba(9, 8, 7, 255), 0]), size: 1 }, 0.2).pixels],
    [rgba(9, 8, 7, 51), 0],
  );
});

test('marks shrink with their number and grow with the zoom, within bounds', () => {
  assert.ok(markRadius(1, 300) > markRadius(1, 5000));
  assert.ok(markRadius(8, 300) > markRadius(1, 300));
  assert.ok(markRadius(1e6, 10) <= 9);
});

/** A drawing surface that counts what is drawn on it. */
function surface(width, height) {
  const calls = {};
  const context = new Proxy(
    {},
    {
      get(_, name) {
        if (name === 'getImageData') return (x, y, w, h) => ({ data: new Uint8ClampedArray(4 * w * h) });
        return (...given) => void (calls[name] = [...(calls[name] ?? []), given]);
      },
      set: () => true,
    },
  );
  return { width, height, calls, getContext: () => context };
}

test('while a selection is dragged it alone is drawn, once, and then as one picture', () => {
  const made = [];
  const make = (w, h) => (made.push(surface(w, h)), made.at(-1));
  const [still, live] = [surface(400, 400), surface(400, 400)];
  const scatter = new Scatter(still, live, make);
  const view = readView(wireView({ positions: Array.from({ length: 200 }, (_, i) => [i / 100 - 1, Math.sin(i)]) }));
  const camera = fit({ left: -2, right: 2, low: -2, high: 2 }, 3, 400, 400);
  const scene = {
    places: view.places,
    origin: view.places,
    moved: [],
    selection: [],
    observed: view.observed,
    reserved: view.reserved,
    away: [3, 4, 5],
    lit: null,
    extent: 3,
    taught: [],
    names: null,
    classes: view.classes,
    images: null,
    theme: { ...LIGHT, ink: '#000000', paper: '#FFFFFF', page: '#EEEEEE', accent: '#0000FF' },
    ...colouring(view, 'predicted', LIGHT),
  };
  scatter.drawStill(scene, camera);
  assert.equal(still.calls.putImageData.length, 1);
  const drag = { points: scene.away, dx: 0.1, dy: 0 };
  const over = { drag, stroke: null, hover: -1, near: [], pin: null, trails: null };
  const before = made.length;
  for (const dx of [0.1, 0.2, 0.3]) scatter.drawLive(scene, camera, { ...over, drag: { ...drag, dx } });
  const hand = made.slice(before).filter((one) => one.calls.drawImage);
  assert.deepEqual([hand.length, hand[0].calls.drawImage.length, live.calls.drawImage.length], [1, 3, 3]);
  scatter.drawLive(scene, camera, { ...over, drag: null });
  assert.equal(scatter.inHand, null);
});

test('points with a picture are drawn as it, framed when they are selected; the others as marks', () => {
  const made = [];
  const [still, live] = [surface(400, 400), surface(400, 400)];
  const scatter = new Scatter(still, live, (w, h) => (made.push(surface(w, h)), made.at(-1)));
  const view = readView(wireView());
  const scene = {
    ...{ places: view.places, origin: view.places, moved: [], selection: [0, 2], away: [], lit: null, extent: 3, taught: [], names: null, classes: [] },
    ...{ observed: view.observed, reserved: view.reserved },
    images: { picture: 'all', sheet: view.sheet, size: 30, shown: Uint8Array.from([1, 0, 1, 1]) },
    theme: { ...LIGHT, ink: '#000000', paper: '#FFFFFF', page: '#EEEEEE', accent: '#0000FF' },
    ...colouring(view, 'predicted', LIGHT),
  };
  scatter.drawStill(scene, fit({ left: -2, right: 2, low: -2, high: 2 }, 3, 400, 400));
  assert.equal(still.calls.drawImage.length, 3);
  const frames = still.calls.rect.map(([x, , side]) => [x, side]);
  assert.equal(frames.length, 2);
  const pictures = still.calls.drawImage.slice(0, 2).map(([, , , , , left]) => left);
  frames.forEach(([x, side], k) => assert.ok(x <= pictures[k] - 4 && x + side >= pictures[k] + 34, 'outside it'));
});

test('a reserved point is drawn as locked, the others by whether they have a label', () => {
  const view = readView(wireView({ observed: [-1, -1, 0, 0], reserved: [1] }));
  assert.deepEqual([0, 1, 2].map((i) => kindOf(view, i)), ['hollow', 'locked', 'full']);
});

test('a glide goes from one layout to the other, slowly at both ends', () => {
  const [from, to] = [Float64Array.from([0, 4]), Float64Array.from([2, 0])];
  assert.deepEqual([...blend(from, to, 0.5, new Float64Array(2))], [1, 2]);
  assert.deepEqual([ease(0), ease(0.5), ease(1)], [0, 0.5, 1]);
  assert.ok(ease(0.1) < 0.1 && ease(0.9) > 0.9);
  const glide = { from, to, start: 100, length: GLIDE, answer: true };
  assert.deepEqual([share(glide, 0), share(glide, 100 + GLIDE / 2), share(glide, 1e9)], [0, 0.5, 1]);
  assert.deepEqual([trail(glide, 200), trail(glide, 100 + GLIDE + TRAIL)], [1, 0]);
  assert.equal(share({ ...glide, length: 0 }, 0), 1);
  assert.equal(trail({ ...glide, answer: false }, 200), 0);
});
