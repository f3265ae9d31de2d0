// @ts-check
/** From one layout to another in time: how the answer to an edit is seen. Pure: the clock is passed in. */

/** Milliseconds. */
export const GLIDE = 1800;
export const STEP = 450;
export const TRAIL = 2500;

/** Slow, quick, slow. @param {number} t */
export const ease = (t) => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2);

/**
 * @param {Float64Array} from
 * @param {Float64Array} to
 * @param {number} t  0: from, 1: to
 * @param {Float64Array} out
 */
export function blend(from, to, t, out) {
  for (let i = 0; i < out.length; i++) {
    const [a, b] = [from[i] ?? 0, to[i] ?? 0];
    out[i] = a + (b - a) * t;
  }
  return out;
}

/**
 * @typedef {object} Glide
 * @property {Float64Array} from
 * @property {Float64Array} to
 * @property {number} start   milliseconds
 * @property {number} length  milliseconds
 * @property {boolean} answer the model's answer to an edit, with trails
 */

/** The share of the way at a time, from 0 to 1. @param {Glide} glide @param {number} now */
export const share = (glide, now) =>
  glide.length > 0 ? Math.max(0, Math.min(1, (now - glide.start) / glide.length)) : 1;

/**
 * How strong the trails of an answer are, from 1 to 0: they fade when it has arrived.
 * @param {Glide} glide
 * @param {number} now
 */
export const trail = (glide, now) =>
  glide.answer ? Math.max(0, Math.min(1, 1 - (now - glide.start - glide.length) / TRAIL)) : 0;
