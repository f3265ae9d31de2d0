// @ts-check
/** Points drawn as their pictures, each in a frame that lies outside it. */

import { toScreen } from './camera.js';
import { at } from './geometry.js';
import { outline } from './marks.js';

/** @typedef {import('./types').Camera} Camera */
/** @typedef {import('./scene.js').Scene} Scene */

/**
 * @typedef {object} Images
 * @property {CanvasImageSource} picture
 * @property {import('./protocol').Sheet} sheet
 * @property {number} size        pixels, of a side
 * @property {Uint8Array} shown   1 for the points that have one
 */

/** Pixels from a thumbnail to the outside of the frame of a point with a label, and without, and of one selected. */
const [LABELLED, PLAIN, SELECTED] = [4, 2, 6.5];

/**
 * The thumbnail in a frame of its colour; one with a label has a wider frame and a dark line around it.
 * @param {CanvasRenderingContext2D} ctx @param {Scene} scene @param {Images} images @param {number} i
 * @param {number} x @param {number} y @param {number} size
 */
export function drawThumbnail(ctx, scene, { sheet, picture }, i, x, y, size) {
  const [left, top] = [Math.round(x - size / 2), Math.round(y - size / 2)];
  const labelled = at(scene.observed, i) >= 0;
  const edge = labelled ? LABELLED - 1 : PLAIN;
  if (labelled) {
    ctx.fillStyle = scene.theme.ink;
    ctx.fillRect(left - LABELLED, top - LABELLED, size + 2 * LABELLED, size + 2 * LABELLED);
  }
  ctx.fillStyle = scene.categories[at(scene.of, i)]?.colour ?? scene.theme.grey;
  ctx.fillRect(left - edge, top - edge, size + 2 * edge, size + 2 * edge);
  ctx.imageSmoothingEnabled = sheet.width > size;
  const [tx, ty] = [(i % sheet.columns) * sheet.width, Math.floor(i / sheet.columns) * sheet.height];
  ctx.drawImage(picture, tx, ty, sheet.width, sheet.height, left, top, size, size);
  const look = scene.categories[at(scene.of, i)];
  if (scene.theme.shaped && look && !look.unlabelled) drawBadge(ctx, scene.theme, look, left, top);
}

/** The shape of a class at the corner of a thumbnail. @param {CanvasRenderingContext2D} ctx @param {import('./types').Theme} theme @param {import('./types').Category} look @param {number} x @param {number} y */
function drawBadge(ctx, theme, { shape, colour }, x, y) {
  ctx.save();
  ctx.translate(x, y);
  outline(ctx, shape, 6);
  ctx.lineWidth = 3;
  ctx.strokeStyle = theme.paper;
  ctx.stroke();
  ctx.fillStyle = colour;
  ctx.fill();
  ctx.restore();
}

/**
 * Around the thumbnails of points that are selected.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scene} scene
 * @param {Camera} camera
 * @param {readonly number[]} points
 * @param {number} size
 */
export function drawFrames(ctx, scene, camera, points, size) {
  const line = SELECTED - LABELLED;
  const half = size / 2 + SELECTED - line / 2;
  ctx.strokeStyle = scene.theme.accent;
  ctx.lineWidth = line;
  ctx.beginPath();
  for (const i of points) {
    const [x, y] = toScreen(camera, at(scene.places, 2 * i), at(scene.places, 2 * i + 1));
    ctx.rect(x - half, y - half, 2 * half, 2 * half);
  }
  ctx.stroke();
}
