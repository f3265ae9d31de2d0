// @ts-check
/** The pages of text before and after the canvas: consent, instructions, the end. */

import { element } from './dom.js';

/** @typedef {{kind: 'heading' | 'paragraph', text: string} | {kind: 'list', items: string[]}} Block */

/**
 * Plain text in paragraphs; a line that begins with # is a heading, lines that begin with - are a list.
 * @param {string} text
 * @returns {Block[]}
 */
export function blocks(text) {
  /** @type {Block[]} */
  const out = [];
  for (const part of text.replaceAll('\r', '').split(/\n[ \t]*\n/)) {
    /** @type {string[]} */
    let lines = [];
    const close = () => {
      if (lines.length) out.push({ kind: 'paragraph', text: lines.join(' ') });
      lines = [];
    };
    let list = false;
    for (const line of part.split('\n').map((one) => one.trim())) {
      const last = out.at(-1);
      if (/^#+ /.test(line)) {
        close();
        out.push({ kind: 'heading', text: line.replace(/^#+ /, '') });
        list = false;
      } else if (/^[-*] /.test(line)) {
        close();
        if (list && last?.kind === 'list') last.items.push(line.slice(2));
        else out.push({ kind: 'list', items: [line.slice(2)] });
        list = true;
      } else if (line && list && last?.kind === 'list') {
        last.items.push(`${last.items.pop()} ${line}`);
      } else if (line) lines.push(line);
    }
    close();
  }
  return out;
}

/**
 * @typedef {object} Button
 * @property {string} text
 * @property {() => void} press
 * @property {boolean} [first]  the one that is expected
 */

/**
 * A page of text with buttons.
 * @param {HTMLElement} root
 * @param {{title: string, text: string, note?: string, sign?: string}} page
 * @param {Button[]} buttons
 */
export function showText(root, { title, text, note = '', sign = '' }, buttons) {
  const card = element('article', 'card');
  if (sign) card.append(element('p', `sign ${sign}`));
  card.append(element('h1', '', title), ...blocks(text).map(block));
  if (note) card.append(element('p', 'note', note));
  card.append(row(buttons));
  root.replaceChildren(card);
  root.scrollTop = 0;
  focusHeading(card);
}

/** @param {Block} one */
export function block(one) {
  if (one.kind !== 'list') return element(one.kind === 'heading' ? 'h2' : 'p', '', one.text);
  const list = element('ul');
  list.append(...one.items.map((item) => element('li', '', item)));
  return list;
}

/** @param {Button[]} buttons */
export function row(buttons) {
  const box = element('div', 'buttons');
  for (const { text, press, first } of buttons) {
    const button = /** @type {HTMLButtonElement} */ (element('button', first ? 'primary' : '', text));
    button.type = 'button';
    button.addEventListener('click', press);
    box.append(button);
  }
  return box;
}

/** @param {HTMLElement} card  so that those who hear the page begin at its head */
export function focusHeading(card) {
  const heading = card.querySelector('h1');
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
