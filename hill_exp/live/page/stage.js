// @ts-check
/** The canvas as a whole: what is seen of the layout, and what hand and keys do to it. */

import * as cam from './camera.js';
import { Scatter } from './draw.js';
import { around, bounds } from './geometry.js';
import { GLIDE, STEP, blend, ease, share, trail } from './glide.js';
import { drop } from './hold.js';
import { attach } from './pointer.js';
import { pointerHost } from './pointing.js';
import { sceneOf } from './scene.js';
import { moved } from './edit.js';
import { Thinning, thumbnailSize } from './thinning.js';

/** @typedef {import('./types').View} View */
/** @typedef {import('./types').Edit} Edit */
/** @typedef {import('./types').Action} Action */
/** @typedef {import('./protocol').Place} Place */
/** What a hand did; when, the host knows. @typedef {Exclude<Action, {type: 'drop'}> | Omit<Extract<Action, {type: 'drop'}>, 'at'>} Done */
/** @typedef {'before' | 'edited' | 'now'} Showing */

/** So many points are many, and so long without motion is rest, milliseconds. */
const MANY = 1000;
const REST = 120;

/**
 * @typedef {object} StageHost
 * @property {(action: Done) => void} act
 * @property {(points: readonly number[]) => string | null} refusal  why these points cannot be moved
 * @property {(reason: string) => void} refuse
 * @property {(i: number, x: number, y: number) => void} hovered     a point, or -1, and where the pointer is
 * @property {(gliding: boolean) => void} gliding
 */

export class Stage {
  /**
   * @param {HTMLElement} element  holds both layers
   * @param {HTMLCanvasElement} still
   * @param {HTMLCanvasElement} live
   * @param {import('./types').Theme} theme
   * @param {StageHost} host
   */
  constructor(element, still, live, theme, host) {
    this.element = element;
    this.host = host;
    this.scatter = new Scatter(still, live);
    /** All that is seen where everything is. @type {import('./geometry.js').Box} */
    this.box = { left: -1, right: 1, low: -1, high: 1 };
    this.camera = cam.fit(this.box, 1, 1, 1);
    /** @type {View | null} */
    this.view = null;
    /** @type {Edit | null} */
    this.edit = null;
    /** @type {import('./types').Colouring} */
    this.colouring = { categories: [], of: new Uint16Array(0) };
    this.theme = theme;
    /** The categories that are not pale; null: none is. @type {ReadonlySet<number> | null} */
    this.lit = null;
    /** The categories whose points alone can be selected; null: all can. @type {ReadonlySet<number> | null} */
    this.filter = null;
    /** @type {Showing} */
    this.showing = 'now';
    /** The turn that is looked back at. @type {import('./types').Past | null} */
    this.past = null;
    /** Whether points are shown by their pictures where there is room. */
    this.pictured = true;
    /** @type {HTMLImageElement | null} */
    this.picture = null;
    this.editable = false;
    this.hand = false;
    /** What a stroke is. @type {import('./strokes.js').Tool} */
    this.tool = 'lasso';
    /** Whether a stroke adds to what is selected. */
    this.adding = false;
    this.space = false;
    this.hover = -1;
    /** The point that keys have come to, or -1. */
    this.keyed = -1;
    /** @type {Place | null} where the pointer is, pixels */
    this.cursor = null;
    /**
     * @type {{points: readonly number[], box: import('./geometry.js').Box, dx: number, dy: number, keys: boolean, group: number} | null}
     */
    this.drag = null;
    /** @type {number[] | null} */
    this.outline = null;
    /** @type {import('./glide.js').Glide | null} */
    this.glide = null;
    /** @type {{from: import('./types').Camera, to: import('./types').Camera, start: number} | null} */
    this.flight = null;
    /** @type {{of: Float64Array, whole: number, thinning: Thinning} | null} who has room for a picture, in a layout */
    this.room = null;
    this.places = new Float64Array(0);
    /** @type {number[]} */
    this.moved = [];
    this.stale = { still: true, live: true };
    this.waiting = 0;
    this.sharpen = 0;
    /** When the picture was last moved or zoomed, milliseconds. */
    this.motion = -Infinity;
    this.hands = attach(live, pointerHost(this));
    new ResizeObserver(() => this.resize()).observe(element);
    this.resize();
  }

  /** Whether the person asked for little motion. */
  get calm() {
    return matchMedia('(prefers-reduced-motion: reduce)').matches;
  }

  /**
   * Another layout: that of a turn, or the same again.
   * @param {View} view
   * @param {{edit: Edit | null, answer: boolean}} how
   */
  show(view, { edit, answer }) {
    const same = this.view?.n === view.n;
    this.hands.cancel();
    this.view = view;
    this.edit = edit;
    this.showing = 'now';
    this.past = view.previous;
    this.drag = null;
    this.hover = -1;
    this.box = bounds(view.places); // not the whole canvas, which is wide: there is room for piles farther out
    if (!same) {
      this.places = view.places.slice();
      this.camera = this.whole();
    } else this.camera = cam.resized(this.camera, this.whole());
    if (!view.sheet) this.picture = null;
    else if (this.picture?.dataset.url !== view.sheet.url) this.load(view.sheet.url);
    this.moved = edit ? moved(edit) : [];
    if (answer && view.previous) {
      this.replay();
      this.fly(this.whole()); // all of it is the answer
    } else this.settle();
  }

  /** The edit after an action. @param {Edit} edit */
  update(edit) {
    const before = this.edit;
    this.edit = edit;
    if (before?.places !== edit.places) {
      this.moved = moved(edit);
      if (this.showing === 'now') this.go(this.target(), 180, false);
    }
    this.redraw();
  }

  /** @param {Showing} showing @param {import('./types').Past | null} [past]  the turn that is looked back at */
  look(showing, past = this.past) {
    if (!past || (this.showing === showing && this.past === past)) return;
    drop(this, false);
    this.showing = showing;
    this.past = showing === 'now' ? (this.view?.previous ?? null) : past;
    this.go(this.target(), STEP, false);
    this.redraw();
  }

  /** The answer to the last edit, from where the points were put to where they are now. */
  replay() {
    const previous = this.view?.previous;
    if (!previous) return;
    drop(this, false);
    this.showing = 'now';
    this.places = previous.edited.slice();
    this.go(this.target(), GLIDE, true);
    this.host.gliding(true);
  }

  /** Where the points belong in what is shown. */
  target() {
    const view = /** @type {View} */ (this.view);
    if (this.showing === 'before' && this.past) return this.past.shown;
    if (this.showing === 'edited' && this.past) return this.past.edited;
    return this.edit ? this.edit.places : view.places;
  }

  /** @param {Float64Array} to @param {number} length @param {boolean} answer */
  go(to, length, answer) {
    const from = this.places.slice();
    this.glide = { from, to, start: performance.now(), length: this.calm ? 0 : length, answer };
    this.redraw();
  }

  /** At once where all glides lead. */
  settle() {
    this.glide = null;
    this.places = this.target().slice();
    this.redraw();
    this.host.gliding(false);
  }

  /** @param {string} url */
  load(url) {
    const picture = new Image();
    picture.dataset.url = url;
    picture.onload = () => this.redraw();
    picture.src = url;
    this.picture = picture;
  }

  // --- camera ---

  whole() {
    return cam.fit(this.box, this.view?.extent ?? 1, this.element.clientWidth, this.element.clientHeight);
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!width || !height) return;
    this.scatter.resize(width, height, devicePixelRatio || 1);
    this.hands.cancel(); // the places of the pointer so far are those of another window
    this.flight = null;
    this.room = null;
    this.camera = this.view ? cam.resized(this.camera, this.whole()) : this.whole();
    this.redraw();
  }

  /** @param {import('./types').Camera} to */
  fly(to) {
    this.host.hovered(-1, 0, 0);
    this.flight = { from: this.camera, to, start: performance.now() };
    this.redraw();
  }

  /** @param {number} factor */
  zoomBy(factor) {
    this.fly(cam.zoom(this.flight?.to ?? this.camera, factor));
  }

  /** @param {number} dx @param {number} dy  pixels */
  panBy(dx, dy) {
    this.fly(cam.pan(this.flight?.to ?? this.camera, dx, dy));
  }

  frameSelection() {
    if (this.edit?.selection.length) this.fly(cam.frame(this.camera, around(this.places, this.edit.selection)));
  }

  /** Brings a point into sight, and lights it up. @param {number} i */
  find(i) {
    const [x, y] = this.screen(i);
    const { width, height } = this.camera;
    if (x < 40 || y < 40 || x > width - 40 || y > height - 40) this.panBy(width / 2 - x, height / 2 - y);
    this.point(i);
  }

  // --- the selection in the hand ---

  /** Shows some categories alone. @param {ReadonlySet<number> | null} filter  null: all */
  sift(filter) {
    this.filter = this.lit = filter;
    this.redraw();
  }

  /** The points moved in the turn before that were not moved again, and whether each has followed. */
  get taught() {
    const { moved = [], lagging = [] } = this.view?.previous ?? {};
    const behind = new Set(lagging);
    return moved.filter((i) => !this.edit?.handled[i]).map((i) => ({ i, followed: !behind.has(i) }));
  }

  /** 1 for the points that cannot be selected. */
  get closed() {
    const { view, filter, colouring } = this;
    const reserved = view?.reserved ?? new Uint8Array(0);
    return filter ? reserved.map((is, i) => (is || !filter.has(colouring.of[i] ?? -1) ? 1 : 0)) : reserved;
  }

  get selection() {
    return this.edit?.selection ?? [];
  }

  /** Where a point is on the canvas element, pixels. @param {number} i @returns {Place} */
  screen(i) {
    return cam.toScreen(this.camera, this.places[2 * i] ?? NaN, this.places[2 * i + 1] ?? NaN);
  }

  /** @param {number} i */
  point(i) {
    if (this.hover === i) return;
    this.hover = i;
    this.redraw('live');
  }

  /** @param {import('./types').Camera} camera */
  move(camera) {
    this.flight = null;
    this.motion = performance.now();
    this.camera = camera;
    this.redraw();
  }

  // --- drawing ---

  /** The pictures of points, where there is room for them; null: there are none, or they are not wanted. */
  images() {
    const { view, picture, camera } = this;
    if (!view?.sheet || !picture?.complete || !picture.naturalWidth || !this.pictured) return null;
    const of = this.target(); // of where the points come to lie: on their way none comes or goes
    const { whole } = camera; // another in another window
    if (this.room?.of !== of || this.room.whole !== whole)
      this.room = { of, whole, thinning: new Thinning(of, view.reserved, whole) };
    const shown = this.room.thinning.shown(camera.scale);
    return { picture, sheet: view.sheet, size: thumbnailSize(camera.scale / camera.whole), shown };
  }

  /** @param {'all' | 'live'} [what] */
  redraw(what = 'all') {
    this.stale = { still: this.stale.still || what === 'all', live: true };
    if (!this.waiting) this.waiting = requestAnimationFrame((now) => this.frame(now));
  }

  /** @param {number} now */
  frame(now) {
    this.waiting = 0;
    if (this.flight) {
      const t = this.calm ? 1 : Math.min(1, (now - this.flight.start) / 160);
      this.camera = cam.between(this.flight.from, this.flight.to, Math.max(0, t));
      if (t >= 1) this.flight = null;
      this.stale = { still: true, live: true };
    }
    if (this.glide) this.advance(this.glide, now);
    if (this.view) this.draw();
    if (this.flight || this.glide) this.redraw('live');
  }

  /** @param {import('./glide.js').Glide} glide @param {number} now */
  advance(glide, now) {
    const before = share(glide, now - 1000 / 60);
    const t = share(glide, now);
    blend(glide.from, glide.to, ease(t), this.places);
    if (t < 1 || before < 1 || glide.length === 0) this.stale.still = true;
    this.stale.live = true;
    if (t < 1) return;
    this.host.gliding(false);
    if (trail(glide, now) <= 0) {
      this.glide = null;
      this.stale.still = true;
    }
  }

  /** Many points in motion are drawn with fewer pixels, and sharply when they rest. */
  coarse() {
    const now = performance.now();
    const moving =
      this.flight !== null || now - this.motion < REST || (this.glide !== null && share(this.glide, now) < 1);
    const coarse = moving && this.scatter.ratio > 1 && (this.view?.n ?? 0) > MANY;
    clearTimeout(this.sharpen);
    if (coarse) this.sharpen = setTimeout(() => this.redraw(), REST + 20);
    return coarse;
  }

  draw() {
    const { view, drag, glide } = this;
    if (!view) return;
    const scene = sceneOf(this, view);
    if (this.stale.still) this.scatter.drawStill(scene, this.camera, this.coarse());
    const [px, py] = [view.pins[2 * this.hover] ?? NaN, view.pins[2 * this.hover + 1] ?? NaN];
    this.scatter.drawLive(scene, this.camera, {
      drag,
      stroke: this.outline && { tool: this.tool, path: this.outline },
      hover: this.hover,
      near: view.neighbours?.[this.hover] ?? [],
      pin: Number.isFinite(px) && this.showing === 'now' ? [px, py] : null,
      trails:
        glide?.answer && view.previous
          ? { from: glide.from, points: view.previous.moved, alpha: trail(glide, performance.now()) }
          : null,
    });
    this.stale = { still: false, live: false };
  }
}
