// @ts-check
/** Mouse, pen and fingers on the canvas: what they mean. The host does it. */

/**
 * @typedef {object} Host
 * @property {(x: number, y: number, slack: number) => number} hit           the point there or so many pixels beside, or -1
 * @property {(i: number) => boolean} isSelected
 * @property {() => boolean} panning                                         the pointer moves the picture
 * @property {() => boolean} adding                                          what is selected stays so: a stroke adds to it
 * @property {(points: number[], how: 'replace' | 'add' | 'remove' | 'toggle') => void} select
 * @property {(outline: number[] | null) => void} lasso                      as it is drawn; null: gone
 * @property {(outline: number[], how: 'replace' | 'add' | 'remove') => void} enclosed
 * @property {(i: number) => boolean} takeUp                                 whether point i, with its selection, may be dragged
 * @property {(dx: number, dy: number) => void} carry                        so far since it was taken up, pixels
 * @property {(drop: boolean) => void} letGo                                 dropped there, or back where it was
 * @property {(dx: number, dy: number) => void} pan                          pixels
 * @property {(factor: number, x: number, y: number) => void} zoom
 * @property {(x: number, y: number) => void} hover
 * @property {() => void} leave
 * @property {() => void} touch                                              a hand is on the canvas
 */

/** @typedef {{x: number, y: number}} Spot */

/** Pixels that a hand may tremble in a click. */
const STILL = 4;
/** Pixels beside a mark that a click, and the beginning of a drag, may be: of a mouse or pen, and of a finger. */
const CLICK = { fine: 5, finger: 16 };
const GRIP = { fine: 1, finger: 6 };
/** Milliseconds after which a finger that rests looks, and selects nothing. */
const LOOK = 450;

/** What a press is becoming. */
/** @typedef {'press' | 'look' | 'lasso' | 'drag' | 'pan' | 'pinch' | 'none'} Doing */

/** @param {HTMLElement} element @param {Host} host */
export function attach(element, host) {
  /** @type {Map<number, Spot>} */
  const down = new Map();
  /** @type {Doing} */
  let doing = 'none';
  let start = { x: 0, y: 0 };
  let point = -1;
  /** @type {'replace' | 'add' | 'remove'} */
  let how = 'replace';
  let adding = false;
  /** @type {number[]} */
  let outline = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let rest;

  /** @param {MouseEvent} event @returns {Spot} */
  const spot = (event) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  const cancel = () => {
    clearTimeout(rest);
    if (doing === 'drag') host.letGo(false);
    if (doing === 'lasso') host.lasso(null);
    doing = 'none';
  };

  element.addEventListener('pointerdown', (event) => {
    host.touch();
    element.setPointerCapture(event.pointerId);
    down.set(event.pointerId, spot(event));
    if (down.size === 2) {
      cancel();
      doing = 'pinch';
      return;
    }
    start = spot(event);
    if (event.button !== 0 || host.panning()) {
      doing = 'pan';
      return;
    }
    point = host.hit(start.x, start.y, CLICK[tip(event)]);
    adding = host.adding();
    how = event.altKey ? 'remove' : event.shiftKey || event.ctrlKey || event.metaKey ? 'add' : 'replace';
    doing = 'press';
    if (tip(event) === 'finger')
      rest = setTimeout(() => {
        doing = 'look';
        host.hover(start.x, start.y);
      }, LOOK);
  });

  element.addEventListener('pointermove', (event) => {
    const now = spot(event);
    const before = down.get(event.pointerId);
    if (!before) return host.hover(now.x, now.y);
    if (doing === 'pinch') {
      const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
      if (other) {
        const [was, is] = [apart(before, other), apart(now, other)];
        host.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
        if (was > 0 && is > 0) host.zoom(is / was, (now.x + other.x) / 2, (now.y + other.y) / 2);
      }
    }
    down.set(event.pointerId, now);
    if (doing === 'pan') host.pan(now.x - before.x, now.y - before.y);
    if (doing === 'look') host.hover(now.x, now.y);
    if (doing === 'press' && apart(start, now) > STILL) {
      clearTimeout(rest);
      // A stroke that begins beside a mark is a lasso: among many points there is little room to begin one.
      point = host.hit(start.x, start.y, GRIP[tip(event)]);
      if (point >= 0 && how === 'replace' && (!adding || host.isSelected(point))) {
        if (!host.isSelected(point)) host.select([point], 'replace');
        doing = host.takeUp(point) ? 'drag' : 'none';
      } else {
        doing = 'lasso';
        outline = [start.x, start.y];
      }
    }
    if (doing === 'drag') {
      const [x, y] = [within(now.x, element.clientWidth), within(now.y, element.clientHeight)]; // not out of sight
      host.carry(x - start.x, y - start.y);
    }
    if (doing === 'lasso') {
      const [x, y] = [outline.at(-2) ?? 0, outline.at(-1) ?? 0];
      if (apart({ x, y }, now) > 3) outline.push(now.x, now.y);
      host.lasso(outline);
    }
  });

  element.addEventListener('pointerup', (event) => {
    clearTimeout(rest);
    down.delete(event.pointerId);
    if (doing === 'press') {
      if (point >= 0) host.select([point], how === 'add' || (how === 'replace' && adding) ? 'toggle' : how);
      else if (how === 'replace' && !adding) host.select([], 'replace');
    }
    if (doing === 'drag') host.letGo(true);
    if (doing === 'lasso') {
      host.lasso(null);
      host.enclosed(outline, how === 'replace' && adding ? 'add' : how);
    }
    const now = spot(event);
    if (doing === 'press' || doing === 'pan') host.hover(now.x, now.y);
    if (doing !== 'pinch' || !down.size) doing = 'none';
  });

  element.addEventListener('pointercancel', (event) => {
    down.delete(event.pointerId);
    cancel();
  });
  element.addEventListener('pointerleave', (event) => {
    if (tip(event) === 'fine') host.leave(); // what a finger has shown stays when it is lifted
  });
  element.addEventListener('contextmenu', (event) => event.preventDefault());
  element.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      host.touch();
      const { x, y } = spot(event);
      const lines = event.deltaMode === 1 ? 20 : 1;
      // A pinch on a touch pad comes as a wheel with Ctrl and small steps.
      const step = event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016);
      host.zoom(Math.exp(-Math.max(-0.5, Math.min(0.5, step))), x, y);
    },
    { passive: false },
  );
  return { cancel };
}

/** @param {PointerEvent} event */
const tip = ({ pointerType }) => (pointerType === 'touch' ? 'finger' : 'fine');

/** @param {number} v @param {number} length */
const within = (v, length) => Math.max(0, Math.min(length, v));

/** @param {Spot} a @param {Spot} b */
const apart = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
