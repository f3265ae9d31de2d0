// @ts-check
/** The turns that are over, as a film strip: each as it was left. */

import { byId, element } from './dom.js';
import { at, bounds } from './geometry.js';
import { answered } from './panel.js';
import { refill } from './roving.js';
import { context } from './surface.js';

/** @typedef {import('./types').Past} Past */
/** @typedef {import('./types').View} View */

/** Pixels of a picture. */
const [WIDTH, HEIGHT, MARGIN] = [72, 50, 4];

/** The turns before, the first first. @param {View} view @returns {Past[]} */
export const turnsOf = ({ past, previous }) => (previous ? [...past, previous] : []);

/**
 * @param {View | null} view
 * @param {import('./types').Colouring} colouring
 * @param {import('./types').Theme} theme
 * @param {Past | null} chosen  null: none is looked at
 * @param {(past: Past) => void} choose
 */
export function showReel(view, colouring, theme, chosen, choose) {
  const turns = view ? turnsOf(view) : [];
  byId('reel').hidden = turns.length < 2; // of one alone there are Before and As edited
  if (turns.length < 2) return;
  const films = turns.map((past, k) => {
    const film = /** @type {HTMLButtonElement} */ (element('button', 'film'));
    const picture = /** @type {HTMLCanvasElement} */ (element('canvas'));
    film.type = 'button';
    film.title = `Turn ${k + 1}, as you left it. ${answered(past.followed)}`;
    film.setAttribute('aria-label', film.title);
    film.setAttribute('aria-pressed', String(past === chosen));
    film.addEventListener('click', () => choose(past));
    paint(picture, past, colouring, theme);
    film.append(picture, element('span', '', String(k + 1)));
    return film;
  });
  refill(byId('reel'), films);
}

/** @param {HTMLCanvasElement} canvas @param {Past} past @param {import('./types').Colouring} colouring @param {import('./types').Theme} theme */
function paint(canvas, { edited, moved }, { categories, of }, theme) {
  canvas.width = 2 * WIDTH;
  canvas.height = 2 * HEIGHT;
  const ctx = context(canvas);
  ctx.scale(2, 2);
  const { left, right, low, high } = bounds(edited);
  const scale = Math.min((WIDTH - 2 * MARGIN) / (right - left || 1), (HEIGHT - 2 * MARGIN) / (high - low || 1));
  /** @param {number} i @param {number} size */
  const dot = (i, size) =>
    ctx.fillRect(
      WIDTH / 2 + (at(edited, 2 * i) - (left + right) / 2) * scale - size / 2,
      HEIGHT / 2 - (at(edited, 2 * i + 1) - (low + high) / 2) * scale - size / 2,
      size,
      size,
    );
  for (let i = 0; i < of.length; i++) {
    ctx.fillStyle = categories[at(of, i)]?.colour ?? theme.grey;
    dot(i, 2);
  }
  ctx.fillStyle = theme.accent;
  for (const i of moved) dot(i, 3.5);
}
