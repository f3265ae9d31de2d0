import assert from 'node:assert/strict';
import { test } from 'node:test';

import { begin, readView, reduce } from '../../hill_exp/live/page/edit.js';
import { feedback, trying } from '../../hill_exp/live/page/warmup.js';
import { wireView } from './views.js';

const view = readView(
  wireView({ observed: [0, -1, 1, 0], positions: [[0, 0], [1, 0], [0, 1], [-1, -1]] }), // prettier-ignore
);
const dropped = (point, place) =>
  reduce(begin(view), { type: 'drop', points: [point], drops: [place], at: 1 });

test('what is tried in practice is seen as it is done', () => {
  const edit = begin(view);
  assert.deepEqual(trying('edit', edit, -1), []);
  assert.deepEqual(trying('edit', edit, 2), ['look']);
  assert.deepEqual(trying('edit', reduce(edit, { type: 'select', points: [1, 2], how: 'replace' }), -1), ['select']);
  const moved = dropped(0, [1, 1]);
  assert.deepEqual(trying('edit', moved, -1), ['move']);
  assert.deepEqual(trying('edit', reduce(moved, { type: 'undo' }), -1), ['undo']);
  assert.deepEqual(trying('answer', null, -1), ['teach']);
});

test('feedback tells beside what the moved points lie, by observed labels alone', () => {
  assert.equal(feedback(begin(view)), '');
  assert.match(feedback(dropped(1, [0.1, 0.9])), /labelled dog \(1\)\.$/);
  assert.match(feedback(dropped(3, [0.1, 0.9])), /labelled dog \(1\)\. Of the 1 with a label of their own, 0 lie/);
  assert.match(feedback(dropped(3, [0.1, 0])), /labelled cat \(1\)\. Of the 1 with a label of their own, 1 lie/);
});
