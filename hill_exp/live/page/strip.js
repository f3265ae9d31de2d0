// @ts-check
/** What is selected, as a strip of cards: all of it, in an order. */

import { kindOf, showCard } from './cards.js';
import { ORDERS, ordered, ordersOf } from './choosing.js';
import { described, modelSays, observedName } from './colours.js';
import { byId, element } from './dom.js';
import { counted } from './panel.js';
import { refill } from './roving.js';

/** @typedef {import('./types').View} View */
/** @typedef {import('./types').Colouring} Colouring */
/** @typedef {import('./choosing.js').Order} Order */
/**
 * @typedef {object} Does
 * @property {(i: number) => void} point   the pointer is at it; -1: at none
 * @property {(i: number) => void} find    it is brought into sight
 * @property {(i: number) => void} remove
 */

/** Cards that are made at once; more come as one scrolls to the end. */
const PORTION = 60;

/** @type {IntersectionObserver | null} */
let watching = null;

/**
 * @param {View | null} view
 * @param {Float64Array} places
 * @param {readonly number[]} selection
 * @param {Colouring} colouring
 * @param {Order} order
 * @param {boolean} editable
 * @param {Does} does
 */
export function showStrip(view, places, selection, colouring, order, editable, does) {
  const strip = byId('strip');
  byId('strip-title').textContent = selection.length ? `Selection: ${counted(selection.length, 'point')}` : 'Selection';
  byId('strip-clear').hidden = !selection.length;
  watching?.disconnect();
  showOrders(view, selection.length > 1 ? order : null);
  if (!view || !selection.length) {
    const hints = editable
      ? [
          'Draw around points to select them, then drag one of them. With Shift the line may begin on a point.',
          'G gathers the selection into a pile at the pointer.',
        ]
      : [`Point at a mark to see its ${view ? kindOf(view) : 'image'}.`];
    return strip.replaceChildren(...hints.map((hint) => element('p', '', hint)));
  }
  const points = ordered(view, places, selection, order);
  refill(strip, points.slice(0, PORTION).map((i) => tileOf(view, i, colouring, editable, does)));
  if (points.length > PORTION) goOn(view, points, colouring, editable, does);
}

/** The cards after the first, as one comes to the end of those there are. @param {View} view @param {number[]} points @param {Colouring} colouring @param {boolean} editable @param {Does} does */
function goOn(view, points, colouring, editable, does) {
  const strip = byId('strip');
  const end = element('p', 'end', '\u2026');
  let made = PORTION;
  strip.append(end);
  watching = new IntersectionObserver(
    ([seen]) => {
      if (!seen?.isIntersecting) return;
      end.before(
        ...points.slice(made, made + PORTION).map((i) => tileOf(view, i, colouring, editable, does)),
      );
      made += PORTION;
      watching?.unobserve(end);
      if (made < points.length) watching?.observe(end);
      else end.remove();
    },
    { root: strip, rootMargin: '300px' },
  );
  watching.observe(end);
}

/** @param {View} view @param {number} i @param {Colouring} colouring @param {boolean} editable @param {Does} does */
function tileOf(view, i, colouring, editable, does) {
  const tile = /** @type {HTMLButtonElement} */ (element('button'));
  const card = element('div');
  showCard(card, view, i, 38, false);
  tile.classList.toggle('wide', !view.sheet);
  tile.type = 'button';
  tile.style.borderColor = colouring.categories[colouring.of[i] ?? 0]?.colour ?? '';
  const model = modelSays(view, i);
  tile.title = `observed ${observedName(view, i)}${model && `, predicted ${model}`}\nclick: show where it lies`;
  tile.setAttribute('aria-label', `${described(view, i)}. Show where it lies${editable ? '; Delete: take out' : ''}`);
  tile.append(card);
  if (editable) {
    const out = element('span', 'out', '\u00d7');
    out.title = 'take out of the selection';
    tile.append(out);
  }
  tile.addEventListener('pointerenter', () => does.point(i));
  tile.addEventListener('pointerleave', () => does.point(-1));
  tile.addEventListener('click', ({ target }) =>
    /** @type {Element} */ (target).closest('.out') ? does.remove(i) : does.find(i),
  );
  tile.addEventListener('keydown', ({ key }) => {
    if (editable && (key === 'Delete' || key === 'Backspace')) does.remove(i);
  });
  return tile;
}

/** @param {View | null} view @param {Order | null} order  null: there is nothing to order */
function showOrders(view, order) {
  const choice = /** @type {HTMLSelectElement} */ (byId('strip-order'));
  choice.hidden = !view || !order;
  if (!view || !order) return;
  const options = ordersOf(view).map((one) => new Option(ORDERS[one], one, one === order, one === order));
  choice.replaceChildren(...options);
}
