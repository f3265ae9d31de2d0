// @ts-check
/** The warm-up in practice: what there is to try, what has been tried, and what became of it. */

import { byId, element } from './dom.js';
import { moved, undone } from './edit.js';

/** @typedef {import('./types').Edit} Edit */
/** @typedef {'look' | 'select' | 'move' | 'undo' | 'teach'} Task */

/** @type {[Task, string][]} */
const TASKS = [
  ['look', 'Point at a dot: its picture shows.'],
  ['select', 'Draw a loop around several dots: they are selected.'],
  ['move', 'Drag one of them to where they belong: all go along.'],
  ['undo', 'Take it back (Ctrl Z), and move them again.'],
  ['teach', 'Press Teach: the model trains on, and the dots glide to its answer.'],
];

/**
 * What is being tried now.
 * @param {import('./protocol').StateMessage['phase']} phase
 * @param {Edit | null} edit
 * @param {number} hover  the point at the pointer, or -1
 * @returns {Task[]}
 */
export function trying(phase, edit, hover) {
  const is = {
    look: hover >= 0 || edit?.selection.length === 1,
    select: edit !== null && edit.selection.length > 1,
    move: edit !== null && edit.gestures.length > 0,
    undo: edit !== null && undone(edit) > 0,
    teach: phase === 'training' || phase === 'answer',
  };
  return TASKS.flatMap(([task]) => (is[task] ? [task] : []));
}

/**
 * Beside what the moved points lie now, as far as observed labels say; empty where none was moved.
 * @param {Edit} edit
 */
export function feedback(edit) {
  const { view, places } = edit;
  const labelled = [...view.observed.keys()].filter((i) => (view.observed[i] ?? -1) >= 0);
  /** @type {Map<number, number>} */
  const beside = new Map();
  let [known, right] = [0, 0];
  const points = moved(edit);
  for (const i of points) {
    const label = view.observed[nearestOf(labelled, places, i)] ?? -1;
    beside.set(label, (beside.get(label) ?? 0) + 1);
    if ((view.observed[i] ?? -1) < 0) continue;
    known++;
    if (view.observed[i] === label) right++;
  }
  if (!points.length) return '';
  const names = [...beside]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 4)
    .map(([label, count]) => `${view.classes[label] ?? 'none'} (${count})`);
  const lie = `What you moved lies beside pictures labelled ${names.join(', ')}.`;
  return known ? `${lie} Of the ${known} with a label of their own, ${right} lie beside their kind.` : lie;
}

/**
 * The nearest of the points to point i, itself left out; -1: there is none.
 * @param {readonly number[]} points
 * @param {Float64Array} places
 * @param {number} i
 */
function nearestOf(points, places, i) {
  let [best, least] = [-1, Infinity];
  for (const j of points) {
    const [dx, dy] = [
      (places[2 * j] ?? NaN) - (places[2 * i] ?? NaN),
      (places[2 * j + 1] ?? NaN) - (places[2 * i + 1] ?? NaN),
    ];
    const far = dx * dx + dy * dy;
    if (j !== i && far < least) [best, least] = [j, far];
  }
  return best;
}

/**
 * Shows the warm-up in practice, and nothing otherwise.
 * @param {import('./app.js').App} app
 */
export function showWarmup({ state, edit, stage, tried }) {
  byId('warmup').hidden = !state?.practice;
  if (!state?.practice) return tried.clear();
  const before = tried.size;
  for (const task of trying(state.phase, edit, stage.hover)) tried.add(task);
  byId('feedback').textContent = edit ? feedback(edit) : '';
  const list = byId('tasks');
  if (tried.size === before && list.childElementCount) return;
  list.replaceChildren(
    ...TASKS.map(([task, text]) => {
      const item = element('li', tried.has(task) ? 'tried' : '', text);
      if (tried.has(task)) item.append(element('span', 'heard', ' Done.'));
      return item;
    }),
  );
}
