import assert from 'node:assert/strict';
import { test } from 'node:test';

import { farthest, kindOf, outline, scores, spoken } from '../../hill_exp/live/page/cards.js';
import { described } from '../../hill_exp/live/page/colours.js';
import { readView } from '../../hill_exp/live/page/edit.js';
import { wireView } from './views.js';

const values = () => ({
  rows: [
    [1, 5, -2],
    [3, 5, 0],
    [1, 5, 2],
    [3, 5, 8],
  ],
  names: ['length', 'width', 'depth'],
  all: 9,
});
const rounded = (numbers) => numbers.map((x) => Number(x.toFixed(3)));

test('a value is told by how far it is from its mean; one that never varies is nowhere', () => {
  assert.deepEqual(rounded(scores(values(), 0)), [-1, 0, -1.069]);
  assert.deepEqual(rounded(scores(values(), 3)), [1, 0, 1.604]);
});

test('the values that lie farthest from their means are named, the farthest first', () => {
  assert.deepEqual(farthest(values(), 3).slice(0, 2), [
    { name: 'depth', value: 8 },
    { name: 'length', value: 3 },
  ]);
  assert.equal(farthest({ ...values(), names: null }, 3)[0].name, 'value 2');
  const many = { rows: [Array.from({ length: 40 }, (_, k) => k), Array(40).fill(0)], names: null, all: 40 };
  assert.equal(farthest(many, 0).length, 6);
});

test('bars go up and down from the middle, and never beyond the picture', () => {
  const bars = outline([1.25, -9]).split('z').slice(0, 2);
  assert.deepEqual(bars, ['M0 16v-8h102.4v8', 'M128 16v16h102.4v-16']);
});

test('a view is shown by pictures, texts or values, and heard by the last two', () => {
  const picture = readView(wireView());
  assert.equal(kindOf(picture), 'image');
  assert.ok(described(picture, 0).endsWith('sure'));
  const text = readView(wireView({ sheet: null, texts: ['one', 'two', 'three', 'four'] }));
  assert.equal(kindOf(text), 'text');
  assert.ok(described(text, 1).endsWith('sure; two'));
  const row = readView(wireView({ sheet: null, values: values() }));
  assert.equal(kindOf(row), 'values');
  assert.equal(spoken(row, 3), 'depth 8, length 3, width 5');
});
