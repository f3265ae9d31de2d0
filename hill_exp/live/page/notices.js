// @ts-check
/** Short words to the person: seen over the canvas, heard, or asked back. */

import { byId, dialog } from './dom.js';

/** @typedef {import('./app.js').App} App */

/** @param {App} app @param {string} text  empty: away with it */
export function toast(app, text) {
  clearTimeout(app.toastTimer);
  byId('toast').textContent = text;
  byId('toast').hidden = !text;
  if (text) app.toastTimer = setTimeout(() => toast(app, ''), 2500 + 45 * text.length);
}

/** @param {string} text  for those who hear the page */
export function announce(text) {
  byId('announce').textContent = text;
}

/** @param {string} title @param {string} text @param {string} yes  on the button @param {() => void} then */
export function ask(title, text, yes, then) {
  byId('confirm-title').textContent = title;
  byId('confirm-text').textContent = text;
  byId('confirm-yes').textContent = yes;
  byId('confirm-yes').onclick = () => {
    dialog('confirm').close();
    then();
  };
  dialog('confirm').showModal();
}
