// @ts-check
/** The names of the classes where most of each lies, none over another. */

import { toScreen } from './camera.js';
import { classLook } from './colours.js';
import { at } from './geometry.js';
import { outline } from './marks.js';

/** @typedef {import('./types').Camera} Camera */
/** @typedef {import('./scene.js').Scene} Scene */
/** A name and the middle of where it is written, pixels. @typedef {{k: number, text: string, x: number, y: number}} Written */

/** Pixels: of the letters, of a line, and of the mark of its class before a name, with the space after it. */
const [SIZE, HEIGHT, DOT] = [13, 17, 12];
/** Characters of a name that are written. */
const LONGEST = 18;

/** @param {string} name */
const short = (name) => (name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}\u2026` : name);

/**
 * Where each name is written: above its place, or else below or beside it; not at all where another is already.
 * @param {readonly {k: number, text: string, x: number, y: number}[]} names  and the places they tell of
 * @param {(text: string) => number} width  of a text, pixels
 * @param {number} away                     pixels from a place to the edge of what lies there
 * @returns {Written[]}
 */
export function written(names, width, away) {
  /** @type {{left: number, right: number, top: number, bottom: number}[]} */
  const taken = [];
  return names.flatMap(({ k, text, x, y }) => {
    const half = width(text) / 2 + 3;
    const spots = /** @type {[number, number][]} */ ([
      [x, y - away - HEIGHT / 2],
      [x, y + away + HEIGHT / 2],
      [x + away + half, y],
      [x - away - half, y],
    ]);
    for (const [cx, cy] of spots) {
      const box = { left: cx - half, right: cx + half, top: cy - HEIGHT / 2, bottom: cy + HEIGHT / 2 };
      const free = taken.every(
        (other) =>
          box.right <= other.left || box.left >= other.right || box.bottom <= other.top || box.top >= other.bottom,
      );
      if (!free) continue;
      taken.push(box);
      return [{ k, text, x: cx, y: cy }];
    }
    return [];
  });
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scene} scene
 * @param {Camera} camera
 * @param {number} radius  of a mark, pixels
 */
export function drawNames(ctx, { names, classes, places, images, theme }, camera, radius) {
  if (!names) return;
  ctx.font = `600 ${SIZE}px system-ui, sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  ctx.lineWidth = 4;
  ctx.lineJoin = 'round';
  ctx.strokeStyle = theme.paper;
  const seen = names.flatMap((i, k) => {
    if (i < 0) return [];
    const [x, y] = toScreen(camera, at(places, 2 * i), at(places, 2 * i + 1));
    const inside = x > 0 && y > 0 && x < camera.width && y < camera.height;
    return inside ? [{ k, text: short(classes[k] ?? ''), x, y }] : [];
  });
  const away = images ? images.size / 2 + 5 : radius + 3;
  const width = (/** @type {string} */ text) => ctx.measureText(text).width + DOT;
  for (const { k, text, x, y } of written(seen, width, away)) {
    const left = x - width(text) / 2;
    const { shape, colour } = classLook(k, theme);
    ctx.translate(left + 4, y);
    outline(ctx, shape, 4);
    ctx.translate(-left - 4, -y);
    ctx.stroke();
    ctx.fillStyle = colour;
    ctx.fill();
    ctx.strokeText(text, left + DOT, y);
    ctx.fillStyle = theme.ink;
    ctx.fillText(text, left + DOT, y);
  }
}
