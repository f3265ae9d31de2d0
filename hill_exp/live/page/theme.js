// @ts-check
/**
 * Light or dark: as the person chose, and until then as the system has it. Colours of the surfaces stand in
 * style/theme.css alone and are read from there; those of the data are a palette of their own.
 */

import { DARK, LIGHT } from './colours.js';

/** @typedef {import('./types').Theme} Theme */

/** Where the browser keeps the choice. */
const KEY = 'hill theme';

const system = matchMedia('(prefers-color-scheme: dark)');

const chosen = () => localStorage.getItem(KEY);

/** The theme that the page has now. @returns {Theme} */
export function currentTheme() {
  const style = getComputedStyle(document.documentElement);
  const surface = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`);
  return {
    ...((chosen() ?? (system.matches ? 'dark' : 'light')) === 'dark' ? DARK : LIGHT),
    ink: surface('ink'),
    paper: surface('paper'),
    page: surface('page'),
    accent: surface('accent'),
  };
}

/** Puts the chosen theme on the page. @param {() => void} changed  called where the system's changes and none is chosen */
export function followTheme(changed) {
  const choice = chosen();
  if (choice) document.documentElement.dataset.theme = choice;
  system.addEventListener('change', () => {
    if (!chosen()) changed();
  });
}

/** @param {boolean} dark */
export function chooseTheme(dark) {
  const choice = dark ? 'dark' : 'light';
  document.documentElement.dataset.theme = choice;
  localStorage.setItem(KEY, choice);
}
