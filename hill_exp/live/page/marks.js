// @ts-check
/** The marks of the points: each kind is painted once as a sprite, and then laid down wherever one is needed. */

import { lined } from './colours.js';
import { faded } from './sprites.js';
import { context } from './surface.js';

/** @typedef {import('./types').Shape} Shape */
/** @typedef {import('./types').Theme} Theme */
/** @typedef {'full' | 'hollow' | 'locked' | 'ghost' | 'halo' | 'ring' | 'hover'} Kind */
/** @typedef {{canvas: HTMLCanvasElement, half: number} & import('./sprites.js').Sprite} Mark */

export class Marks {
  /** @param {import('./surface.js').MakeSurface} make */
  constructor(make) {
    this.make = make;
    /** @type {Map<string, Mark>} */
    this.known = new Map();
  }

  /**
   * @param {Kind} kind
   * @param {Shape} shape
   * @param {string} colour
   * @param {number} radius
   * @param {Theme} theme
   * @param {number} ratio  device pixels for each CSS pixel
   * @param {number} [alpha]
   * @returns {Mark}
   */
  get(kind, shape, colour, radius, theme, ratio, alpha = 1) {
    const key = `${kind} ${shape} ${colour} ${radius} ${theme.dark} ${ratio} ${alpha}`;
    const known = this.known.get(key);
    if (known) return known;
    const size = 2 * Math.ceil((radius * 1.4 + 3.5) * ratio);
    const canvas = this.make(size, size);
    const ctx = context(canvas, true);
    ctx.translate(size / 2, size / 2);
    ctx.scale(ratio, ratio);
    paint(ctx, kind, shape, colour, radius, theme);
    const pixels = new Uint32Array(ctx.getImageData(0, 0, size, size).data.buffer);
    const made = { canvas, half: size / 2, ...(alpha < 1 ? faded({ pixels, size }, alpha) : { pixels, size }) };
    this.known.set(key, made);
    return made;
  }
}

/**
 * With its middle at (x, y), on whole device pixels.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Mark} mark
 * @param {number} x
 * @param {number} y
 * @param {number} ratio
 */
export function drawMark(ctx, { canvas, half, size }, x, y, ratio) {
  ctx.drawImage(
    canvas,
    Math.round(x * ratio - half) / ratio,
    Math.round(y * ratio - half) / ratio,
    size / ratio,
    size / ratio,
  );
}

/**
 * One mark about the origin.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Kind} kind
 * @param {Shape} shape
 * @param {string} colour
 * @param {number} radius
 * @param {Theme} theme
 */
function paint(ctx, kind, shape, colour, radius, theme) {
  if (kind === 'ring' || kind === 'hover') {
    outline(ctx, 'circle', radius + (kind === 'ring' ? 2.5 : 4));
    ctx.lineWidth = kind === 'ring' ? 1.3 : 2.2;
    ctx.strokeStyle = colour;
    ctx.stroke();
  } else if (kind === 'halo') {
    outline(ctx, 'circle', radius + 3);
    ctx.fillStyle = colour;
    ctx.fill();
  } else if (kind === 'full') {
    outline(ctx, shape, radius + 0.7);
    ctx.fillStyle = colour;
    ctx.fill();
    ctx.lineWidth = 1.1;
    ctx.strokeStyle = theme.dark ? '#000000' : '#222222';
    ctx.stroke();
  } else if (kind === 'locked') {
    ctx.globalAlpha = 0.6;
    outline(ctx, shape, radius - 0.4);
    ctx.strokeStyle = ctx.fillStyle = lined(colour, theme);
    ctx.lineWidth = 0.8;
    ctx.stroke();
    outline(ctx, 'circle', 1.1);
    ctx.fill();
  } else {
    outline(ctx, shape, radius - (kind === 'ghost' ? 0.8 : 0.4));
    ctx.fillStyle = colour;
    ctx.globalAlpha = kind === 'hollow' ? 0.25 : 0.12;
    ctx.fill();
    ctx.globalAlpha = kind === 'hollow' ? 1 : 0.55;
    ctx.strokeStyle = lined(colour, theme);
    ctx.lineWidth = kind === 'ghost' ? 1 : radius < 3.5 ? 1.2 : 1.5;
    ctx.stroke();
  }
}

/**
 * Corners of a regular figure: how many, the turn of the first, and how far the corners between lie in.
 * @type {Record<Exclude<Shape, 'circle' | 'plus' | 'cross'>, [number, number, number]>}
 */
const FIGURES = {
  square: [4, Math.PI / 4, 1],
  diamond: [4, 0, 1],
  triangle: [3, -Math.PI / 2, 1],
  wedge: [3, Math.PI / 2, 1],
  pentagon: [5, -Math.PI / 2, 1],
  hexagon: [6, 0, 1],
  star: [5, -Math.PI / 2, 0.45],
};

/**
 * A shape about the origin, all of about the same area.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Shape} shape
 * @param {number} radius
 */
export function outline(ctx, shape, radius) {
  ctx.beginPath();
  if (shape === 'circle') return ctx.arc(0, 0, radius, 0, 2 * Math.PI);
  if (shape === 'plus' || shape === 'cross') {
    const [long, wide, turn] = [radius * 1.15, radius * 0.42, shape === 'cross' ? Math.PI / 4 : 0];
    const corners = [
      [long, wide],
      [wide, wide],
      [wide, long],
      [-wide, long],
      [-wide, wide],
      [-long, wide],
    ];
    for (const [x = 0, y = 0] of [...corners, ...corners.map((corner) => corner.map((v) => -v))]) {
      ctx.lineTo(x * Math.cos(turn) - y * Math.sin(turn), x * Math.sin(turn) + y * Math.cos(turn));
    }
    return ctx.closePath();
  }
  const [corners, turn, waist] = FIGURES[shape];
  const reach = radius * (corners === 3 ? 1.35 : corners === 4 ? 1.22 : waist < 1 ? 1.4 : 1.1);
  const steps = waist < 1 ? 2 * corners : corners;
  for (let k = 0; k < steps; k++) {
    const r = waist < 1 && k % 2 ? reach * waist : reach;
    ctx.lineTo(r * Math.cos(turn + (2 * Math.PI * k) / steps), r * Math.sin(turn + (2 * Math.PI * k) / steps));
  }
  return ctx.closePath();
}
