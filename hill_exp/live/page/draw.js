// @ts-check
/**
 * The scatter plot, in Canvas2D on two layers: `still` holds what stays while a hand moves, `live` what follows it.
 * Each kind of mark is drawn once as a sprite and then laid down, which is what makes 5,000 points quick.
 */

import { arrow, arrows, line } from './arrows.js';
import { toScreen } from './camera.js';
import { lined } from './colours.js';
import { around, at } from './geometry.js';
import { Marks, drawMark } from './marks.js';
import { drawSprite } from './sprites.js';
import { context, surface } from './surface.js';

/** @typedef {import('./types').Camera} Camera */
/** @typedef {import('./marks.js').Kind} Kind */
/** @typedef {import('./marks.js').Mark} Mark */
/** @typedef {import('./types').Category} Category */
/** @typedef {import('./types').Shape} Shape */
/** @typedef {import('./protocol').Sheet} Sheet */
/** @typedef {import('./types').Theme} Theme */

/**
 * What the still layer shows.
 * @typedef {object} Scene
 * @property {Float64Array} places       where the points are drawn
 * @property {Float64Array} origin       where the model has them
 * @property {readonly number[]} moved   the points that are elsewhere: with ghost and arrow
 * @property {readonly number[]} selection
 * @property {Category[]} categories
 * @property {Uint16Array} of            the category of each point
 * @property {Int32Array} observed       below 0: drawn hollow
 * @property {readonly number[]} away    points in the hand: ghosts here, drawn on the live layer
 * @property {number | null} lit         the one category that is not pale
 * @property {number} extent
 * @property {Images | null} images      drawn instead of marks
 * @property {Theme} theme
 */

/**
 * @typedef {object} Images
 * @property {CanvasImageSource} picture
 * @property {Sheet} sheet
 * @property {number} size  pixels, of an image at its point
 */

/**
 * What the live layer shows over the scene.
 * @typedef {object} Over
 * @property {{points: readonly number[], dx: number, dy: number} | null} drag  a shift in layout units
 * @property {readonly number[] | null} lasso  outline on the screen, flat, pixels
 * @property {number} hover  a point, or -1
 * @property {readonly [number, number] | null} pin  where the hovered point was once dropped
 * @property {{from: Float64Array, points: readonly number[], alpha: number} | null} trails  the way an answer took
 */

const PALE = 0.1;
/** So many arrows are drawn at most: of more moved points, every second, third, ... has one, fainter and without head. */
const ARROWS = 400;

/** @param {readonly number[]} points */
const thinned = (points) => points.filter((_, k) => k % Math.ceil(points.length / ARROWS) === 0);

/**
 * @param {number} zoomed  1: all is seen
 * @param {number} n  points
 * @returns {number} the radius of a mark, pixels, in half pixels
 */
export const markRadius = (zoomed, n) => {
  const base = n > 2500 ? 2.6 : n > 1000 ? 3.2 : 4.2;
  return Math.round(2 * Math.min(9, base * Math.max(1, zoomed) ** 0.3)) / 2;
};

/**
 * The size of images at their points, pixels: 0 where they would only cover one another, or be too many to draw.
 * @param {number} gap  pixels between neighbours
 * @param {number} n    points
 * @param {boolean} always
 */
export const imageSize = (gap, n, always) => {
  if (gap < (always ? (n > 1000 ? 9 : 0) : 15)) return 0;
  return Math.round(Math.max(18, Math.min(64, 1.15 * gap)));
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
     * @type {{points: readonly number[], camera: Camera, canvas: HTMLCanvasElement, left: number, top: number} | null}
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
    const bright = lit === null ? seen : seen.filter((i) => at(of, i) === lit);
    const pale = lit === null ? [] : seen.filter((i) => at(of, i) !== lit);
    /** @param {number[]} points @returns {number[]} */
    const ordered = (points) => [
      ...points.filter((i) => at(observed, i) < 0),
      ...points.filter((i) => at(observed, i) >= 0),
    ];
    if (scene.images) {
      for (const i of [...moved, ...scene.away])
        drawMark(
          ctx,
          this.marks.get('ghost', ...this.look(scene, i), radius, theme, ratio),
          ...toScreen(camera, at(scene.origin, 2 * i), at(scene.origin, 2 * i + 1)),
          ratio,
        );
      for (const [points, alpha] of /** @type {[number[], number][]} */ ([
        [pale, 2 * PALE],
        [bright, 1],
      ])) {
        ctx.globalAlpha = alpha;
        for (const i of ordered(points))
          this.image(ctx, scene, scene.images, i, ...screen(scene, camera, i), scene.images.size);
      }
      ctx.globalAlpha = 1;
      frames(
        ctx,
        scene,
        camera,
        scene.selection.filter((i) => !away.has(i)),
        scene.images.size,
      );
      return;
    }
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
    /** @param {number} i @returns {'full' | 'hollow'} */
    const kind = (i) => (at(observed, i) < 0 ? 'hollow' : 'full');
    for (const i of ordered(pale)) put(all(kind(i), i, PALE), ...screen(scene, camera, i));
    for (const i of ordered(bright)) put(all(kind(i), i), ...screen(scene, camera, i));
    // The selection on top, and under all of its marks their halos: however dense it is, the marks are seen.
    const selected = scene.selection.filter((i) => !away.has(i));
    const halo = this.marks.get('halo', 'circle', theme.halo, radius, theme, ratio);
    for (const i of selected) put(halo, ...screen(scene, camera, i));
    for (const i of ordered(selected)) put(all(kind(i), i), ...screen(scene, camera, i));
    ctx.putImageData(image, 0, 0);
  }

  /** @param {Scene} scene @param {Camera} camera @param {Over} over */
  drawLive(scene, camera, over) {
    const ctx = context(this.live);
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, this.live.width, this.live.height);
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    const { theme } = scene;
    const radius = markRadius(camera.scale / camera.whole, scene.of.length);
    if (over.trails && over.trails.alpha > 0) this.drawTrails(ctx, scene, camera, over.trails, radius);
    if (over.drag) this.drawDrag(ctx, scene, camera, over.drag, radius);
    else this.inHand = null;
    if (over.hover >= 0 && !over.drag) {
      const [x, y] = screen(scene, camera, over.hover);
      if (over.pin) {
        const [px, py] = toScreen(camera, ...over.pin);
        ctx.setLineDash([3, 3]);
        line(ctx, x, y, px, py, theme.grey, 1.2);
        ctx.setLineDash([]);
        ctx.strokeRect(px - 3, py - 3, 6, 6);
      }
      if (scene.images) this.image(ctx, scene, scene.images, over.hover, x, y, Math.max(48, scene.images.size * 1.4));
      else {
        const kind = at(scene.observed, over.hover) >= 0 ? 'full' : 'hollow';
        drawMark(
          ctx,
          this.marks.get(kind, ...this.look(scene, over.hover), radius + 2, theme, this.ratio),
          x,
          y,
          this.ratio,
        );
        drawMark(ctx, this.marks.get('hover', 'circle', theme.accent, radius + 2, theme, this.ratio), x, y, this.ratio);
      }
    }
    if (over.lasso && over.lasso.length >= 4) drawLasso(ctx, over.lasso, theme);
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
    const known = { full: [], hollow: [], ghost: [], palefull: [], palehollow: [] };
    /** @param {'full' | 'hollow' | 'ghost'} kind @param {number} i @param {number} [alpha] @returns {Mark} */
    return (kind, i, alpha = 1) => {
      const list = /** @type {Mark[]} */ (known[alpha < 1 ? `pale${kind}` : kind]);
      const category = at(scene.of, i);
      return (list[category] ??= this.marks.get(kind, ...this.look(scene, i), radius, scene.theme, ratio, alpha));
    };
  }

  /**
   * The thumbnail in a frame of its colour; one with a label has a wider frame and a dark line around it.
   * @param {CanvasRenderingContext2D} ctx @param {Scene} scene @param {Images} images @param {number} i
   * @param {number} x @param {number} y @param {number} size
   */
  image(ctx, scene, images, i, x, y, size) {
    const { sheet, picture } = images;
    const [left, top] = [Math.round(x - size / 2), Math.round(y - size / 2)];
    const labelled = at(scene.observed, i) >= 0;
    const edge = labelled ? 3 : 1;
    if (labelled) {
      ctx.fillStyle = scene.theme.ink;
      ctx.fillRect(left - 4, top - 4, size + 8, size + 8);
    }
    ctx.fillStyle = this.look(scene, i)[1];
    ctx.fillRect(left - edge, top - edge, size + 2 * edge, size + 2 * edge);
    ctx.imageSmoothingEnabled = sheet.width > size;
    const [tx, ty] = [(i % sheet.columns) * sheet.width, Math.floor(i / sheet.columns) * sheet.height];
    ctx.drawImage(picture, tx, ty, sheet.width, sheet.height, left, top, size, size);
  }

  /**
   * @param {CanvasRenderingContext2D} ctx
   * @param {Scene} scene
   * @param {Camera} camera
   * @param {NonNullable<Over['drag']>} drag
   * @param {number} radius
   */
  drawDrag(ctx, scene, camera, { points, dx, dy }, radius) {
    if (this.inHand?.points !== points || this.inHand.camera !== camera)
      this.inHand = this.takenUp(scene, camera, points, radius);
    const { canvas, left, top } = this.inHand;
    const [sx, sy] = [dx * camera.scale, -dy * camera.scale];
    // One arrow for all: it shows the move, and a hundred of the same would hide the points.
    /** @param {0 | 1} axis */
    const middle = (axis) => points.reduce((sum, i) => sum + at(scene.places, 2 * i + axis), 0) / points.length;
    const [x, y] = toScreen(camera, middle(0), middle(1));
    arrow(ctx, x, y, x + sx, y + sy, scene.theme.ink, 2, 11);
    const { ratio } = this;
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
   * @param {Scene} scene
   * @param {Camera} camera
   * @param {readonly number[]} points
   * @param {number} radius
   */
  takenUp(scene, camera, points, radius) {
    const box = around(scene.places, points);
    const [x0, y0] = toScreen(camera, box.left, box.high);
    const [x1, y1] = toScreen(camera, box.right, box.low);
    const edge = (scene.images?.size ?? 2 * radius) + 10;
    const { width, height } = camera;
    const [left, top] = [Math.floor(Math.max(-width, x0 - edge)), Math.floor(Math.max(-height, y0 - edge))];
    const [right, bottom] = [Math.min(2 * width, x1 + edge), Math.min(2 * height, y1 + edge)];
    const canvas = this.make(
      Math.ceil(Math.max(1, right - left) * this.ratio),
      Math.ceil(Math.max(1, bottom - top) * this.ratio),
    );
    const ctx = context(canvas);
    ctx.scale(this.ratio, this.ratio);
    const mark = this.marksOf(scene, radius, this.ratio);
    for (const i of points) {
      const [x, y] = screen(scene, camera, i);
      if (scene.images) this.image(ctx, scene, scene.images, i, x - left, y - top, scene.images.size);
      else drawMark(ctx, mark(at(scene.observed, i) >= 0 ? 'full' : 'hollow', i), x - left, y - top, this.ratio);
    }
    return { points, camera, canvas, left, top };
  }

  /**
   * @param {CanvasRenderingContext2D} ctx
   * @param {Scene} scene
   * @param {Camera} camera
   * @param {NonNullable<Over['trails']>} trails
   * @param {number} radius
   */
  drawTrails(ctx, scene, camera, { from, points, alpha }, radius) {
    const many = points.length > ARROWS;
    ctx.globalAlpha = alpha * (many ? 0.25 : 0.55);
    arrows(ctx, thinned(points), from, scene.places, camera, scene.theme.grey, many ? 0 : 7, radius);
    ctx.globalAlpha = alpha;
    const ring = this.marks.get('ring', 'circle', scene.theme.accent, radius, scene.theme, this.ratio);
    if (!many) for (const i of points) drawMark(ctx, ring, ...screen(scene, camera, i), this.ratio);
    ctx.globalAlpha = 1;
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
    ctx.globalAlpha = (many ? 0.25 : 0.65) * (scene.lit !== null && scene.lit !== category ? 0.25 : 1);
    arrows(ctx, points, scene.origin, scene.places, camera, lined(colour, scene.theme), many ? 0 : 8, radius);
  });
  ctx.globalAlpha = 1;
}

/**
 * Around the images that are selected.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scene} scene
 * @param {Camera} camera
 * @param {number[]} points
 * @param {number} size
 */
function frames(ctx, scene, camera, points, size) {
  const half = size / 2 + 5;
  ctx.strokeStyle = scene.theme.accent;
  ctx.lineWidth = 2.5;
  ctx.beginPath();
  for (const i of points) {
    const [x, y] = screen(scene, camera, i);
    ctx.rect(x - half, y - half, 2 * half, 2 * half);
  }
  ctx.stroke();
}

/** @param {CanvasRenderingContext2D} ctx @param {readonly number[]} corners @param {Theme} theme */
function drawLasso(ctx, corners, theme) {
  ctx.beginPath();
  for (let k = 0; k < corners.length; k += 2) ctx.lineTo(at(corners, k), at(corners, k + 1));
  ctx.closePath();
  ctx.globalAlpha = 0.12;
  ctx.fillStyle = theme.accent;
  ctx.fill('evenodd');
  ctx.globalAlpha = 1;
  ctx.setLineDash([5, 4]);
  ctx.strokeStyle = theme.accent;
  ctx.lineWidth = 1.5;
  ctx.stroke();
  ctx.setLineDash([]);
}

/** @param {Scene} scene @param {Camera} camera @param {number} i */
const screen = (scene, camera, i) => toScreen(camera, at(scene.places, 2 * i), at(scene.places, 2 * i + 1));
