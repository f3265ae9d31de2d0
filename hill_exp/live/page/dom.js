// @ts-check
/** Elements of the page: made, and looked up by their ids in index.html. */

/** @param {string} tag @param {string} [name] @param {string} [text] */
export function element(tag, name = '', text = '') {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text) made.textContent = text;
  return made;
}

/** @param {string} id */
export const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} id */
export const button = (id) => /** @type {HTMLButtonElement} */ (byId(id));

/** @param {string} id */
export const canvas = (id) => /** @type {HTMLCanvasElement} */ (byId(id));

/** @param {string} id */
export const dialog = (id) => /** @type {HTMLDialogElement} */ (byId(id));
