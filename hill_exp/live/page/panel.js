// @ts-check
/** What stands about the canvas: legend, budget, dots. */

import { byId, element } from './dom.js';
import { fresh, left } from './edit.js';
import { refill } from './roving.js';

/** @typedef {import('./types').Edit} Edit */
/** @typedef {import('./types').Category} Category */
/** @typedef {import('./types').Colouring} Colouring */

/** A legend of more entries can be searched. */
const SEARCHED = 12;

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
 * The entries of all categories, less those that are empty and tell nothing.
 * @param {Colouring} colouring
 * @param {object} does
 * @param {ReadonlySet<number> | null} does.held            the categories that are shown alone; null: all are
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
    item.setAttribute('role', 'none'); // the list is a toolbar of buttons
    const entry = /** @type {HTMLButtonElement} */ (element('button', 'entry'));
    const mark = /** @type {HTMLCanvasElement} */ (element('canvas'));
    paint(mark, category);
    entry.type = 'button';
    entry.title = category.name;
    entry.dataset.category = String(k);
    const count = element('span', 'count', String(category.count));
    count.append(element('span', 'heard', category.count === 1 ? ' point' : ' points'));
    mark.setAttribute('aria-hidden', 'true');
    entry.append(mark, element('span', 'name', category.name), count);
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
  refill(byId('legend'), items);
  byId('search').hidden = items.length <= SEARCHED;
  search();
  showHeld(held);
}

/** Hides the entries without what is searched for; gives the categories of the others. */
export function search() {
  const words = /** @type {HTMLInputElement} */ (byId('search')).value.trim().toLowerCase();
  return [...byId('legend').querySelectorAll('li')].flatMap((item) => {
    const entry = /** @type {HTMLElement} */ (item.querySelector('[data-category]'));
    item.hidden = !byId('search').hidden && !entry.title.toLowerCase().includes(words);
    return item.hidden ? [] : [Number(entry.dataset.category)];
  });
}

/** Which entries of the legend are pressed. @param {ReadonlySet<number> | null} held  their categories */
export function showHeld(held) {
  for (const entry of byId('legend').querySelectorAll('[data-category]'))
    entry.setAttribute(
      'aria-pressed',
      String(held?.has(Number(/** @type {HTMLElement} */ (entry).dataset.category)) ?? false),
    );
  byId('filter-clear').hidden = held === null;
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

/** One dot a turn. @param {number} turn @param {number} turns */
export function showDots(turn, turns) {
  const dots = Array.from({ length: Math.min(turns, 40) }, (_, k) =>
    element('li', k < turn ? 'past' : k === turn ? 'now' : ''),
  );
  byId('dots').replaceChildren(...dots);
}
