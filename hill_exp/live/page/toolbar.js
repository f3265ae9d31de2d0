// @ts-check
/** The tools under the canvas, and the help: both written from the list of keys. */

import { byId, element } from './dom.js';
import { COMMANDS, POINTER } from './keys.js';
import { TERMS } from './terms.js';

/**
 * Icons of the tools: their paths, drawn as lines or filled.
 * @type {Record<string, [string, 'line' | 'fill']>}
 */
const ICONS = {
  select: [
    'M4.5 7.2C5 4.5 8.5 3 11.5 3.5s5 2.6 4.5 5-3.5 4-6.5 4-4.5-1-5-2.8M6.5 11.5c-.6 1.2-.2 2.4.9 2.8s1.7 1 1.3 2.7',
    'line',
  ],
  rectangle: ['M3.5 5h13v10h-13z', 'line'],
  brush: ['M16.5 3.5l-7 7M9.5 10.5c-2-.6-3.6.6-3.8 2.4-.2 1.6-1 2.4-2.2 2.6 2.2 1.5 6.5 1 7-2.5.2-1.2-.3-2.1-1-2.5z', 'line'],
  add: ['M3.5 3.5h8v8h-8zM14.5 11.5v6M11.5 14.5h6', 'line'],
  hand: [
    'M10 2.5v15M2.5 10h15M10 2.5l-2 2M10 2.5l2 2M10 17.5l-2-2M10 17.5l2-2M2.5 10l2-2M2.5 10l2 2M17.5 10l-2-2M17.5 10l-2 2',
    'line',
  ],
  out: ['M4.5 10h11', 'line'],
  whole: ['M3.5 7.5v-4h4M16.5 7.5v-4h-4M3.5 12.5v4h4M16.5 12.5v4h-4', 'line'],
  in: ['M4.5 10h11M10 4.5v11', 'line'],
  undo: ['M7.5 4L4 7.5 7.5 11M4 7.5h7.5a4.5 4.5 0 0 1 0 9H8', 'line'],
  redo: ['M12.5 4L16 7.5 12.5 11M16 7.5H8.5a4.5 4.5 0 0 0 0 9H12', 'line'],
  reset: ['M4.5 4.5v11M15.5 4.5L8 10l7.5 5.5z', 'line'],
  gather: [
    'M10 8.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6M3 3l4 4M17 3l-4 4M3 17l4-4M17 17l-4-4M7 4.5V7H4.5M13 4.5V7h2.5M7 15.5V13H4.5M13 15.5V13h2.5',
    'line',
  ],
  shapes: ['M3.5 10.5h6v6h-6zM14 9.8l3.4 6.7h-6.8zM10 3a2.8 2.8 0 1 0 0 5.6A2.8 2.8 0 0 0 10 3', 'line'],
  images: ['M3.5 4.5h13v11h-13zM3.5 13l4-4 3.5 3.5 2-2 3.5 3.5M12.5 7.7h.01', 'line'],
};

/** The tools, in groups. @type {string[][]} */
const TOOLS = [['select', 'rectangle', 'brush', 'add', 'hand'], ['out', 'whole', 'in'], ['undo', 'redo', 'reset'], ['gather'], ['images', 'shapes']];

/** @param {(command: string) => void} run @param {(words: string) => void} say  what a tool does, where no pointer can hover over it */
export function showTools(run, say) {
  const bar = byId('toolbar');
  TOOLS.forEach((group, k) => {
    if (k) bar.append(element('hr'));
    for (const name of group) {
      const command = COMMANDS.find((one) => one.name === name);
      const tool = /** @type {HTMLButtonElement} */ (element('button', 'icon'));
      tool.type = 'button';
      tool.dataset.command = name;
      tool.title = `${command?.text} (${command?.shown})`;
      tool.setAttribute('aria-label', command?.text ?? name);
      tool.append(icon(name));
      tool.addEventListener('click', (event) => {
        if (/** @type {PointerEvent} */ (event).pointerType === 'touch') say(command?.text ?? '');
        run(name);
      });
      bar.append(tool);
    }
  });
}

/** @param {string} name */
function icon(name) {
  const [path = '', kind = 'line'] = ICONS[name] ?? [];
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const drawn = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  svg.setAttribute('viewBox', '0 0 20 20');
  svg.setAttribute('aria-hidden', 'true');
  drawn.setAttribute('d', path);
  if (kind === 'line') drawn.setAttribute('class', 'open');
  svg.append(drawn);
  return svg;
}

/** A tool by its command. @param {string} name */
export const tool = (name) =>
  /** @type {HTMLButtonElement} */ (document.querySelector(`#toolbar [data-command="${name}"]`));

/** Writes the help from the list of keys. */
export function writeHelp() {
  const groups = [...new Set(COMMANDS.map((command) => command.group))];
  const parts = groups.map((group) =>
    helpSection(
      group,
      COMMANDS.filter((one) => one.group === group && one.shown).map((one) => [one.shown, one.text]),
    ),
  );
  const words = helpSection('Words', TERMS, '');
  byId('helper-body').replaceChildren(helpSection('Pointer', POINTER), ...parts, words);
}

/** @param {string} title @param {[string, string][]} rows @param {string} [tag]  about what stands first */
function helpSection(title, rows, tag = 'kbd') {
  const section = element('section');
  const list = element('dl');
  for (const [keys, text] of rows) {
    const term = element('dt');
    term.append(tag ? element(tag, '', keys) : keys);
    list.append(term, element('dd', '', text));
  }
  section.append(element('h3', '', title), list);
  return section;
}
