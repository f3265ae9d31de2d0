// @ts-check
/** What a stroke of the hand selects: a loop what it holds, a rectangle what it spans, a brush what it touches. Pure. */

import { at, inside } from './geometry.js';

/** @typedef {'lasso' | 'rectangle' | 'brush'} Tool */

/** The radius of the brush, pixels. */
export const BRUSH = 16;

/**
 * The corners of a rectangle between the ends of a path, flat.
 * @param {readonly number[]} path  flat
 */
export function rectangle(path) {
  const [x0, y0, x1, y1] = [at(path, 0), at(path, 1), at(path, path.length - 2), at(path, path.length - 1)];
  return [x0, y0, x1, y0, x1, y1, x0, y1];
}

/**
 * The points that a stroke selects.
 * @param {Tool} tool
 * @param {Float64Array} places
 * @param {readonly number[]} path  flat, in the units of the places
 * @param {number} radius           of the brush, in these units
 * @returns {number[]}
 */
export function selectedBy(tool, places, path, radius) {
  if (tool === 'brush') return touched(places, path, radius);
  return inside(places, tool === 'rectangle' ? rectangle(path) : path);
}

/** @param {Float64Array} places @param {readonly number[]} path @param {number} radius */
function touched(places, path, radius) {
  const out = [];
  for (let i = 0; i < places.length / 2; i++) {
    const [x, y] = [at(places, 2 * i), at(places, 2 * i + 1)];
    for (let k = 0; k < path.length; k += 2) {
      const [ax, ay] = [at(path, Math.max(0, k - 2)), at(path, Math.max(1, k - 1))];
      const [dx, dy] = [at(path, k) - ax, at(path, k + 1) - ay];
      const along = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
      if (Math.hypot(x - ax - along * dx, y - ay - along * dy) <= radius) {
        out.push(i);
        break;
      }
    }
  }
  return out;
}
