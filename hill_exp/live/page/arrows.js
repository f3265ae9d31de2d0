// @ts-check
/** Lines and arrows on the canvas. */

import { toScreen } from './camera.js';
import { at } from './geometry.js';

/** @typedef {import('./types').Camera} Camera */

/**
 * Arrows of one colour, as two paths.
 * @param {CanvasRenderingContext2D} ctx
 * @param {readonly number[]} points
 * @param {Float64Array} from
 * @param {Float64Array} to
 * @param {Camera} camera
 * @param {string} colour
 * @param {number} head  pixels; 0: lines alone
 * @param {number} gap  pixels before the mark
 */
export function arrows(ctx, points, from, to, camera, colour, head, gap) {
  const heads = [];
  ctx.strokeStyle = ctx.fillStyle = colour;
  ctx.lineWidth = 1.2;
  ctx.beginPath();
  for (const i of points) {
    const [x0, y0] = toScreen(camera, at(from, 2 * i), at(from, 2 * i + 1));
    const [x1, y1] = toScreen(camera, at(to, 2 * i), at(to, 2 * i + 1));
    const length = Math.hypot(x1 - x0, y1 - y0);
    if (length < gap + head) continue;
    const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length];
    const [ex, ey] = [x1 - ux * gap, y1 - uy * gap];
    ctx.moveTo(x0, y0);
    ctx.lineTo(ex, ey);
    heads.push(ex, ey, ux, uy);
  }
  ctx.stroke();
  if (!head) return;
  ctx.beginPath();
  for (let k = 0; k < heads.length; k += 4)
    tip(ctx, at(heads, k), at(heads, k + 1), at(heads, k + 2), at(heads, k + 3), head);
  ctx.fill();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} x0
 * @param {number} y0
 * @param {number} x1
 * @param {number} y1
 * @param {string} colour
 * @param {number} width
 * @param {number} head
 */
export function arrow(ctx, x0, y0, x1, y1, colour, width, head) {
  const length = Math.hypot(x1 - x0, y1 - y0);
  if (length < head) return;
  const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length];
  line(ctx, x0, y0, x1 - ux * head * 0.7, y1 - uy * head * 0.7, colour, width);
  ctx.fillStyle = colour;
  ctx.beginPath();
  tip(ctx, x1, y1, ux, uy, head);
  ctx.fill();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} x
 * @param {number} y
 * @param {number} ux
 * @param {number} uy
 * @param {number} size
 */
function tip(ctx, x, y, ux, uy, size) {
  ctx.moveTo(x, y);
  ctx.lineTo(x - ux * size - uy * size * 0.4, y - uy * size + ux * size * 0.4);
  ctx.lineTo(x - ux * size + uy * size * 0.4, y - uy * size - ux * size * 0.4);
  ctx.closePath();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} x0
 * @param {number} y0
 * @param {number} x1
 * @param {number} y1
 * @param {string} colour
 * @param {number} width
 */
export function line(ctx, x0, y0, x1, y1, colour, width) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}
