// @ts-check
/** Which point comes next: on a tour, in a direction, beside a selection. Places are flat: x0, y0, x1, y1, ... */

import { at } from './geometry.js';

/** @param {Float64Array} places @param {number} i @param {number} j  the square of their distance */
const apart = (places, i, j) =>
  (at(places, 2 * i) - at(places, 2 * j)) ** 2 + (at(places, 2 * i + 1) - at(places, 2 * j + 1)) ** 2;

/** The points that are not closed. @param {Float64Array} places @param {Uint8Array} closed */
const open = (places, closed) => [...Array(places.length / 2).keys()].filter((i) => !closed[i]);

/** The one for which a number is least; -1: there is none. @param {readonly number[]} points @param {(i: number) => number} number */
function least(points, number) {
  let [best, found] = [Infinity, -1];
  for (const i of points) {
    const value = number(i);
    if (value < best) [best, found] = [value, i];
  }
  return found;
}

/**
 * All points that are not closed, each followed by the nearest that has not been; the first lies farthest to the left.
 * @param {Float64Array} places
 * @param {Uint8Array} closed
 */
export function tour(places, closed) {
  const rest = new Set(open(places, closed));
  const out = [];
  let here = least([...rest], (i) => at(places, 2 * i));
  while (here >= 0) {
    const from = here;
    out.push(from);
    rest.delete(from);
    let best = Infinity;
    here = -1;
    for (const i of rest) {
      const square = apart(places, from, i);
      if (square < best) [best, here] = [square, i];
    }
  }
  return out;
}

/**
 * The nearest point that lies from another in a direction, the straighter the nearer; -1: there is none.
 * @param {Float64Array} places
 * @param {Uint8Array} closed
 * @param {number} from
 * @param {number} dx  1: to the right
 * @param {number} dy  1: up
 */
export function towards(places, closed, from, dx, dy) {
  const [x, y] = [at(places, 2 * from), at(places, 2 * from + 1)];
  return least(open(places, closed), (i) => {
    const [rx, ry] = [at(places, 2 * i) - x, at(places, 2 * i + 1) - y];
    const [along, across] = [rx * dx + ry * dy, Math.abs(rx * dy - ry * dx)];
    return along > 0 && across <= 2 * along ? along + 2 * across : Infinity;
  });
}

/**
 * The point that lies nearest to any of the points, and is none of them; -1: there is none.
 * @param {Float64Array} places
 * @param {Uint8Array} closed
 * @param {readonly number[]} points
 */
export function beside(places, closed, points) {
  const taken = closed.slice();
  for (const i of points) taken[i] = 1;
  return least(open(places, taken), (i) => Math.min(...points.map((j) => apart(places, i, j))));
}

/** The nearest to a place; -1: there is none. @param {Float64Array} places @param {Uint8Array} closed @param {number} x @param {number} y */
export const nearestTo = (places, closed, x, y) =>
  least(open(places, closed), (i) => (at(places, 2 * i) - x) ** 2 + (at(places, 2 * i + 1) - y) ** 2);

/** @param {Float64Array} places @param {readonly number[]} points @returns {import('./protocol').Place} their mean */
export function middle(places, points) {
  /** @param {0 | 1} axis */
  const mean = (axis) => points.reduce((sum, i) => sum + at(places, 2 * i + axis), 0) / points.length;
  return [mean(0), mean(1)];
}
