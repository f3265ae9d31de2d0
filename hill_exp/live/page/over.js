// @ts-check
/** What is drawn over the scene: what a hand holds, the loop it draws, the point it is at, the way an answer took. */

import { arrow, arrows, line } from './arrows.js';
import { toScreen } from './camera.js';
import { around, at } from './geometry.js';
import { drawMark } from './marks.js';
import { kindOf, screen } from './scene.js';
import { BRUSH, rectangle } from './strokes.js';
import { context } from './surface.js';
import { drawFrames, drawThumbnail } from './thumbnails.js';

/** @typedef {import('./types').Camera} Camera */
/** @typedef {import('./types').Theme} Theme */
/** @typedef {import('./draw.js').Scatter} Scatter */
/** @typedef {import('./scene.js').Scene} Scene */

/**
 * What the live layer shows.
 * @typedef {object} Over
 * @property {{points: readonly number[], dx: number, dy: number} | null} drag  a shift in layout units
 * @property {{tool: import('./strokes.js').Tool, path: readonly number[]} | null} stroke  on the screen, flat, pixels
 * @property {number} hover  a point, or -1
 * @property {readonly number[]} near  those nearest to it in the latent space, as far as they are told
 * @property {readonly [number, number] | null} pin  where the hovered point was once dropped
 * @property {{from: Float64Array, points: readonly number[], alpha: number} | null} trails  the way an answer took
 */

/**
 * Points as one picture.
 * @typedef {{points: readonly number[], camera: Camera, canvas: HTMLCanvasElement, left: number, top: number}} InHand
 */

/** So many arrows are drawn at most: of more moved points, every second, third, ... has one, fainter and without head. */
export const ARROWS = 400;

/** @param {readonly number[]} points */
export const thinned = (points) => points.filter((_, k) => k % Math.ceil(points.length / ARROWS) === 0);

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scatter} scatter
 * @param {Scene} scene
 * @param {Camera} camera
 * @param {Over} over
 * @param {number} radius  of a mark, pixels
 */
export function drawOver(ctx, scatter, scene, camera, over, radius) {
  if (over.trails && over.trails.alpha > 0) drawTrails(ctx, scatter, scene, camera, over.trails, radius);
  if (over.drag) drawDrag(ctx, scatter, scene, camera, over.drag, radius);
  else {
    scatter.inHand = null;
    if (over.hover >= 0) drawHover(ctx, scatter, scene, camera, over, radius);
  }
  if (over.stroke && over.stroke.path.length >= 4) drawStroke(ctx, over.stroke, scene.theme);
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scatter} scatter
 * @param {Scene} scene
 * @param {Camera} camera
 * @param {Over} over
 * @param {number} radius
 */
function drawHover(ctx, scatter, scene, camera, { hover, near, pin }, radius) {
  const { theme, images } = scene;
  const [x, y] = screen(scene, camera, hover);
  drawNear(ctx, scatter, scene, camera, x, y, near, radius);
  if (pin) {
    const [px, py] = toScreen(camera, ...pin);
    ctx.setLineDash([3, 3]);
    line(ctx, x, y, px, py, theme.grey, 1.2);
    ctx.setLineDash([]);
    ctx.strokeRect(px - 3, py - 3, 6, 6);
  }
  if (images && !at(scene.reserved, hover))
    return drawThumbnail(ctx, scene, images, hover, x, y, Math.max(48, images.size * 1.4));
  const mark = scatter.marks.get(
    kindOf(scene, hover),
    ...scatter.look(scene, hover),
    radius + 2,
    theme,
    scatter.ratio,
  );
  const ring = scatter.marks.get('hover', 'circle', theme.accent, radius + 2, theme, scatter.ratio);
  for (const one of [mark, ring]) drawMark(ctx, one, x, y, scatter.ratio);
}

/**
 * Lights up what lies near in the latent space, wherever it lies in the picture.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scatter} scatter
 * @param {Scene} scene
 * @param {Camera} camera
 * @param {number} x
 * @param {number} y
 * @param {readonly number[]} near
 * @param {number} radius
 */
function drawNear(ctx, scatter, scene, camera, x, y, near, radius) {
  const { theme, images } = scene;
  const ring = scatter.marks.get('hover', 'circle', theme.accent, radius, theme, scatter.ratio);
  for (const i of near) {
    const [nx, ny] = screen(scene, camera, i);
    ctx.globalAlpha = 0.6;
    line(ctx, x, y, nx, ny, theme.accent, 1.2);
    ctx.globalAlpha = 1;
    if (!images?.shown[i]) drawMark(ctx, ring, nx, ny, scatter.ratio);
  }
  if (images) drawFrames(ctx, scene, camera, near.filter((i) => images.shown[i]), images.size);
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scatter} scatter
 * @param {Scene} scene
 * @param {Camera} camera
 * @param {NonNullable<Over['drag']>} drag
 * @param {number} radius
 */
function drawDrag(ctx, scatter, scene, camera, { points, dx, dy }, radius) {
  if (scatter.inHand?.points !== points || scatter.inHand.camera !== camera)
    scatter.inHand = takenUp(scatter, scene, camera, points, radius);
  const { canvas, left, top } = scatter.inHand;
  const [sx, sy] = [dx * camera.scale, -dy * camera.scale];
  // One arrow for all: it shows the move, and a hundred of the same would hide the points.
  /** @param {0 | 1} axis */
  const middle = (axis) => points.reduce((sum, i) => sum + at(scene.places, 2 * i + axis), 0) / points.length;
  const [x, y] = toScreen(camera, middle(0), middle(1));
  arrow(ctx, x, y, x + sx, y + sy, scene.theme.ink, 2, 11);
  const { ratio } = scatter;
  ctx.drawImage(
    canvas,
    Math.round((left + sx) * ratio) / ratio,
    Math.round((top + sy) * ratio) / ratio,
    canvas.width / ratio,
    canvas.height / ratio,
  );
}

/**
 * The points as one picture, as far as it may come into sight.
 * @param {Scatter} scatter
 * @param {Scene} scene
 * @param {Camera} camera
 * @param {readonly number[]} points
 * @param {number} radius
 * @returns {InHand}
 */
function takenUp(scatter, scene, camera, points, radius) {
  const { images } = scene;
  const { ratio } = scatter;
  const box = around(scene.places, points);
  const [x0, y0] = toScreen(camera, box.left, box.high);
  const [x1, y1] = toScreen(camera, box.right, box.low);
  const edge = (images?.size ?? 2 * radius) + 10;
  const { width, height } = camera;
  const [left, top] = [Math.floor(Math.max(-width, x0 - edge)), Math.floor(Math.max(-height, y0 - edge))];
  const [right, bottom] = [Math.min(2 * width, x1 + edge), Math.min(2 * height, y1 + edge)];
  const canvas = scatter.make(
    Math.ceil(Math.max(1, right - left) * ratio),
    Math.ceil(Math.max(1, bottom - top) * ratio),
  );
  const ctx = context(canvas);
  ctx.scale(ratio, ratio);
  const mark = scatter.marksOf(scene, radius, ratio);
  const isImage = (/** @type {number} */ i) => Boolean(images?.shown[i]);
  for (const i of points) {
    const [x, y] = screen(scene, camera, i);
    if (!isImage(i)) drawMark(ctx, mark(kindOf(scene, i), i), x - left, y - top, ratio);
  }
  for (const i of images ? points.filter(isImage) : []) {
    const [x, y] = screen(scene, camera, i);
    if (images) drawThumbnail(ctx, scene, images, i, x - left, y - top, images.size);
  }
  return { points, camera, canvas, left, top };
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scatter} scatter
 * @param {Scene} scene
 * @param {Camera} camera
 * @param {NonNullable<Over['trails']>} trails
 * @param {number} radius
 */
function drawTrails(ctx, scatter, scene, camera, { from, points, alpha }, radius) {
  const many = points.length > ARROWS;
  ctx.globalAlpha = alpha * (many ? 0.25 : 0.55);
  arrows(ctx, thinned(points), from, scene.places, camera, scene.theme.grey, many ? 0 : 7, radius);
  ctx.globalAlpha = alpha;
  const ring = scatter.marks.get('ring', 'circle', scene.theme.accent, radius, scene.theme, scatter.ratio);
  if (!many) for (const i of points) drawMark(ctx, ring, ...screen(scene, camera, i), scatter.ratio);
  ctx.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} ctx @param {NonNullable<Over['stroke']>} stroke @param {Theme} theme */
function drawStroke(ctx, { tool, path }, theme) {
  const corners = tool === 'rectangle' ? rectangle(path) : path;
  ctx.beginPath();
  for (let k = 0; k < corners.length; k += 2) ctx.lineTo(at(corners, k), at(corners, k + 1));
  ctx.strokeStyle = ctx.fillStyle = theme.accent;
  if (tool === 'brush') {
    ctx.globalAlpha = 0.25;
    ctx.lineWidth = 2 * BRUSH;
    ctx.lineCap = ctx.lineJoin = 'round';
    ctx.stroke();
    ctx.globalAlpha = 1;
    return;
  }
  ctx.closePath();
  ctx.globalAlpha = 0.12;
  ctx.fill('evenodd');
  ctx.globalAlpha = 1;
  ctx.setLineDash([5, 4]);
  ctx.lineWidth = 1.5;
  ctx.stroke();
  ctx.setLineDash([]);
}
