// @ts-check
/** Mouse, pen and fingers on the canvas: what they mean. The host does it. */

/**
 * @typedef {object} Host
 * @property {(x: number, y: number) => number} hit                          the point there or beside, or -1
 * @property {(x: number, y: number) => number} grip                         the point right there, or -1
 * @property {(i: number) => boolean} isSelected
 * @property {() => boolean} panning                                         the pointer moves the picture
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

/** What a press is becoming. */
/** @typedef {'press' | 'lasso' | 'drag' | 'pan' | 'pinch' | 'none'} Doing */

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
  /** @type {number[]} */
  let outline = [];

  /** @param {MouseEvent} event @returns {Spot} */
  const spot = (event) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  const cancel = () => {
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
    point = host.hit(start.x, start.y);
    how = event.altKey ? 'remove' : event.shiftKey || event.ctrlKey || event.metaKey ? 'add' : 'replace';
    doing = 'press';
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
    if (doing === 'press' && apart(start, now) > STILL) {
      // A stroke that begins beside a mark is a lasso: among many points there is little room to begin one.
      point = host.grip(start.x, start.y);
      if (point >= 0 && how === 'replace') {
        if (!host.isSelected(point)) host.select([point], 'replace');
        doing = host.takeUp(point) ? 'drag' : 'none';
      } else {
        doing = 'lasso';
        outline = [start.x, start.y];
      }
    }
    if (doing === 'drag') host.carry(now.x - start.x, now.y - start.y);
    if (doing === 'lasso') {
      const [x, y] = [outline.at(-2) ?? 0, outline.at(-1) ?? 0];
      if (apart({ x, y }, now) > 3) outline.push(now.x, now.y);
      host.lasso(outline);
    }
  });

  element.addEventListener('pointerup', (event) => {
    down.delete(event.pointerId);
    if (doing === 'press') {
      if (point >= 0) host.select([point], how === 'add' ? 'toggle' : how);
      else if (how === 'replace') host.select([], 'replace');
    }
    if (doing === 'drag') host.letGo(true);
    if (doing === 'lasso') {
      host.lasso(null);
      host.enclosed(outline, how);
    }
    const now = spot(event);
    if (doing === 'press' || doing === 'pan') host.hover(now.x, now.y);
    if (doing !== 'pinch' || !down.size) doing = 'none';
  });

  element.addEventListener('pointercancel', (event) => {
    down.delete(event.pointerId);
    cancel();
  });
  element.addEventListener('pointerleave', () => host.leave());
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

/** @param {Spot} a @param {Spot} b */
const apart = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
