// @ts-check
/** The pages of questions: scales, choices, free words. Whoever would rather not say leaves a question out. */

import { element } from './dom.js';
import { block, blocks, focusHeading, row } from './screens.js';

/** @typedef {import('./protocol').Item} Item */
/** @typedef {import('./protocol').ScaleItem} ScaleItem */
/** @typedef {import('./protocol').ChoiceItem} ChoiceItem */
/** @typedef {import('./protocol').TextItem} TextItem */
/** null: rather not said. @typedef {import('./protocol').Answers['answers'][string]} Answer */
/** undefined: not answered. @typedef {(value: Answer | undefined) => void} Set */

/** A scale of so many marks is a row of buttons, a longer one a slider. */
const FEW = 7;

/**
 * Which of the items still need an answer; free text may stay empty.
 * @param {Item[]} items
 * @param {Record<string, Answer>} answers
 */
export const missing = (items, answers) =>
  items.filter((item) => !('kind' in item) && answers[item.key] === undefined).map((item) => item.key);

/**
 * The marks of a scale, if they are few; else null.
 * @param {ScaleItem} item
 * @returns {number[] | null}
 */
export function marks({ min, max, step }) {
  const count = Math.round((max - min) / step) + 1;
  return count > FEW ? null : Array.from({ length: count }, (_, k) => min + k * step);
}

/**
 * The questions; what is answered is kept by `keep`, so that a reload loses nothing.
 * @param {HTMLElement} root
 * @param {{title: string, text: string, items: Item[]}} page
 * @param {Record<string, Answer>} answers
 * @param {(answers: Record<string, Answer>) => void} keep
 * @param {(answers: Record<string, Answer>) => void} send
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
  /** @param {Item} item @param {Answer | undefined} value */
  const answer = (item, value) => {
    if (value === undefined) delete answers[item.key];
    else answers[item.key] = value;
    const box = boxes.get(item.key);
    box?.classList.remove('wanting');
    box?.querySelector('.refuse')?.setAttribute('aria-pressed', String(value === null));
    keep(answers);
    count();
  };
  items.forEach((item, k) => {
    const box = question(item, answers[item.key], (value) => answer(item, value));
    if (!('kind' in item)) box.append(refusal(box, answers[item.key] === null, () => answer(item, null)));
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

/** @param {Item} item @param {Answer | undefined} value @param {Set} set */
function question(item, value, set) {
  if ('kind' in item) return words(item, value, set);
  if ('choices' in item) return choices(item, item.choices, value, set);
  const few = marks(item);
  return few ? ended(choices(item, few, value, set), item) : slider(item, value, set);
}

/**
 * The button by which a question is left out, until it is answered.
 * @param {HTMLElement} box
 * @param {boolean} refused
 * @param {() => void} refuse
 */
function refusal(box, refused, refuse) {
  const button = /** @type {HTMLButtonElement} */ (element('button', 'link refuse', 'I would rather not say'));
  button.type = 'button';
  button.setAttribute('aria-pressed', String(refused));
  button.addEventListener('click', () => {
    for (const input of box.querySelectorAll('input')) {
      input.checked = false;
      if (input.type === 'range') input.setAttribute('aria-valuetext', 'not answered');
    }
    box.classList.add('unset');
    const output = box.querySelector('output');
    if (output) output.textContent = '';
    refuse();
  });
  return button;
}

/** @param {ScaleItem} item @param {Answer | undefined} value @param {Set} set */
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
  const rail = element('div', 'rail');
  rail.append(ticks, input);
  box.append(asked(item.text), rail);
  box.querySelector('.ask')?.append(output);
  show(value !== undefined && value !== null);
  return ended(box, item);
}

/** With the words at the ends of a scale. @param {HTMLElement} box @param {ScaleItem} item */
function ended(box, { low, high }) {
  const ends = element('div', 'ends');
  ends.append(element('span', '', low), element('span', '', high));
  box.append(ends);
  return box;
}

/**
 * @param {Item} item
 * @param {readonly (string | number)[]} options
 * @param {Answer | undefined} value
 * @param {Set} set
 */
function choices(item, options, value, set) {
  const box = element('fieldset', 'item choices');
  const list = element('div', 'choices' in item ? 'options' : 'options marks');
  for (const option of options) {
    const label = element('label');
    const input = /** @type {HTMLInputElement} */ (element('input'));
    Object.assign(input, { type: 'radio', name: item.key, value: String(option), checked: option === value });
    input.addEventListener('change', () => set(option));
    label.append(input, element('span', '', String(option)));
    list.append(label);
  }
  box.append(asked(item.text), list);
  return box;
}

/** @param {TextItem} item @param {Answer | undefined} value @param {Set} set */
function words(item, value, set) {
  const box = element('fieldset', 'item words');
  const area = /** @type {HTMLTextAreaElement} */ (element('textarea'));
  area.rows = 3;
  area.maxLength = 4000;
  area.value = String(value ?? '');
  area.setAttribute('aria-label', item.text);
  area.addEventListener('input', () => set(area.value || undefined));
  box.append(asked(item.text), area);
  box.querySelector('.ask')?.append(element('small', '', 'optional'));
  return box;
}

/** @param {string} text */
function asked(text) {
  const legend = element('legend', 'ask');
  legend.append(element('span', 'text', text));
  return legend;
}
