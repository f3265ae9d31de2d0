import assert from 'node:assert/strict';
import { test } from 'node:test';

import { written } from '../../hill_exp/live/page/names.js';

const wide = (text) => 10 * text.length;

test('a name stands above its place, and below or beside where it would lie over another', () => {
  const names = Array.from({ length: 6 }, (_, k) => ({ k, text: 'abc', x: 100 + 5 * k, y: 100 }));
  const drawn = written(names, wide, 10);
  assert.deepEqual([drawn[0].x, drawn[0].y < 90], [100, true]);
  assert.ok(drawn[1].y > 110);
  for (const [n, a] of drawn.entries())
    for (const b of drawn.slice(n + 1)) assert.ok(Math.abs(a.x - b.x) >= 36 || Math.abs(a.y - b.y) >= 17);
  assert.ok(drawn.length >= 4 && drawn.length < 6, 'where there is no room, none is written');
});

test('names far apart are all written', () => {
  const names = Array.from({ length: 9 }, (_, k) => ({ k, text: 'a long name', x: 200 * k, y: 0 }));
  assert.deepEqual(
    written(names, wide, 10).map(({ k }) => k),
    [0, 1, 2, 3, 4, 5, 6, 7, 8],
  );
});
