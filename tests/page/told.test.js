import assert from 'node:assert/strict';
import { test } from 'node:test';

import { described, modelSays, modesOf } from '../../hill_exp/live/page/colours.js';
import { readView } from '../../hill_exp/live/page/edit.js';
import { wireView } from './views.js';

test('what a condition withholds is neither a colour nor said', () => {
  const all = readView(wireView());
  assert.deepEqual(modesOf(all), ['observed', 'predicted', 'confidence', 'disagreement']);
  assert.equal(modelSays(all, 1), 'dog, 50% sure');
  const unsure = readView(wireView({ confidence: null }));
  assert.deepEqual(modesOf(unsure), ['observed', 'predicted', 'disagreement']);
  assert.equal(modelSays(unsure, 1), 'dog');
  const mute = readView(wireView({ predicted: null, confidence: null }));
  assert.deepEqual(modesOf(mute), ['observed']);
  assert.equal(described(mute, 1), 'Point 1: observed cat');
});
