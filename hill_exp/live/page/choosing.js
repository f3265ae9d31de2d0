// @ts-check
/** Points chosen by what the view tells of them: the least sure, as many as the budget has room for, in an order. Pure. */

import { fresh, left } from './edit.js';
import { middle } from './neighbours.js';

/** @typedef {import('./types').View} View */
/** @typedef {import('./types').Edit} Edit */

/** So many are chosen where the budget has no end. */
const USUAL = 20;

/** @typedef {'near' | 'predicted' | 'unsure'} Order */
/** How a selection is shown, and the words for it. @type {Record<Order, string>} */
export const ORDERS = { near: 'from its middle', predicted: 'by prediction', unsure: 'least sure first' };

/** The orders for which a view tells what they go by. @param {View} view @returns {Order[]} */
export const ordersOf = ({ tells }) => [
  'near',
  ...(tells.predictions ? /** @type {const} */ (['predicted']) : []),
  ...(tells.confidence ? /** @type {const} */ (['unsure']) : []),
];

/**
 * @param {View} view
 * @param {Float64Array} places
 * @param {readonly number[]} points
 * @param {Order} order
 */
export function ordered(view, places, points, order) {
  const unsure = (/** @type {number} */ i) => view.confidence[i] ?? 0;
  if (order === 'unsure') return points.toSorted((a, b) => unsure(a) - unsure(b));
  if (order === 'predicted')
    return points.toSorted((a, b) => (view.predicted[a] ?? 0) - (view.predicted[b] ?? 0) || unsure(a) - unsure(b));
  const [x, y] = middle(places, points);
  const away = (/** @type {number} */ i) => Math.hypot((places[2 * i] ?? 0) - x, (places[2 * i + 1] ?? 0) - y);
  return points.toSorted((a, b) => away(a) - away(b));
}

/**
 * The points of which the model is least sure, as many as the budget still has room for; of those moved in this turn
 * none, nor of those closed.
 * @param {Edit} edit
 * @param {number} at  seconds since the view was shown
 * @param {Uint8Array} closed
 */
export function leastSure(edit, at, closed) {
  const { view, handled, places } = edit;
  const free = [...handled.keys()].filter((i) => !handled[i] && !closed[i]);
  return ordered(view, places, free, 'unsure').slice(0, left(edit, at).points ?? USUAL);
}

/**
 * Of a selection larger than the budget what it has room for: those of which the model is least sure, or, where that
 * is not told, those nearest to the middle; what was moved in this turn costs nothing and stays. null: it has room for
 * all, or for none.
 * @param {Edit} edit
 * @param {number} at
 */
export function affordable(edit, at) {
  const room = left(edit, at).points;
  const { view, selection, handled, places } = edit;
  if (!room || fresh(edit, selection) <= room) return null;
  const free = selection.filter((i) => !handled[i]);
  const chosen = ordered(view, places, free, view.tells.confidence ? 'unsure' : 'near').slice(0, room);
  return [...selection.filter((i) => handled[i]), ...chosen];
}
