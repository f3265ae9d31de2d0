// @ts-check
/** What stands about the canvas: legend, budget, strip of the selection, the thumbnail at the pointer, dots. */

import { described, observedName, percent, predictedName } from './colours.js';
import { byId, element } from './dom.js';
import { fresh, left } from './edit.js';

/** @typedef {import('./types').View} View */
/** @typedef {import('./types').Edit} Edit */
/** @typedef {import('./types').Category} Category */
/** @typedef {import('./types').Colouring} Colouring */

/** Thumbnails in the strip; of a larger selection the rest is counted. */
const STRIP = 60;

/** 95 -> 1:35. @param {number} seconds */
export const clock = (seconds) =>
  `${Math.floor(Math.ceil(seconds) / 60)}:${String(Math.ceil(seconds) % 60).padStart(2, '0')}`;

/** @param {number} n @param {string} one @param {string} [many] */
export const counted = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

/**
 * How many of the moved points have followed the last edit, and the embedding response; empty where none was moved.
 * @param {import('./protocol').Share | null | undefined} followed
 * @param {number | null} [response]
 */
export function answered(followed, response = null) {
  const [number, moved] = followed ?? [0, 0];
  if (!moved) return '';
  const points =
    moved === 1
      ? `The point that you moved has ${number ? '' : 'not '}followed`
      : `${number} of the ${moved} points that you moved ${number === 1 ? 'has' : 'have'} followed`;
  if (response === null) return `${points}.`;
  const sign = response < 0 ? '\u2212' : '+';
  return `${points} (embedding response ${sign}${Math.abs(response).toFixed(2)}).`;
}

/**
 * Shows tile i of the sheet in an element of so many pixels.
 * @param {HTMLElement} into
 * @param {View} view
 * @param {number} i
 * @param {number} size
 */
function thumb(into, { sheet, n }, i, size) {
  const rows = Math.ceil(n / sheet.columns);
  into.classList.toggle('crisp', sheet.width < size);
  into.style.backgroundImage = `url("${encodeURI(sheet.url)}")`;
  into.style.backgroundSize = `${sheet.columns * size}px ${rows * size}px`;
  into.style.backgroundPosition = `${-(i % sheet.columns) * size}px ${-Math.floor(i / sheet.columns) * size}px`;
}

/**
 * The entries of all categories, less those that are empty and tell nothing.
 * @param {Colouring} colouring
 * @param {object} does
 * @param {number | null} does.held                         the category whose light is held on
 * @param {(canvas: HTMLCanvasElement, category: Category) => void} does.paint
 * @param {(k: number | null) => void} does.light
 * @param {(k: number) => void} does.hold
 * @param {((k: number) => void) | null} does.pick          null: nothing can be selected
 */
export function showLegend(colouring, { held, paint, light, hold, pick }) {
  const many = colouring.categories.length > 20;
  const items = colouring.categories.flatMap((category, k) => {
    if (!category.count && (many || category.unlabelled)) return [];
    const item = element('li');
    const entry = /** @type {HTMLButtonElement} */ (element('button', 'entry'));
    const mark = /** @type {HTMLCanvasElement} */ (element('canvas'));
    paint(mark, category);
    entry.type = 'button';
    entry.title = category.name;
    entry.dataset.category = String(k);
    entry.setAttribute('aria-label', `${category.name}, ${counted(category.count, 'point')}: light up`);
    entry.append(mark, element('span', 'name', category.name), element('span', 'count', String(category.count)));
    entry.addEventListener('pointerenter', () => light(k));
    entry.addEventListener('pointerleave', () => light(null));
    entry.addEventListener('focus', () => light(k));
    entry.addEventListener('blur', () => light(null));
    entry.addEventListener('click', () => hold(k));
    item.append(entry);
    if (pick) {
      const picks = /** @type {HTMLButtonElement} */ (element('button', 'link pick', 'select'));
      picks.type = 'button';
      picks.setAttribute('aria-label', `Select the points of ${category.name}`);
      picks.addEventListener('click', () => pick(k));
      item.append(picks);
    }
    return [item];
  });
  byId('legend').replaceChildren(...items);
  showHeld(held);
}

/** Which entry of the legend is pressed. @param {number | null} held  its category */
export function showHeld(held) {
  for (const entry of byId('legend').querySelectorAll('[data-category]'))
    entry.setAttribute('aria-pressed', String(/** @type {HTMLElement} */ (entry).dataset.category === String(held)));
}

/**
 * What is left, and what moving the selection would take.
 * @param {Edit} edit
 * @param {number} at  seconds since the view was shown
 */
export function showBudget(edit, at) {
  const has = left(edit, at);
  const { budget } = edit.view;
  const cost = fresh(edit, edit.selection);
  const rows = [];
  if (budget.points !== null && has.points !== null) {
    const over = cost > has.points;
    const row = gauge(
      'Points',
      `${has.points} of ${budget.points} left`,
      has.points,
      budget.points,
      has.points === 0,
      over ? has.points : cost,
    );
    if (over && has.points > 0) row.append(element('p', 'over', `The selection needs ${cost}.`));
    rows.push(row);
  }
  if (budget.gestures !== null && has.gestures !== null) {
    rows.push(
      gauge(
        'Gestures',
        `${has.gestures} of ${budget.gestures} left`,
        has.gestures,
        budget.gestures,
        has.gestures === 0,
        0,
      ),
    );
  }
  if (budget.seconds !== null && has.seconds !== null) {
    rows.push(
      gauge(
        'Time',
        `${clock(has.seconds)} left`,
        has.seconds,
        budget.seconds,
        has.seconds < Math.min(30, budget.seconds / 5),
        0,
      ),
    );
  }
  byId('budget').replaceChildren(...rows);
}

/**
 * @param {string} name
 * @param {string} text
 * @param {number} has
 * @param {number} of
 * @param {boolean} low
 * @param {number} cost
 */
function gauge(name, text, has, of, low, cost) {
  const row = element('div', low ? 'low' : '');
  const line = element('p', 'line');
  line.append(element('span', '', name), element('b', '', text));
  const bar = element('div', 'bar');
  const [rest, would] = [element('i'), element('i', 'cost')];
  rest.style.width = `${(100 * (has - cost)) / of}%`;
  would.style.width = `${(100 * cost) / of}%`;
  bar.append(rest, would);
  row.append(line, bar);
  return row;
}

/**
 * @param {View | null} view
 * @param {readonly number[]} selection
 * @param {Colouring} colouring
 * @param {{point: (i: number) => void, remove: (i: number) => void, editable: boolean}} does
 */
export function showStrip(view, selection, colouring, { point, remove, editable }) {
  byId('strip-title').textContent = selection.length ? `Selection: ${counted(selection.length, 'point')}` : 'Selection';
  byId('strip-clear').hidden = !selection.length;
  if (!view || !selection.length) {
    const hints = editable
      ? [
          'Draw around points to select them, then drag one of them. With Shift the line may begin on a point.',
          'G gathers the selection into a pile at the pointer.',
        ]
      : ['Point at a mark to see its image.'];
    byId('strip').replaceChildren(...hints.map((hint) => element('p', '', hint)));
    return;
  }
  const tiles = selection.slice(0, STRIP).map((i) => {
    const tile = /** @type {HTMLButtonElement} */ (element('button'));
    const picture = element('div', 'thumb');
    thumb(picture, view, i, 38);
    tile.type = 'button';
    tile.style.borderColor = colouring.categories[colouring.of[i] ?? 0]?.colour ?? '';
    tile.title = `observed ${observedName(view, i)}, predicted ${predictedName(view, i)}\nclick: take out of the selection`;
    tile.setAttribute('aria-label', `${described(view, i)}. Take out of the selection`);
    tile.append(picture);
    tile.addEventListener('pointerenter', () => point(i));
    tile.addEventListener('pointerleave', () => point(-1));
    tile.addEventListener('click', () => remove(i));
    return tile;
  });
  const more = selection.length > STRIP ? [element('p', '', `and ${selection.length - STRIP} more`)] : [];
  byId('strip').replaceChildren(...tiles, ...more);
}

/**
 * The thumbnail at the pointer, and why the point cannot be moved if it cannot.
 * @param {View} view
 * @param {number} i  -1: none
 * @param {number} x
 * @param {number} y
 * @param {string | null} note
 * @param {(mode: 'observed' | 'predicted', i: number) => string} colour
 */
export function showTip(view, i, x, y, note, colour) {
  const tip = byId('tip');
  tip.hidden = i < 0;
  if (i < 0) return;
  const picture = /** @type {HTMLElement} */ (tip.querySelector('.thumb'));
  if (tip.dataset.point !== String(i)) {
    tip.dataset.point = String(i);
    thumb(picture, view, i, 84);
  }
  byId('tip-observed').replaceChildren(...withMark(observedName(view, i), colour('observed', i)));
  byId('tip-predicted').replaceChildren(
    ...withMark(predictedName(view, i), colour('predicted', i)),
    element('small', '', percent(view.confidence[i] ?? 0)),
  );
  byId('tip-note').textContent = note ?? '';
  const stage = byId('stage');
  const [width, height] = [tip.offsetWidth, tip.offsetHeight];
  const right = x + 18 + width < stage.clientWidth ? x + 18 : x - 18 - width;
  const down = Math.max(6, Math.min(stage.clientHeight - height - 6, y - height / 2));
  tip.style.transform = `translate(${Math.round(Math.max(6, right))}px, ${Math.round(down)}px)`;
}

/** @param {string} name @param {string} colour */
function withMark(name, colour) {
  const words = element('span', '', name);
  if (!colour) return [words];
  const mark = element('span', 'mark');
  mark.style.background = colour;
  return [mark, words];
}

/** One dot a turn. @param {number} turn @param {number} turns */
export function showDots(turn, turns) {
  const dots = Array.from({ length: Math.min(turns, 40) }, (_, k) =>
    element('li', k < turn ? 'past' : k === turn ? 'now' : ''),
  );
  byId('dots').replaceChildren(...dots);
}
