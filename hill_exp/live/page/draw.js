// @ts-check
/**
 * The scatter plot, in Canvas2D on two layers: `still` holds what stays while a hand moves, `live` what follows it.
 * Each kind of mark is drawn once as a sprite and then laid down, which is what makes 5,000 points quick.
 */

import { arrows } from './arrows.js';
import { toScreen } from './camera.js';
import { lined } from './colours.js';
import { at, squareAt } from './geometry.js';
import { Marks, drawMark } from './marks.js';
import { drawNames } from './names.js';
import { ARROWS, drawOver, thinned } from './over.js';
import { kindOf, screen } from './scene.js';
import { drawSprite } from './sprites.js';
import { context, surface } from './surface.js';
import { drawFrames, drawThumbnail } from './thumbnails.js';

/** @typedef {import('./types').Camera} Camera */
/** @typedef {import('./marks.js').Kind} Kind */
/** @typedef {import('./marks.js').Mark} Mark */
/** @typedef {import('./scene.js').Scene} Scene */
/** @typedef {import('./types').Category} Category */
/** @typedef {import('./types').Shape} Shape */
/** @typedef {import('./types').Theme} Theme */

const PALE = 0.1;
/**
 * @param {number} zoomed  1: all is seen
 * @param {number} n  points
 * @returns {number} the radius of a mark, pixels, in half pixels
 */
export const markRadius = (zoomed, n) => {
  const base = n > 2500 ? 2.6 : n > 1000 ? 3.2 : 4.2;
  return Math.round(2 * Math.min(9, base * Math.max(1, zoomed) ** 0.3)) / 2;
};

export class Scatter {
  /**
   * @param {HTMLCanvasElement} still
   * @param {HTMLCanvasElement} live
   * @param {import('./surface.js').MakeSurface} [make]  tests pass another
   */
  constructor(still, live, make = surface) {
    this.still = still;
    this.live = live;
    this.make = make;
    this.ratio = 1;
    this.marks = new Marks(make);
    /**
     * What is in the hand, drawn once.
     * @type {import('./over.js').InHand | null}
     */
    this.inHand = null;
  }

  /**
   * @param {number} width
   * @param {number} height  CSS pixels
   * @param {number} ratio  device pixels for each
   */
  resize(width, height, ratio) {
    this.ratio = ratio;
    for (const canvas of [this.still, this.live]) sized(canvas, width * ratio, height * ratio);
  }

  /**
   * @param {Scene} scene
   * @param {Camera} camera
   * @param {boolean} [coarse]  one pixel a CSS pixel, while all is in motion
   */
  drawStill(scene, camera, coarse = false) {
    const ratio = coarse ? 1 : this.ratio;
    sized(this.still, camera.width * ratio, camera.height * ratio);
    const ctx = context(this.still, true);
    const { extent, theme, lit, of, observed, places } = scene;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.fillStyle = theme.page;
    ctx.fillRect(0, 0, camera.width + 1, camera.height + 1);
    const [left, top] = toScreen(camera, -extent, extent);
    const side = 2 * extent * camera.scale;
    ctx.fillStyle = theme.paper;
    ctx.fillRect(left, top, side, side);
    ctx.strokeStyle = theme.frame;
    ctx.lineWidth = 1;
    ctx.strokeRect(left, top, side, side);

    const radius = markRadius(camera.scale / camera.whole, of.length);
    const away = new Set(scene.away);
    const moved = scene.moved.filter((i) => !away.has(i));
    if (moved.length) drawArrows(ctx, scene, camera, moved, radius);

    const seen = this.seen(places, camera).filter((i) => !away.has(i));
    // Pale points first, then those without a label, then the labelled: what matters more lies on top.
    const bright = lit === null ? seen : seen.filter((i) => lit.has(at(of, i)));
    const pale = lit === null ? [] : seen.filter((i) => !lit.has(at(of, i)));
    /** @param {number[]} points @returns {number[]} */
    const ordered = (points) => [
      ...points.filter((i) => at(observed, i) < 0),
      ...points.filter((i) => at(observed, i) >= 0),
    ];
    const { width, height } = this.still;
    const image = ctx.getImageData(0, 0, width, height);
    const picture = new Uint32Array(image.data.buffer);
    /** @param {Mark} mark @param {number} x @param {number} y  CSS pixels */
    const put = (mark, x, y) =>
      drawSprite(picture, width, height, mark, Math.round(x * ratio - mark.half), Math.round(y * ratio - mark.half));
    const all = this.marksOf(scene, radius, ratio);
    for (const i of moved)
      put(all('ghost', i), ...toScreen(camera, at(scene.origin, 2 * i), at(scene.origin, 2 * i + 1)));
    for (const i of scene.away) put(all('ghost', i), ...screen(scene, camera, i));
    const { images } = scene;
    const isMark = (/** @type {number} */ i) => !images?.shown[i];
    const kind = (/** @type {number} */ i) => kindOf(scene, i);
    for (const i of ordered(pale.filter(isMark))) put(all(kind(i), i, PALE), ...screen(scene, camera, i));
    for (const i of ordered(bright.filter(isMark))) put(all(kind(i), i), ...screen(scene, camera, i));
    // The selection on top, and under all of its marks their halos: however dense it is, the marks are seen.
    const selected = scene.selection.filter((i) => !away.has(i));
    const selectedMarks = selected.filter(isMark);
    const halo = this.marks.get('halo', 'circle', theme.halo, radius, theme, ratio);
    for (const i of selectedMarks) put(halo, ...screen(scene, camera, i));
    for (const i of ordered(selectedMarks)) put(all(kind(i), i), ...screen(scene, camera, i));
    ctx.putImageData(image, 0, 0);
    if (images) this.drawImages(ctx, scene, images, camera, bright, pale, selected);
    drawTaught(ctx, scene, camera, radius);
    drawNames(ctx, scene, camera, radius);
  }

  /**
   * The points of which there is room for a thumbnail.
   * @param {CanvasRenderingContext2D} ctx
   * @param {Scene} scene
   * @param {import('./thumbnails.js').Images} images
   * @param {Camera} camera
   * @param {number[]} bright
   * @param {number[]} pale
   * @param {number[]} selected
   */
  drawImages(ctx, scene, images, camera, bright, pale, selected) {
    for (const [points, alpha] of /** @type {[number[], number][]} */ ([
      [pale, 2 * PALE],
      [bright, 1],
    ])) {
      ctx.globalAlpha = alpha;
      for (const i of points)
        if (images.shown[i]) drawThumbnail(ctx, scene, images, i, ...screen(scene, camera, i), images.size);
    }
    ctx.globalAlpha = 1;
    const framed = selected.filter((i) => images.shown[i]);
    drawFrames(ctx, scene, camera, framed, images.size);
  }

  /** @param {Scene} scene @param {Camera} camera @param {import('./over.js').Over} over */
  drawLive(scene, camera, over) {
    const ctx = context(this.live);
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, this.live.width, this.live.height);
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    drawOver(ctx, this, scene, camera, over, markRadius(camera.scale / camera.whole, scene.of.length));
  }

  /**
   * One mark by itself, for a legend.
   * @param {HTMLCanvasElement} canvas
   * @param {Kind} kind
   * @param {Shape} shape
   * @param {string} colour
   * @param {Theme} theme
   */
  swatch(canvas, kind, shape, colour, theme) {
    canvas.width = canvas.height = Math.round(18 * this.ratio);
    const ctx = context(canvas);
    ctx.scale(this.ratio, this.ratio);
    drawMark(ctx, this.marks.get(kind, shape, colour, 5, theme, this.ratio), 9, 9, this.ratio);
  }

  /** The points in the picture. @param {Float64Array} places @param {Camera} camera @returns {number[]} */
  seen(places, camera) {
    const [rx, ry] = [camera.width / 2 / camera.scale, camera.height / 2 / camera.scale];
    const slack = 40 / camera.scale;
    const out = [];
    for (let i = 0; i < places.length / 2; i++) {
      if (
        Math.abs(at(places, 2 * i) - camera.x) < rx + slack &&
        Math.abs(at(places, 2 * i + 1) - camera.y) < ry + slack
      )
        out.push(i);
    }
    return out;
  }

  /** @param {Scene} scene @param {number} i @returns {[Shape, string]} */
  look(scene, i) {
    const { shape, colour } = /** @type {Category} */ (scene.categories[at(scene.of, i)]);
    return [shape, colour];
  }

  /**
   * Finds the mark of a point without looking it up by name each time.
   * @param {Scene} scene
   * @param {number} radius
   * @param {number} ratio
   */
  marksOf(scene, radius, ratio) {
    /** @type {Record<string, Mark[]>} */
    const known = { full: [], hollow: [], locked: [], ghost: [], palefull: [], palehollow: [], palelocked: [] };
    /** @param {'full' | 'hollow' | 'locked' | 'ghost'} kind @param {number} i @param {number} [alpha] @returns {Mark} */
    return (kind, i, alpha = 1) => {
      const list = /** @type {Mark[]} */ (known[alpha < 1 ? `pale${kind}` : kind]);
      const category = at(scene.of, i);
      return (list[category] ??= this.marks.get(kind, ...this.look(scene, i), radius, scene.theme, ratio, alpha));
    };
  }
}

/**
 * Sets the size where it is another: to set it empties the canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
function sized(canvas, width, height) {
  if (canvas.width !== Math.round(width)) canvas.width = Math.round(width);
  if (canvas.height !== Math.round(height)) canvas.height = Math.round(height);
}

/**
 * A sign at each point that was moved in the turn before: full, it has followed; empty, it has not.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scene} scene
 * @param {Camera} camera
 * @param {number} radius
 */
function drawTaught(ctx, scene, camera, radius) {
  const { taught, images, theme } = scene;
  ctx.lineWidth = 1.5;
  ctx.strokeStyle = theme.accent;
  for (const { i, followed } of taught) {
    const [px, py] = [at(scene.places, 2 * i), at(scene.places, 2 * i + 1)];
    const [x, y] = screen(scene, camera, i);
    const beneath = images && !images.shown[i] ? squareAt(scene.places, px, py, images.size / 2 / camera.scale, images.shown) : -1;
    if (beneath >= 0) continue; // another's picture lies over it
    const away = images?.shown[i] ? images.size / 2 : radius;
    ctx.beginPath();
    ctx.arc(x + away, y - away, 3.5, 0, 2 * Math.PI);
    ctx.fillStyle = followed ? theme.accent : theme.paper;
    ctx.fill();
    ctx.stroke();
  }
}

/**
 * From where the model has the points to where they were put, each in its colour.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scene} scene
 * @param {Camera} camera
 * @param {number[]} moved
 * @param {number} radius
 */
function drawArrows(ctx, scene, camera, moved, radius) {
  const many = moved.length > ARROWS;
  const shown = thinned(moved);
  scene.categories.forEach(({ colour }, category) => {
    const points = shown.filter((i) => at(scene.of, i) === category);
    if (!points.length) return;
    ctx.globalAlpha = (many ? 0.25 : 0.65) * (scene.lit?.has(category) === false ? 0.25 : 1);
    arrows(ctx, points, scene.origin, scene.places, camera, lined(colour, scene.theme), many ? 0 : 8, radius);
  });
  ctx.globalAlpha = 1;
}
