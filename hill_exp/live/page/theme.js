// @ts-check
/**
 * Light or dark, shapes or colours alone: as the person chose, and until then as the system has it. Colours of the surfaces
 * stand in style/theme.css alone and are read from there; those of the data are a palette of their own.
 */

import { DARK, LIGHT } from './colours.js';

/** @typedef {import('./types').Theme} Theme */

/** Where the browser keeps the choices. */
const THEME = 'hill theme';
const SHAPES = 'hill shapes';

const dark = matchMedia('(prefers-color-scheme: dark)');
const contrast = matchMedia('(prefers-contrast: more)');
/** The system's few colours stand for all others (the contrast themes of Windows); a choice of ours is void. */
const forced = matchMedia('(forced-colors: active)');

const chosen = () => (forced.matches ? null : localStorage.getItem(THEME));

/** The theme that the page has now. @returns {Theme} */
export function currentTheme() {
  const style = getComputedStyle(document.documentElement);
  const surface = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`);
  const shapes = localStorage.getItem(SHAPES);
  return {
    ...((chosen() ?? (dark.matches ? 'dark' : 'light')) === 'dark' ? DARK : LIGHT),
    shaped: shapes ? shapes === 'on' : contrast.matches || forced.matches,
    ink: surface('ink'),
    paper: surface('paper'),
    page: surface('page'),
    accent: surface('accent'),
  };
}

/** Puts the chosen theme on the page. @param {() => void} changed  called where the system's changes */
export function followTheme(changed) {
  const choice = localStorage.getItem(THEME);
  if (choice) document.documentElement.dataset.theme = choice;
  for (const wish of [dark, contrast, forced]) wish.addEventListener('change', changed);
}

/** @param {boolean} toDark */
export function chooseTheme(toDark) {
  const choice = toDark ? 'dark' : 'light';
  document.documentElement.dataset.theme = choice;
  localStorage.setItem(THEME, choice);
}

/** @param {boolean} shaped */
export const chooseShapes = (shaped) => localStorage.setItem(SHAPES, shaped ? 'on' : 'off');
