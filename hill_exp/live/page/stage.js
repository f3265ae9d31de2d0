// @ts-check
/** The canvas as a whole: what is seen of the layout, and what hand and keys do to it. */

import * as cam from './camera.js';
import { Scatter, imageSize, markRadius } from './draw.js';
import { around, density, held, inside, nearest, pile, shifted } from './geometry.js';
import { GLIDE, STEP, blend, ease, share, trail } from './glide.js';
import { attach } from './pointer.js';
import { moved } from './edit.js';

/** @typedef {import('./types').View} View */
/** @typedef {import('./types').Edit} Edit */
/** @typedef {import('./types').Action} Action */
/** @typedef {import('./protocol').Place} Place */
/** What a hand did; when, the host knows. @typedef {Exclude<Action, {type: 'drop'}> | Omit<Extract<Action, {type: 'drop'}>, 'at'>} Done */
/** @typedef {'before' | 'edited' | 'now'} Showing */
/** @typedef {'auto' | 'on' | 'off'} ImageMode */

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
    this.camera = cam.fit(1, 1, 1);
    /** @type {View | null} */
    this.view = null;
    /** @type {Edit | null} */
    this.edit = null;
    /** @type {import('./types').Colouring} */
    this.colouring = { categories: [], of: new Uint16Array(0) };
    this.theme = theme;
    /** @type {number | null} */
    this.lit = null;
    /** @type {Showing} */
    this.showing = 'now';
    /** @type {ImageMode} */
    this.imageMode = 'auto';
    /** @type {HTMLImageElement | null} */
    this.picture = null;
    this.editable = false;
    this.hand = false;
    this.space = false;
    this.hover = -1;
    /** @type {Place | null} where the pointer is, pixels */
    this.cursor = null;
    /**
     * @type {{points: readonly number[], box: import('./geometry.js').Box, dx: number, dy: number, keys: boolean} | null}
     */
    this.drag = null;
    /** @type {number[] | null} */
    this.outline = null;
    /** @type {import('./glide.js').Glide | null} */
    this.glide = null;
    /** @type {{from: import('./types').Camera, to: import('./types').Camera, start: number} | null} */
    this.flight = null;
    this.half = 1;
    this.gap = 1;
    this.places = new Float64Array(0);
    /** @type {number[]} */
    this.moved = [];
    this.stale = { still: true, live: true };
    this.waiting = 0;
    this.sharpen = 0;
    /** When the picture was last moved or zoomed, milliseconds. */
    this.motion = -Infinity;
    this.hands = attach(live, this.pointerHost());
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
    this.drag = null;
    this.hover = -1;
    this.gap = density(view.places);
    // Not the whole canvas, which is wide: the points, with room for piles around them.
    this.half = Math.min(
      view.extent,
      Math.max(2.1, 1.25 * view.places.reduce((most, v) => Math.max(most, Math.abs(v)), 0)),
    );
    if (!same) {
      this.places = view.places.slice();
      this.camera = this.whole();
    } else this.camera = cam.resized(this.camera, this.whole());
    if (!this.picture || this.picture.dataset.url !== view.sheet.url) this.load(view.sheet.url);
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

  /** @param {Showing} showing */
  look(showing) {
    if (!this.view?.previous || this.showing === showing) return;
    this.drop(false);
    this.showing = showing;
    this.go(this.target(), STEP, false);
    this.redraw();
  }

  /** The answer to the last edit, from where the points were put to where they are now. */
  replay() {
    const previous = this.view?.previous;
    if (!previous) return;
    this.drop(false);
    this.showing = 'now';
    this.places = previous.edited.slice();
    this.go(this.target(), GLIDE, true);
    this.host.gliding(true);
  }

  /** Where the points belong in what is shown. */
  target() {
    const view = /** @type {View} */ (this.view);
    if (this.showing === 'before' && view.previous) return view.previous.shown;
    if (this.showing === 'edited' && view.previous) return view.previous.edited;
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
    return cam.fit(this.half, this.element.clientWidth, this.element.clientHeight);
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!width || !height) return;
    this.scatter.resize(width, height, devicePixelRatio || 1);
    this.flight = null;
    this.camera = this.view ? cam.resized(this.camera, this.whole()) : cam.fit(1, width, height);
    this.redraw();
  }

  /** @param {import('./types').Camera} to */
  fly(to) {
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

  // --- the selection in the hand ---

  get selection() {
    return this.edit?.selection ?? [];
  }

  /** Whether points can be taken up now; if not, the host tells why. @param {boolean} keys */
  takeUp(keys) {
    const points = this.selection;
    const reason =
      this.showing !== 'now' ? 'This is the turn before: go back to Now to move points.' : this.host.refusal(points);
    if (!this.editable || reason) {
      if (reason) this.host.refuse(reason);
      return false;
    }
    this.settle();
    this.drag = { points, box: around(this.places, points), dx: 0, dy: 0, keys };
    this.redraw();
    return true;
  }

  /** @param {number} dx @param {number} dy  pixels, since it was taken up */
  carry(dx, dy) {
    if (!this.drag || !this.view) return;
    const [x, y] = held(this.drag.box, dx / this.camera.scale, -dy / this.camera.scale, this.view.extent);
    this.drag = { ...this.drag, dx: x, dy: y };
    this.redraw('live');
  }

  /** @param {boolean} down  or back where it was */
  drop(down) {
    const drag = this.drag;
    if (!drag) return;
    this.drag = null;
    this.redraw();
    if (!down || (drag.dx === 0 && drag.dy === 0)) return;
    const drops = shifted(this.places, drag.points, drag.dx, drag.dy);
    drag.points.forEach((i, k) => {
      [this.places[2 * i], this.places[2 * i + 1]] = /** @type {Place} */ (drops[k]);
    });
    this.host.act({ type: 'drop', points: drag.points, drops });
    this.settle();
  }

  /** The selection as a pile under the pointer, or where its middle is. */
  gather() {
    const { view, selection } = this;
    if (!view || !this.takeUp(false)) return;
    this.drag = null;
    const box = around(this.places, selection);
    const [x, y] = this.cursor
      ? cam.toLayout(this.camera, ...this.cursor)
      : [(box.left + box.right) / 2, (box.low + box.high) / 2];
    this.host.act({ type: 'drop', points: selection, drops: pile(selection, x, y, view.extent) });
  }

  /** The next point, or the one before. @param {1 | -1} step */
  walk(step) {
    if (!this.view) return -1;
    const from = this.selection.at(-1) ?? (step > 0 ? -1 : 0);
    const i = (from + step + this.view.n) % this.view.n;
    const [x, y] = this.screen(i);
    const { width, height } = this.camera;
    if (x < 20 || y < 20 || x > width - 20 || y > height - 20) this.panBy(width / 2 - x, height / 2 - y);
    this.host.act({ type: 'select', points: [i], how: 'replace' });
    return i;
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

  /** @returns {import('./pointer.js').Host} */
  pointerHost() {
    return {
      hit: (x, y) => this.hit(x, y, 5),
      grip: (x, y) => this.hit(x, y, 1),
      isSelected: (i) => this.selection.includes(i),
      panning: () => this.hand || this.space,
      select: (points, how) => this.editable && this.host.act({ type: 'select', points, how }),
      lasso: (outline) => {
        this.outline = this.editable ? outline : null;
        this.redraw('live');
      },
      enclosed: (outline, how) => {
        const corners = [];
        for (let k = 0; k < outline.length; k += 2)
          corners.push(...cam.toLayout(this.camera, outline[k] ?? 0, outline[k + 1] ?? 0));
        if (this.editable) this.host.act({ type: 'select', points: inside(this.places, corners), how });
      },
      takeUp: () => this.takeUp(false),
      carry: (dx, dy) => this.carry(dx, dy),
      letGo: (down) => this.drop(down),
      pan: (dx, dy) => this.move(cam.pan(this.camera, dx, dy)),
      zoom: (factor, x, y) => this.move(cam.zoom(this.camera, factor, x, y)),
      hover: (x, y) => {
        this.cursor = [x, y];
        const i = this.hit(x, y, 5);
        this.point(i);
        this.cursorStyle(i);
        this.host.hovered(i, x, y);
      },
      leave: () => {
        this.cursor = null;
        this.point(-1);
        this.host.hovered(-1, 0, 0);
      },
      touch: () => {
        this.host.hovered(-1, 0, 0);
        if (this.drag?.keys) this.drop(true);
        if (this.glide && share(this.glide, performance.now()) < 1) this.settle();
      },
    };
  }

  /** @param {import('./types').Camera} camera */
  move(camera) {
    this.flight = null;
    this.motion = performance.now();
    this.camera = camera;
    this.redraw();
  }

  /**
   * The point there, or -1.
   * @param {number} x
   * @param {number} y
   * @param {number} slack  pixels beside the mark
   */
  hit(x, y, slack) {
    if (!this.view) return -1;
    const images = this.images();
    const reach = images
      ? images.size / 2 + slack
      : markRadius(this.camera.scale / this.camera.whole, this.view.n) + slack;
    return nearest(this.places, ...cam.toLayout(this.camera, x, y), reach / this.camera.scale);
  }

  /** @param {number} i */
  cursorStyle(i) {
    const live = this.scatter.live;
    if (this.hand || this.space) live.style.cursor = 'grab';
    else if (i < 0 || !this.editable) live.style.cursor = this.editable ? 'crosshair' : 'default';
    else
      live.style.cursor = this.host.refusal(this.selection.includes(i) ? this.selection : [i]) ? 'not-allowed' : 'move';
  }

  // --- drawing ---

  images() {
    if (!this.view || !this.picture?.complete || !this.picture.naturalWidth || this.imageMode === 'off') return null;
    const size = imageSize(this.gap * this.camera.scale, this.view.n, this.imageMode === 'on');
    return size ? { picture: this.picture, sheet: this.view.sheet, size } : null;
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
    const { view, theme, colouring, edit, drag } = this;
    if (!view) return;
    const last = view.previous;
    /** @type {import('./draw.js').Scene} */
    const scene = {
      places: this.places,
      origin: last && this.showing === 'edited' ? last.shown : view.places,
      moved: this.showing === 'now' ? this.moved : last && this.showing === 'edited' ? last.moved : [],
      categories: colouring.categories,
      of: colouring.of,
      observed: view.observed,
      away: drag?.points ?? [],
      selection: this.showing === 'now' && edit ? edit.selection : [],
      lit: this.lit,
      extent: view.extent,
      images: this.images(),
      theme,
    };
    if (this.stale.still) this.scatter.drawStill(scene, this.camera, this.coarse());
    const [px, py] = [view.pins[2 * this.hover] ?? NaN, view.pins[2 * this.hover + 1] ?? NaN];
    const { glide } = this;
    this.scatter.drawLive(scene, this.camera, {
      drag,
      lasso: this.outline,
      hover: this.hover,
      pin: Number.isFinite(px) && this.showing === 'now' ? [px, py] : null,
      trails:
        glide?.answer && view.previous
          ? { from: glide.from, points: view.previous.moved, alpha: trail(glide, performance.now()) }
          : null,
    });
    this.stale = { still: false, live: false };
  }
}
