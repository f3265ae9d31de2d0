// @ts-check
/** The card at the pointer. */

import { showCard } from './cards.js';
import { observedName, percent, predictedName } from './colours.js';
import { byId, element } from './dom.js';

/** @typedef {import('./types').View} View */

/**
 * The card at the pointer, and why the point cannot be moved if it cannot.
 * @param {View} view
 * @param {number} i  -1: none
 * @param {number} x
 * @param {number} y
 * @param {number} lean  where most of what is lit lies: below 0 to the left, above 0 to the right
 * @param {string | null} note
 * @param {(mode: 'observed' | 'predicted', i: number) => HTMLElement | null} mark  of the class; null: it has none
 */
export function showTip(view, i, x, y, lean, note, mark) {
  const tip = byId('tip');
  tip.hidden = i < 0;
  if (i < 0) return;
  if (tip.dataset.point !== String(i)) {
    tip.dataset.point = String(i);
    showCard(byId('tip-card'), view, i, 128, true);
    showNear(view, view.neighbours?.[i] ?? []);
  }
  byId('tip-observed').replaceChildren(...withMark(observedName(view, i), mark('observed', i)));
  const { predictions, confidence } = view.tells;
  byId('tip-predicted').replaceChildren(
    ...(predictions ? withMark(predictedName(view, i), mark('predicted', i)) : []),
    ...(confidence ? [element('small', '', percent(view.confidence[i] ?? 0))] : []),
  );
  tip.toggleAttribute('data-mute', !predictions && !confidence);
  byId('tip-note').textContent = note ?? '';
  const stage = byId('stage');
  const [width, height] = [tip.offsetWidth, tip.offsetHeight];
  const [before, after] = [x - 28 - width, x + 28];
  const right = (lean > 0 && before > 0) || after + width > stage.clientWidth ? before : after; // beside what is lit
  const down = Math.max(6, Math.min(stage.clientHeight - height - 6, y - height / 2));
  tip.style.transform = `translate(${Math.round(Math.max(6, right))}px, ${Math.round(down)}px)`;
}

/** The pictures of the points that are nearest to another in the latent space. @param {View} view @param {readonly number[]} near */
function showNear(view, near) {
  byId('tip-near').hidden = !view.sheet || !near.length;
  if (!view.sheet) return;
  const cards = near.filter((i) => !view.reserved[i]).map((i) => {
    const card = element('div');
    showCard(card, view, i, 30, false);
    return card;
  });
  byId('tip-cards').replaceChildren(...cards);
}

/** @param {string} name @param {HTMLElement | null} mark */
const withMark = (name, mark) => [...(mark ? [mark] : []), element('span', '', name)];
