import assert from 'node:assert/strict';
import { test } from 'node:test';

import { DARK, LIGHT, MODES, classLook, colouring, described, lined, tally } from '../../hill_exp/live/page/colours.js';
import { readView } from '../../hill_exp/live/page/edit.js';
import { wireView } from './views.js';

const view = readView(wireView()); // observed -1, 0, 1, 2; predicted 0, 1, 2, 0; confidence 0.25, 0.5, 0.75, 1

test('points without a label are a category of their own', () => {
  const { categories, of } = colouring(view, 'observed', LIGHT);
  assert.deepEqual([...of], [3, 0, 1, 2]);
  assert.deepEqual(
    categories.map((c) => [c.name, c.count]),
    [
      ['cat', 1],
      ['dog', 1],
      ['owl', 1],
      ['no label', 1],
    ],
  );
});

test('a class may be called as the points without a label are', () => {
  const named = readView(wireView({ classes: ['cat', 'dog', 'no label'] }));
  assert.deepEqual(
    colouring(named, 'observed', LIGHT).categories.map((c) => c.unlabelled),
    [false, false, false, true],
  );
});

test('disagreement is told by colour and by shape, where there is a label', () => {
  const { categories, of } = colouring(readView(wireView({ predicted: [0, 0, 0, 0] })), 'disagreement', LIGHT);
  assert.deepEqual(
    [...of].map((k) => categories[k].name),
    ['no label', 'model agrees', 'model disagrees', 'model disagrees'],
  );
  assert.notEqual(categories[0].shape, categories[1].shape);
});

test('confidence goes in groups of about equal size, named by their ends', () => {
  const confidence = Array.from({ length: 100 }, (_, i) => i / 100);
  const many = readView(wireView({ positions: confidence.map((c) => [c, 0]), confidence }));
  const { categories, of } = colouring(many, 'confidence', LIGHT);
  assert.deepEqual(
    categories.map((c) => c.name),
    ['0 to 20%', '20 to 40%', '40 to 59%', '59 to 79%', '79 to 99%'],
  );
  for (const { count } of categories) assert.ok(count >= 19 && count <= 21);
  assert.deepEqual([of[0], of[99]], [0, 4]);
});

test('confidence that is the same everywhere is one group', () => {
  const { categories, of } = colouring(readView(wireView({ confidence: [1, 1, 1, 1] })), 'confidence', DARK);
  assert.deepEqual([categories.length, ...of], [1, 0, 0, 0, 0]);
});

test('every mode has a category for every point', () => {
  for (const mode of MODES) {
    const { categories, of } = colouring(view, mode, DARK);
    assert.ok([...of].every((k) => k < categories.length));
    assert.equal(
      categories.reduce((sum, c) => sum + c.count, 0),
      view.n,
    );
  }
});

test('a hundred classes look different, and ten by colour alone', () => {
  const looks = Array.from({ length: 100 }, (_, k) => classLook(k, LIGHT));
  assert.equal(new Set(looks.map((l) => l.colour + l.shape)).size, 100);
  assert.equal(new Set(looks.slice(0, 10).map((l) => l.colour)).size, 10);
});

test('a point is described for those who hear the page', () => {
  assert.equal(described(view, 0), 'Point 0: observed no label, predicted cat, 25% sure');
});

test('lines are darker on white paper alone', () => {
  assert.equal(lined('#F0E442', DARK), '#F0E442');
  assert.equal(lined('#646400', LIGHT), '#505000');
});

/** Viénot, Brettel & Mollon (1999): linear RGB as seen without red, or without green, cones. */
const BLIND = {
  protan: [
    [0.11238, 0.88762, 0],
    [0.11238, 0.88762, 0],
    [0.00401, -0.00401, 1],
  ],
  deutan: [
    [0.29275, 0.70725, 0],
    [0.29275, 0.70725, 0],
    [-0.02234, 0.02234, 1],
  ],
};

function oklab([r, g, b]) {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function linear(hex) {
  return [1, 3, 5]
    .map((k) => parseInt(hex.slice(k, k + 2), 16) / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
}

test('the ten colours stay apart for the colour-blind, on white and on black', () => {
  for (const theme of [LIGHT, DARK]) {
    for (const see of [
      (c) => c,
      ...Object.values(BLIND).map(
        (m) => (c) =>
          m.map((row) =>
            Math.max(
              0,
              row.reduce((sum, v, k) => sum + v * c[k], 0),
            ),
          ),
      ),
    ]) {
      const seen = theme.classes.map((hex) => oklab(see(linear(hex))));
      seen.forEach((a, i) =>
        seen.slice(i + 1).forEach((b, k) => {
          const apart = Math.hypot(...a.map((v, axis) => v - b[axis]));
          assert.ok(apart > 0.055, `${theme.classes[i]} and ${theme.classes[i + 1 + k]} are ${apart.toFixed(3)} apart`);
        }),
      );
    }
  }
});

test('with shapes the first ten classes are told apart by shape alone, and a hundred by both', () => {
  const looks = Array.from({ length: 100 }, (_, k) => classLook(k, { ...DARK, shaped: true }));
  assert.equal(new Set(looks.slice(0, 10).map(({ shape }) => shape)).size, 10);
  assert.equal(new Set(looks.map(({ shape, colour }) => `${shape} ${colour}`)).size, 100);
  assert.deepEqual(
    looks.map(({ colour }) => colour),
    looks.map((_, k) => classLook(k, DARK).colour),
  );
});

test('a selection is told by what is in it, the most first', () => {
  const shown = colouring(view, 'predicted', LIGHT);
  assert.equal(tally(shown, [0, 1, 3]), '2 cat, 1 dog');
  assert.equal(tally(shown, []), '');
});
