import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fate, forget, keep, stamp, turnOf, unsent } from '../../hill_exp/live/page/offline.js';
import { wireView } from './views.js';

const gesture = (at) => ({ points: [0], drops: [[at, 1]], seconds: 1, at });
const draft = (...ats) => ({ gestures: ats.map(gesture), undone: 0, elapsed: 9 });
const mine = (edit, known, more = {}) => ({ ...edit, turn: 'now', known: stamp(known), handed: false, ...more });

test('what the server has, and what it was known to have, is nothing new', () => {
  assert.equal(fate(null, 'now', draft()), 'nothing');
  assert.equal(fate(mine(draft(1), draft(1)), 'now', draft(1)), 'nothing');
  assert.equal(fate(mine(draft(1, 2), draft(1)), 'now', draft(1, 2)), 'nothing', 'its answer was lost, it was not');
});

test('what was done here alone goes on, undone gestures too', () => {
  assert.equal(fate(mine(draft(1, 2), draft(1)), 'now', draft(1)), 'on');
  assert.equal(fate(mine({ ...draft(1), undone: 1 }, draft(1, 2)), 'now', draft(1, 2)), 'on');
  assert.equal(fate(mine(draft(1, 2, 3), draft(1)), 'now', draft(1, 2)), 'on', 'the server has a part of it');
});

test('where another tab went on, or handed the turn over, it is lost; what was handed over is not', () => {
  assert.equal(fate(mine(draft(1, 2), draft(1)), 'now', draft(1, 5)), 'lost');
  assert.equal(fate(mine(draft(1, 2), draft(1)), 'the next', draft()), 'lost');
  assert.equal(fate(mine(draft(1, 2), draft(1), { handed: true }), 'the next', draft()), 'nothing');
});

test('it outlives a reload of the tab, and a tab without room goes on', () => {
  const held = new Map();
  const storage = {
    setItem: (key, value) => held.set(key, value),
    getItem: (key) => held.get(key) ?? null,
    removeItem: (key) => held.delete(key),
  };
  assert.equal(unsent(storage), null);
  keep(storage, mine(draft(1), draft()));
  assert.deepEqual(unsent(storage), mine(draft(1), draft()));
  forget(storage);
  assert.equal(unsent(storage), null);
  keep({ setItem: () => { throw new Error('full'); } }, mine(draft(1), draft())); // prettier-ignore
});

test('a turn is known by the person, the part, its number and its layout', () => {
  const state = { who: 'P1', step: 2, practice: false, view: wireView() };
  const others = [{ who: 'P2' }, { step: 3 }, { practice: true }, { view: { ...wireView(), turn: 4 } }];
  others.push({ view: { ...wireView(), positions: [[9, 9], ...wireView().positions.slice(1)] } });
  const turns = [state, ...others.map((change) => ({ ...state, ...change }))].map(turnOf);
  assert.equal(new Set(turns).size, 6);
  assert.equal(turnOf({ ...state, reader: true }), turns[0]);
});
