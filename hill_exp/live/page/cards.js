// @ts-check
/** What a person sees of a point: its picture, a text, or its values as a row of bars. */

import { element } from './dom.js';

/** @typedef {import('./types').View} View */
/** @typedef {import('./protocol').Values} Values */

/** A value so many standard deviations from the mean has a bar of full length. */
const FULL = 2.5;
/** So many values are named, those farthest from the mean. */
const NAMED = 6;
/** Of the bars, in units of their picture. */
const [WIDTH, HEIGHT] = [256, 32];
const SVG = 'http://www.w3.org/2000/svg';

/** What the points of a view are shown by. @param {View} view @returns {'image' | 'text' | 'values'} */
export const kindOf = ({ sheet, texts }) => (sheet ? 'image' : texts ? 'text' : 'values');

/**
 * Shows point i in an element.
 * @param {HTMLElement} into
 * @param {View} view
 * @param {number} i
 * @param {number} size    pixels, of a picture
 * @param {boolean} whole  with the values in words
 */
export function showCard(into, view, i, size, whole) {
  const { sheet, texts, values } = view;
  into.className = `card-of ${kindOf(view)}`;
  if (sheet) thumb(into, sheet, view.n, i, size);
  else if (texts) into.textContent = texts[i] ?? '';
  else if (values) {
    into.replaceChildren(bars(values, i));
    if (whole) into.append(words(values, i));
  }
}

/** The text of a point, for those who hear the page; empty where it has none. @param {View} view @param {number} i */
export const spoken = ({ texts, values }, i) =>
  texts?.[i] ??
  (values
    ? farthest(values, i)
        .map(({ name, value }) => `${name} ${value}`)
        .join(', ')
    : '');

/**
 * @param {HTMLElement} into
 * @param {import('./protocol').Sheet} sheet
 * @param {number} n  tiles
 * @param {number} i
 * @param {number} size
 */
function thumb(into, sheet, n, i, size) {
  const rows = Math.ceil(n / sheet.columns);
  into.classList.toggle('crisp', sheet.width < size);
  into.style.backgroundImage = `url("${encodeURI(sheet.url)}")`;
  into.style.backgroundSize = `${sheet.columns * size}px ${rows * size}px`;
  into.style.backgroundPosition = `${-(i % sheet.columns) * size}px ${-Math.floor(i / sheet.columns) * size}px`;
}

/** @type {WeakMap<Values, {means: number[], spreads: number[]}>} */
const known = new WeakMap();

/**
 * The values of point i, each as so many standard deviations from its mean over all points; 0 where all are the same.
 * @param {Values} values
 * @param {number} i
 * @returns {number[]}
 */
export function scores(values, i) {
  const { rows } = values;
  let scale = known.get(values);
  if (!scale) {
    const means = (rows[0] ?? []).map((_, k) => mean(rows.map((row) => row[k] ?? 0)));
    const spreads = means.map((m, k) => Math.sqrt(mean(rows.map((row) => ((row[k] ?? 0) - m) ** 2))));
    scale = { means, spreads };
    known.set(values, scale);
  }
  const { means, spreads } = scale;
  return (rows[i] ?? []).map((value, k) => {
    const spread = spreads[k] ?? 0;
    return spread > 0 ? (value - (means[k] ?? 0)) / spread : 0;
  });
}

/** @param {readonly number[]} numbers */
const mean = (numbers) => numbers.reduce((sum, x) => sum + x / numbers.length, 0);

/**
 * The values of point i that lie farthest from their means, the farthest first.
 * @param {Values} values
 * @param {number} i
 * @returns {{name: string, value: number}[]}
 */
export function farthest(values, i) {
  const far = scores(values, i).map(Math.abs);
  return [...far.keys()]
    .sort((a, b) => (far[b] ?? 0) - (far[a] ?? 0))
    .slice(0, NAMED)
    .map((k) => ({ name: values.names?.[k] ?? `value ${k}`, value: values.rows[i]?.[k] ?? NaN }));
}

/**
 * The outline of a row of bars, up from the middle where a score is above 0 and down where it is below.
 * @param {readonly number[]} of  scores
 */
export function outline(of) {
  const step = WIDTH / of.length;
  return of
    .map((score, k) => {
      const length = (HEIGHT / 2) * Math.max(-1, Math.min(1, score / FULL));
      return `M${short(k * step)} ${HEIGHT / 2}v${short(-length)}h${short(0.8 * step)}v${short(length)}z`;
    })
    .join('');
}

/** @param {number} x */
const short = (x) => Number(x.toFixed(2));

/** @param {Values} values @param {number} i */
function bars(values, i) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  for (const [name, d] of [
    ['base', `M0 ${HEIGHT / 2}h${WIDTH}`],
    ['bars', outline(scores(values, i))],
  ]) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('class', name ?? '');
    path.setAttribute('d', d ?? '');
    svg.append(path);
  }
  return svg;
}

/** The values that stand out, and how many are shown. @param {Values} values @param {number} i */
function words(values, i) {
  const list = element('ul');
  for (const { name, value } of farthest(values, i)) {
    const item = element('li');
    item.append(element('span', 'name', name), element('b', '', String(value)));
    list.append(item);
  }
  const shown = values.rows[i]?.length ?? 0;
  if (shown < values.all) list.append(element('li', 'quiet', `the first ${shown} of ${values.all} values`));
  return list;
}
