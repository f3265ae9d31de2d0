// @ts-check
/** Which part of the canvas is seen, and how large. Pure; the layout's y points up, the screen's down. */

/** @typedef {import('./types').Camera} Camera */
/** @typedef {import('./protocol').Place} Place */

/** How far one may zoom out and in, as multiples of the whole picture. */
const LEAST = 0.5;
const MOST = 80;

/** Pixels about all that is seen: below lie the tools, above what tells of the answer. */
const MARGIN = { top: 48, side: 36, bottom: 84 };
/** Layout units: what is smaller is not shown larger. */
const LEAST_SPAN = 0.5;

/**
 * All of a box, as large as it goes.
 * @param {import('./geometry.js').Box} box
 * @param {number} reach  how far from the canvas' middle the picture's may lie, layout units
 * @param {number} width
 * @param {number} height
 * @param {{top: number, side: number, bottom: number}} [margin]
 * @returns {Camera}
 */
export function fit(box, reach, width, height, { top, side, bottom } = MARGIN) {
  const scale = Math.min(
    Math.max(1, width - 2 * side) / Math.max(LEAST_SPAN, box.right - box.left),
    Math.max(1, height - top - bottom) / Math.max(LEAST_SPAN, box.high - box.low),
  );
  const [x, y] = [(box.left + box.right) / 2, (box.low + box.high) / 2 - (bottom - top) / 2 / scale];
  return { x, y, scale, width, height, whole: scale, reach };
}

/** @param {Camera} c @param {number} x @param {number} y @returns {Place} */
export const toScreen = (c, x, y) => [c.width / 2 + (x - c.x) * c.scale, c.height / 2 - (y - c.y) * c.scale];

/** @param {Camera} c @param {number} sx @param {number} sy @returns {Place} */
export const toLayout = (c, sx, sy) => [c.x + (sx - c.width / 2) / c.scale, c.y - (sy - c.height / 2) / c.scale];

/**
 * The picture moved by so many pixels.
 * @param {Camera} c
 * @param {number} dx
 * @param {number} dy
 * @returns {Camera}
 */
export function pan(c, dx, dy) {
  /** @param {number} v */
  const near = (v) => Math.max(-c.reach, Math.min(c.reach, v));
  return { ...c, x: near(c.x - dx / c.scale), y: near(c.y + dy / c.scale) };
}

/**
 * Larger by a factor, what is under (sx, sy) staying there.
 * @param {Camera} c
 * @param {number} factor
 * @param {number} sx
 * @param {number} sy
 * @returns {Camera}
 */
export function zoom(c, factor, sx = c.width / 2, sy = c.height / 2) {
  const scale = Math.max(c.whole * LEAST, Math.min(c.whole * MOST, c.scale * factor));
  const [x, y] = toLayout(c, sx, sy);
  return pan({ ...c, scale, x: x - (sx - c.width / 2) / scale, y: y + (sy - c.height / 2) / scale }, 0, 0);
}

/**
 * The same part of the picture on a screen of another size.
 * @param {Camera} c
 * @param {Camera} whole  `fit` of the new size
 * @returns {Camera}
 */
export const resized = (c, whole) => ({ ...whole, x: c.x, y: c.y, scale: (c.scale / c.whole) * whole.whole });

/**
 * A part of the layout in the middle, as large as it goes.
 * @param {Camera} c
 * @param {{left: number, right: number, low: number, high: number}} box
 * @returns {Camera}
 */
export function frame(c, box) {
  const span = Math.max((box.right - box.left) / c.width, (box.high - box.low) / c.height);
  const scale = Math.max(c.whole * LEAST, Math.min(c.whole * 16, span > 0 ? 0.7 / span : c.whole * 8));
  return pan({ ...c, scale, x: (box.left + box.right) / 2, y: (box.low + box.high) / 2 }, 0, 0);
}

/**
 * Between two cameras, by a share t; the zoom goes evenly to the eye.
 * @param {Camera} a
 * @param {Camera} b
 * @param {number} t
 * @returns {Camera}
 */
export function between(a, b, t) {
  const scale = a.scale * (b.scale / a.scale) ** t;
  // The place that both leave where it is keeps still, so that the path does not swing.
  const share = a.scale === b.scale ? t : (1 / scale - 1 / a.scale) / (1 / b.scale - 1 / a.scale);
  return { ...b, scale, x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share };
}
