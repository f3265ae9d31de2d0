import assert from 'node:assert/strict';
import { test } from 'node:test';

import { corners } from '../../hill_exp/live/page/curves.js';
import { COMMANDS, command, taken } from '../../hill_exp/live/page/keys.js';
import { answered, clock, counted } from '../../hill_exp/live/page/panel.js';
import { trainingInWords } from '../../hill_exp/live/page/progress.js';
import { marks, missing } from '../../hill_exp/live/page/questions.js';
import { blocks } from '../../hill_exp/live/page/screens.js';

test('text is read as headings, paragraphs and lists, and nothing else', () => {
  assert.deepEqual(blocks('# Title\nOne\ntwo.\n\n- a\n- b\n  goes on\n\n<b>as it is</b>'), [
    { kind: 'heading', text: 'Title' },
    { kind: 'paragraph', text: 'One two.' },
    { kind: 'list', items: ['a', 'b goes on'] },
    { kind: 'paragraph', text: '<b>as it is</b>' },
  ]);
  assert.deepEqual(blocks('Before:\n- a\n\n- b'), [
    { kind: 'paragraph', text: 'Before:' },
    { kind: 'list', items: ['a'] },
    { kind: 'list', items: ['b'] },
  ]);
  assert.deepEqual(blocks('\r\n \n'), []);
});

test('an answer of 0 is an answer, and so is to rather not say; free words may be left out', () => {
  const items = [
    { key: 'a', text: '' },
    { key: 'b', text: '', choices: ['x'] },
    { key: 'c', text: '', kind: 'text' },
  ];
  assert.deepEqual(missing(items, { a: 0 }), ['b']);
  assert.deepEqual(missing(items, { a: 0, b: 'x' }), []);
  assert.deepEqual(missing(items, { a: 0, b: null }), []);
});

test('a scale of few marks is a row of them', () => {
  assert.deepEqual(marks({ min: 1, max: 5, step: 1 }), [1, 2, 3, 4, 5]);
  assert.deepEqual(marks({ min: 1, max: 7, step: 1 })?.length, 7);
  assert.equal(marks({ min: 0, max: 100, step: 5 }), null);
});

const press = (key, held = {}) =>
  command({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });

test('keys are commands, signs also where they need Shift', () => {
  assert.equal(press('z', { ctrlKey: true }), 'undo');
  assert.equal(press('Z', { metaKey: true, shiftKey: true }), 'redo');
  assert.equal(press('g'), 'gather');
  assert.equal(press('+', { shiftKey: true }), 'in');
  assert.equal(press('?', { shiftKey: true }), 'help');
  assert.equal(press('ArrowLeft', { shiftKey: true }), 'left');
  assert.equal(press('z'), null);
  assert.equal(press('g', { altKey: true }), null);
  assert.equal(press('r', { ctrlKey: true }), null); // reload stays the browser's
});

test('no key has two meanings', () => {
  const keys = COMMANDS.flatMap((one) => one.keys);
  assert.equal(new Set(keys).size, keys.length);
});

test('where one types, a key is a letter', () => {
  assert.ok(taken({ tagName: 'TEXTAREA' }, { key: 'g' }));
  assert.ok(taken({ tagName: 'BUTTON' }, { key: 'Enter' }));
  assert.ok(!taken({ tagName: 'BUTTON' }, { key: 'g' }));
  assert.ok(!taken({ tagName: 'CANVAS' }, { key: 'Enter' }));
  assert.ok(!taken({ tagName: 'BUTTON' }, { key: 'Enter', ctrlKey: true })); // it always teaches
});

test('a curve leaves out what is not known and stands in its box', () => {
  const line = corners({ xs: [1, 2, 3], ys: [2, null, 1] });
  assert.equal(line.length, 2);
  assert.deepEqual(corners({ xs: [1], ys: [null] }), []);
  const [[x0, y0], [x1, y1]] = line;
  assert.ok(x0 < x1 && y0 < y1); // falling
  assert.ok(corners({ xs: [1, 2], ys: [1, 1] }, 10)[1][0] < x1); // of ten epochs, two
});

test('time and number are said as people say them', () => {
  assert.deepEqual([clock(95), clock(59.2), clock(0)], ['1:35', '1:00', '0:00']);
  assert.deepEqual([counted(1, 'point'), counted(3, 'point')], ['1 point', '3 points']);
});

test('how many of the moved points have followed is said in a sentence', () => {
  assert.equal(answered([12, 15]), '12 of the 15 points that you moved have followed.');
  assert.equal(answered([1, 15]), '1 of the 15 points that you moved has followed.');
  assert.equal(
    answered([12, 15], 0.141),
    '12 of the 15 points that you moved have followed (embedding response +0.14).',
  );
  assert.equal(answered([0, 1], -0.2), 'The point that you moved has not followed (embedding response \u22120.20).');
  assert.deepEqual([answered([1, 1]), answered([0, 1])].map((words) => words.includes('not')), [false, true]);
  assert.deepEqual([answered([0, 0]), answered(null), answered(undefined)], ['', '', '']);
});

test('a training says how far it is, or how many come before it', () => {
  const state = { epoch: 3, epochs: 60, playback: false, ahead: 0 };
  assert.equal(trainingInWords(state), 'The model trains: epoch 3 of 60');
  assert.equal(trainingInWords({ ...state, epochs: null }), 'The model trains');
  assert.equal(trainingInWords({ ...state, playback: true }), 'Coming back to where you were: epoch 3 of 60');
  assert.equal(trainingInWords({ ...state, ahead: 1 }), 'Waiting for training: one other is before it');
  assert.equal(trainingInWords({ ...state, ahead: 12 }), 'Waiting for training: 12 others are before it');
});
