// @ts-check
/** Which points are shown as thumbnails: as many as fit beside one another, at every zoom. Pure. */

import { at } from './geometry.js';

/** Pixels between two thumbnails: their frames lie in between. */
const GAP = 12;
/** From one step to the next, thumbnails may lie nearer to one another by this factor. */
const STEP = 2 ** (1 / 3);

/** The cells to look at about one, itself first: most who are crowded are so within it. */
const AROUND = [0, -1, 1];
/** @type {number[]} */
const NOBODY = [];

/** The side of a thumbnail, pixels: it grows with the zoom. @param {number} zoomed  1: all is seen */
export const thumbnailSize = (zoomed) => Math.round(Math.max(24, Math.min(96, 32 * zoomed ** 0.35)));

/**
 * Who has a thumbnail hangs on the zoom alone, so that none comes or goes as the picture is moved; and who has one keeps
 * it when the picture comes nearer.
 */
export class Thinning {
  /**
   * @param {Float64Array} places  in layout units
   * @param {Uint8Array} closed    1: shown as a mark alone
   * @param {number} whole         pixels a layout unit at which all is seen
   */
  constructor(places, closed, whole) {
    this.places = places;
    this.open = [...closed.keys()].filter((i) => !closed[i]);
    this.whole = whole;
    /** The points with a thumbnail, step after step, and how far apart they lie. @type {{apart: number, shown: Uint8Array}[]} */
    this.steps = [];
  }

  /**
   * 1 for the points that have a thumbnail.
   * @param {number} scale  pixels a layout unit
   */
  shown(scale) {
    const apart = (thumbnailSize(scale / this.whole) + GAP) / scale;
    let last = this.steps.at(-1) ?? this.step((thumbnailSize(0.5) + GAP) / (0.5 * this.whole));
    while (last.apart / STEP >= apart) last = this.step(last.apart / STEP);
    return (this.steps.findLast((step) => step.apart >= apart) ?? last).shown;
  }

  /** Adds all points that lie so far from one another and from those that were shown before. @param {number} apart */
  step(apart) {
    const shown = this.steps.at(-1)?.shown.slice() ?? new Uint8Array(this.places.length / 2);
    const { places } = this;
    const cell = (/** @type {number} */ v) => Math.floor(v / apart);
    /** Those shown, by the cell they lie in. @type {Map<number, number[]>} */
    const grid = new Map();
    // Small integers, which a Map finds quickly; far cells that share one only cost a look at distances.
    const key = (/** @type {number} */ column, /** @type {number} */ row) => ((column & 0x7fff) << 15) | (row & 0x7fff);
    const put = (/** @type {number} */ i) => {
      const k = key(cell(at(places, 2 * i)), cell(at(places, 2 * i + 1)));
      const there = grid.get(k);
      if (there) there.push(i);
      else grid.set(k, [i]);
    };
    const crowded = (/** @type {number} */ i) => {
      const [x, y] = [at(places, 2 * i), at(places, 2 * i + 1)];
      const [column, row] = [cell(x), cell(y)];
      for (const c of AROUND)
        for (const r of AROUND)
          for (const j of grid.get(key(column + c, row + r)) ?? NOBODY)
            if (Math.max(Math.abs(at(places, 2 * j) - x), Math.abs(at(places, 2 * j + 1) - y)) < apart) return true;
      return false;
    };
    for (const i of this.open) if (shown[i]) put(i);
    for (const i of this.open)
      if (!shown[i] && !crowded(i)) {
        shown[i] = 1;
        put(i);
      }
    const step = { apart, shown };
    this.steps.push(step);
    return step;
  }
}
