// @ts-check
/** The pages of text before and after the canvas: consent, instructions, questions, the end. */

import { element } from './dom.js';

/** @typedef {import('./protocol').Item} Item */
/** @typedef {import('./protocol').ScaleItem} ScaleItem */
/** @typedef {import('./protocol').ChoiceItem} ChoiceItem */
/** @typedef {import('./protocol').TextItem} TextItem */

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
 * Which of the items still need an answer; free text may stay empty.
 * @param {Item[]} items
 * @param {Record<string, string | number>} answers
 */
export const missing = (items, answers) =>
  items.filter((item) => !('kind' in item) && answers[item.key] === undefined).map((item) => item.key);

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

/**
 * The questions; what is answered is kept by `keep`, so that a reload loses nothing.
 * @param {HTMLElement} root
 * @param {{title: string, text: string, items: Item[]}} page
 * @param {Record<string, string | number>} answers
 * @param {(answers: Record<string, string | number>) => void} keep
 * @param {(answers: Record<string, string | number>) => void} send
 */
export function showQuestions(root, { title, text, items }, answers, keep, send) {
  const card = element('article', 'card questions');
  card.append(element('h1', '', title), ...blocks(text).map(block));
  const form = element('div', 'items');
  /** @type {Map<string, HTMLElement>} */
  const boxes = new Map();
  const note = element('p', 'note');
  note.setAttribute('role', 'status');
  const count = () => {
    const open = missing(items, answers).length;
    note.textContent = open ? `${open} of ${items.length} not answered yet` : 'All answered';
    note.classList.toggle('open', open > 0);
  };
  /** @param {Item} item @param {string | number | undefined} value */
  const answer = (item, value) => {
    if (value === undefined) delete answers[item.key];
    else answers[item.key] = value;
    boxes.get(item.key)?.classList.remove('wanting');
    keep(answers);
    count();
  };
  items.forEach((item, k) => {
    const set = (/** @type {string | number | undefined} */ value) => answer(item, value);
    const box =
      'choices' in item
        ? choices(item, answers[item.key], set)
        : 'kind' in item
          ? words(item, answers[item.key], set)
          : slider(item, answers[item.key], set);
    box.querySelector('.ask')?.prepend(element('span', 'number', String(k + 1)));
    boxes.set(item.key, box);
    form.append(box);
  });
  const submit = () => {
    const open = missing(items, answers);
    open.forEach((key) => boxes.get(key)?.classList.add('wanting'));
    const first = open[0] === undefined ? null : boxes.get(open[0]);
    if (!first) return send(answers);
    first.scrollIntoView({ block: 'center' });
    first.querySelector('input')?.focus();
  };
  card.append(form, note, row([{ text: 'Send answers', press: submit, first: true }]));
  count();
  root.replaceChildren(card);
  root.scrollTop = 0;
  focusHeading(card);
}

/** @param {ScaleItem} item @param {string | number | undefined} value @param {(value: number) => void} set */
function slider(item, value, set) {
  const { min, max, step, low, high } = item;
  const box = element('fieldset', 'item slider');
  const input = /** @type {HTMLInputElement} */ (element('input'));
  Object.assign(input, { type: 'range', min: String(min), max: String(max), step: String(step) });
  input.value = String(value ?? (min + max) / 2);
  input.setAttribute('aria-label', `${item.text} From ${low || min} to ${high || max}.`);
  const output = element('output');
  const ticks = element('div', 'ticks');
  ticks.style.setProperty('--steps', String(Math.min(40, Math.round((max - min) / step))));
  /** @param {boolean} answered */
  const show = (answered) => {
    box.classList.toggle('unset', !answered);
    output.textContent = answered ? input.value : 'choose';
    input.setAttribute('aria-valuetext', answered ? input.value : 'not answered yet');
  };
  const choose = () => {
    show(true);
    set(Number(input.value));
  };
  // A click in the very middle changes no value, and is a choice all the same.
  for (const kind of ['input', 'click']) input.addEventListener(kind, choose);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || event.key === ' ') choose();
  });
  const ends = element('div', 'ends');
  ends.append(element('span', '', low), element('span', '', high));
  const rail = element('div', 'rail');
  rail.append(ticks, input);
  box.append(question(item.text), rail, ends);
  box.querySelector('.ask')?.append(output);
  show(value !== undefined);
  return box;
}

/** @param {ChoiceItem} item @param {string | number | undefined} value @param {(value: string) => void} set */
function choices(item, value, set) {
  const box = element('fieldset', 'item choices');
  const list = element('div', 'options');
  for (const option of item.choices) {
    const label = element('label');
    const input = /** @type {HTMLInputElement} */ (element('input'));
    Object.assign(input, { type: 'radio', name: item.key, value: option, checked: option === value });
    input.addEventListener('change', () => set(option));
    label.append(input, element('span', '', option));
    list.append(label);
  }
  box.append(question(item.text), list);
  return box;
}

/**
 * @param {TextItem} item
 * @param {string | number | undefined} value
 * @param {(value: string | undefined) => void} set
 */
function words(item, value, set) {
  const box = element('fieldset', 'item words');
  const area = /** @type {HTMLTextAreaElement} */ (element('textarea'));
  area.rows = 3;
  area.maxLength = 4000;
  area.value = String(value ?? '');
  area.setAttribute('aria-label', item.text);
  area.addEventListener('input', () => set(area.value || undefined));
  box.append(question(item.text), area);
  box.querySelector('.ask')?.append(element('small', '', 'optional'));
  return box;
}

/** @param {string} text */
function question(text) {
  const legend = element('legend', 'ask');
  legend.append(element('span', 'text', text));
  return legend;
}

/** @param {Block} one */
function block(one) {
  if (one.kind !== 'list') return element(one.kind === 'heading' ? 'h2' : 'p', '', one.text);
  const list = element('ul');
  list.append(...one.items.map((item) => element('li', '', item)));
  return list;
}

/** @param {Button[]} buttons */
function row(buttons) {
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
function focusHeading(card) {
  const heading = card.querySelector('h1');
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
