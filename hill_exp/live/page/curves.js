// @ts-check
/** Small learning curves: each a line of its own, with its last value in words. */

/**
 * @typedef {object} Curve
 * @property {string} name
 * @property {(number | null)[]} xs
 * @property {(number | null)[]} ys
 * @property {(y: number) => string} words
 * @property {[number, number]} [span]  of y, where it is fixed
 * @property {boolean} [dots]
 */

const WIDTH = 190;
const HEIGHT = 40;
const EDGE = 4;
const SVG = 'http://www.w3.org/2000/svg';

/**
 * The corners of a curve in a box of WIDTH by HEIGHT; what is not known is left out.
 * @param {Pick<Curve, 'xs' | 'ys' | 'span'>} curve
 * @param {number} [last]  the x of the right edge
 * @returns {[number, number][]}
 */
export function corners({ xs, ys, span }, last) {
  /** @type {[number, number][]} */
  const known = [];
  xs.forEach((x, k) => {
    const y = ys[k];
    if (x !== null && y !== null && y !== undefined && Number.isFinite(y)) known.push([x, y]);
  });
  if (!known.length) return [];
  const values = known.map(([, y]) => y);
  const [low, high] = span ?? [Math.min(0, ...values), Math.max(...values)];
  const first = Math.min(...known.map(([x]) => x));
  const end = Math.max(last ?? 0, ...known.map(([x]) => x));
  /** @param {number} v @param {number} from @param {number} to */
  const share = (v, from, to) => (to > from ? (v - from) / (to - from) : 0.5);
  return known.map(([x, y]) => [
    EDGE + (WIDTH - 2 * EDGE) * share(x, Math.min(first, 1), end),
    HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * share(y, low, high),
  ]);
}

/** @param {HTMLElement} into @param {Curve[]} curves @param {number} [last] the x of the right edge */
export function showCurves(into, curves, last) {
  into.replaceChildren(...curves.map((curve) => figure(curve, curve.dots ? undefined : last)));
}

/** @param {Curve} curve @param {number} [last] */
function figure(curve, last) {
  const line = corners(curve, last);
  const value = curve.ys.filter((y) => y !== null && Number.isFinite(y)).at(-1) ?? null;
  const box = document.createElement('figure');
  const title = document.createElement('figcaption');
  const [name, reading] = [document.createElement('span'), document.createElement('b')];
  name.textContent = curve.name;
  reading.textContent = value === null ? 'none yet' : curve.words(value);
  title.append(name, reading);
  const svg = make('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img' });
  svg.setAttribute('aria-label', `${curve.name}: ${reading.textContent}, after ${line.length} steps`);
  svg.append(make('line', { class: 'base', x1: 0, x2: WIDTH, y1: HEIGHT - 0.5, y2: HEIGHT - 0.5 }));
  if (line.length) {
    svg.append(
      make('polyline', {
        class: 'curve',
        points: line.map((corner) => corner.map((v) => v.toFixed(1)).join(',')).join(' '),
      }),
    );
    const dots = curve.dots ? line : line.slice(-1);
    svg.append(...dots.map(([cx, cy]) => make('circle', { class: 'dot', cx, cy, r: 2.6 })));
  }
  box.append(title, svg);
  return box;
}

/** @param {string} name @param {Record<string, string | number>} attributes */
function make(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}
