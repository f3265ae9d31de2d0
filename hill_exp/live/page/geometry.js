// @ts-check
/** Lasso, drag and pile, in plain numbers. Places are flat arrays: x0, y0, x1, y1, ... */

/** @typedef {import('./protocol').Place} Place */
/** @typedef {{left: number, right: number, low: number, high: number}} Box */

/** No two points of a gathered pile are farther apart than twice this, in layout units, however many they are. */
export const PILE_RADIUS = 0.12;
const PILE_STEP = 0.02;

/**
 * The points inside a closed outline, by the even-odd rule.
 * @param {Float64Array} places
 * @param {readonly number[]} outline  flat, in the same units
 * @returns {number[]}
 */
export function inside(places, outline) {
  const corners = outline.length / 2;
  const box = bounds(outline);
  const out = [];
  for (let i = 0; i < places.length / 2; i++) {
    const x = at(places, 2 * i);
    const y = at(places, 2 * i + 1);
    if (x < box.left || x > box.right || y < box.low || y > box.high) continue;
    let odd = false;
    for (let a = 0, b = corners - 1; a < corners; b = a++) {
      const [ax, ay, bx, by] = [at(outline, 2 * a), at(outline, 2 * a + 1), at(outline, 2 * b), at(outline, 2 * b + 1)];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
    }
    if (odd) out.push(i);
  }
  return out;
}

/**
 * The point nearest to (x, y), if it is within reach and not closed; else -1. Of points alike near, the one drawn last.
 * @param {Float64Array} places
 * @param {number} x
 * @param {number} y
 * @param {number} reach
 * @param {Uint8Array | null} [closed]
 */
export function nearest(places, x, y, reach, closed = null) {
  let best = reach * reach;
  let index = -1;
  for (let i = 0; i < places.length / 2; i++) {
    const square = (at(places, 2 * i) - x) ** 2 + (at(places, 2 * i + 1) - y) ** 2;
    if (square <= best && !closed?.[i]) [best, index] = [square, i];
  }
  return index;
}

/**
 * The point in whose square (x, y) lies, of those marked, the squares' sides being twice `half`; -1: in none.
 * @param {Float64Array} places
 * @param {number} x
 * @param {number} y
 * @param {number} half
 * @param {Uint8Array} marked
 */
export function squareAt(places, x, y, half, marked) {
  for (let i = places.length / 2 - 1; i >= 0; i--)
    if (marked[i] && Math.max(Math.abs(at(places, 2 * i) - x), Math.abs(at(places, 2 * i + 1) - y)) <= half) return i;
  return -1;
}

/**
 * A shift of what lies in a box that keeps its shape and leaves it on the canvas [-extent, extent]^2.
 * @param {Box} box
 * @param {number} dx
 * @param {number} dy
 * @param {number} extent
 * @returns {Place}
 */
export function held(box, dx, dy, extent) {
  /** @param {number} d @param {number} low @param {number} high */
  const within = (d, low, high) => Math.max(Math.min(-extent - low, 0), Math.min(Math.max(extent - high, 0), d));
  return [within(dx, box.left, box.right), within(dy, box.low, box.high)];
}

/**
 * The drops of a shift.
 * @param {Float64Array} places
 * @param {readonly number[]} points
 * @param {number} dx
 * @param {number} dy
 * @returns {Place[]}
 */
export const shifted = (places, points, dx, dy) =>
  points.map((i) => [at(places, 2 * i) + dx, at(places, 2 * i + 1) + dy]);

/**
 * The points as a small round pile about (x, y), evenly spread (a sunflower), the pile wholly on the canvas.
 * @param {readonly number[]} points
 * @param {number} x
 * @param {number} y
 * @param {number} extent
 * @returns {Place[]}
 */
export function pile(points, x, y, extent) {
  const radius = Math.min(PILE_RADIUS, PILE_STEP * Math.sqrt(points.length - 1));
  const room = extent - radius;
  const [cx, cy] = [Math.max(-room, Math.min(room, x)), Math.max(-room, Math.min(room, y))];
  const golden = Math.PI * (3 - Math.sqrt(5));
  return points.map((_, k) => {
    const r = points.length > 1 ? radius * Math.sqrt(k / (points.length - 1)) : 0;
    return [cx + r * Math.cos(k * golden), cy + r * Math.sin(k * golden)];
  });
}

/** The box about some of the places. @param {Float64Array} places @param {readonly number[]} points */
export const around = (places, points) => bounds(points.flatMap((i) => [at(places, 2 * i), at(places, 2 * i + 1)]));

/** The box about all of them. @param {ArrayLike<number>} xy  flat @returns {Box} */
export function bounds(xy) {
  const box = { left: Infinity, right: -Infinity, low: Infinity, high: -Infinity };
  for (let i = 0; i < xy.length; i += 2) {
    box.left = Math.min(box.left, at(xy, i));
    box.right = Math.max(box.right, at(xy, i));
    box.low = Math.min(box.low, at(xy, i + 1));
    box.high = Math.max(box.high, at(xy, i + 1));
  }
  return box;
}

/** An entry of a list that is known to have it. @param {ArrayLike<number>} list @param {number} i */
export const at = (list, i) => /** @type {number} */ (list[i]);
