// @ts-check
/** What each key does. One list, by which keys are read and the help is written. */

/**
 * @typedef {object} Command
 * @property {string} name
 * @property {string[]} keys  as `KeyboardEvent.key`, lower case, with `ctrl+` and `shift+` before it where they count
 * @property {string} shown   as the help writes it
 * @property {string} text
 * @property {string} group
 */

/** @type {Command[]} */
export const COMMANDS = [
  { name: 'undo', keys: ['ctrl+z', 'u'], shown: 'Ctrl Z', text: 'undo', group: 'Edit' },
  { name: 'redo', keys: ['ctrl+shift+z', 'ctrl+y', 'shift+u'], shown: 'Ctrl Shift Z', text: 'redo', group: 'Edit' },
  { name: 'reset', keys: ['x'], shown: 'X', text: 'reset: all points back', group: 'Edit' },
  { name: 'gather', keys: ['g'], shown: 'G', text: 'gather the selection at the pointer', group: 'Edit' },
  {
    name: 'carry',
    keys: ['enter'],
    shown: 'Enter',
    text: 'take the selection up; arrows carry it, N carries it to a group; Enter drops it',
    group: 'Edit',
  },
  { name: 'teach', keys: ['ctrl+enter'], shown: 'Ctrl Enter', text: 'teach: hand the edit over', group: 'Edit' },
  { name: 'select', keys: ['v'], shown: 'V', text: 'draw around points', group: 'Select' },
  { name: 'rectangle', keys: ['q'], shown: 'Q', text: 'draw a rectangle over points', group: 'Select' },
  { name: 'brush', keys: ['p'], shown: 'P', text: 'brush over points: each stroke adds', group: 'Select' },
  { name: 'add', keys: ['a'], shown: 'A', text: 'add to the selection, or begin another', group: 'Select' },
  {
    name: 'unsure',
    keys: ['k'],
    shown: 'K',
    text: 'select what the model is least sure of, as far as the budget goes',
    group: 'Select',
  },
  { name: 'all', keys: ['ctrl+a'], shown: 'Ctrl A', text: 'select all', group: 'Select' },
  { name: 'clear', keys: ['escape'], shown: 'Esc', text: 'select nothing, or let go', group: 'Select' },
  {
    name: 'left',
    keys: ['arrowleft', 'shift+arrowleft'],
    shown: 'Arrows',
    text: 'to the next point that way; with Shift: add it',
    group: 'Select',
  },
  { name: 'right', keys: ['arrowright', 'shift+arrowright'], shown: '', text: '', group: 'Select' },
  { name: 'up', keys: ['arrowup', 'shift+arrowup'], shown: '', text: '', group: 'Select' },
  { name: 'down', keys: ['arrowdown', 'shift+arrowdown'], shown: '', text: '', group: 'Select' },
  { name: 'next', keys: ['n'], shown: 'N', text: 'next point', group: 'Select' },
  { name: 'last', keys: ['shift+n'], shown: 'Shift N', text: 'point before', group: 'Select' },
  { name: 'more', keys: ['m'], shown: 'M', text: 'add the point nearest to the selection', group: 'Select' },
  { name: 'fewer', keys: ['shift+m'], shown: 'Shift M', text: 'take out the point added last', group: 'Select' },
  { name: 'hand', keys: ['h'], shown: 'H', text: 'pointer and arrows move the picture', group: 'Look' },
  { name: 'in', keys: ['+', '='], shown: '+', text: 'nearer', group: 'Look' },
  { name: 'out', keys: ['-'], shown: '\u2212', text: 'farther', group: 'Look' },
  { name: 'whole', keys: ['0'], shown: '0', text: 'all', group: 'Look' },
  { name: 'frame', keys: ['f'], shown: 'F', text: 'nearer to the selection', group: 'Look' },
  { name: 'images', keys: ['i'], shown: 'I', text: 'images where there is room, or points alone', group: 'Look' },
  { name: 'shapes', keys: ['s'], shown: 'S', text: 'a shape for each class, or colours alone', group: 'Look' },
  {
    name: 'observed',
    keys: ['1'],
    shown: '1 to 4',
    text: 'colour by observed, predicted, confidence, disagreement',
    group: 'Look',
  },
  { name: 'predicted', keys: ['2'], shown: '', text: '', group: 'Look' },
  { name: 'confidence', keys: ['3'], shown: '', text: '', group: 'Look' },
  { name: 'disagreement', keys: ['4'], shown: '', text: '', group: 'Look' },
  { name: 'before', keys: ['b'], shown: 'hold B', text: 'the turn before, as it was shown', group: 'Answer' },
  { name: 'edited', keys: ['e'], shown: 'hold E', text: 'the turn before, as you edited it', group: 'Answer' },
  { name: 'replay', keys: ['r'], shown: 'R', text: 'see the answer again', group: 'Answer' },
  { name: 'theme', keys: ['d'], shown: 'D', text: 'dark or light', group: 'Page' },
  { name: 'help', keys: ['?', 'shift+?'], shown: '?', text: 'this help', group: 'Page' },
];

/** By pointer, for the help. @type {[string, string][]} */
export const POINTER = [
  ['drag around points', 'select them; with Shift: more, with Alt: fewer'],
  ['click', 'select one; with Shift: one more or one less'],
  ['drag a point', 'move it, or the selection it is in'],
  ['thin mark with a dot', 'a reserved point: it is seen, but can be neither selected nor moved'],
  ['finger at rest', 'see a point and select nothing'],
  ['wheel, pinch', 'nearer and farther'],
  ['Space or right button, drag', 'move the picture'],
];

const BY_KEY = new Map(COMMANDS.flatMap((command) => command.keys.map((key) => [key, command.name])));

/**
 * The command of a key press, if it is one.
 * @param {{key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, shiftKey: boolean}} press
 * @returns {string | null}
 */
export function command({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  if (altKey) return null;
  const base = key.toLowerCase();
  const chord = `${ctrlKey || metaKey ? 'ctrl+' : ''}${shiftKey ? 'shift+' : ''}${base}`;
  // A sign that needs Shift on some keyboards (+, ?, =) is the sign all the same.
  return (
    BY_KEY.get(chord) ??
    (shiftKey && !ctrlKey && !metaKey && base.length === 1 && !/[a-z0-9]/.test(base) ? BY_KEY.get(base) : null) ??
    null
  );
}

/**
 * Whether a key goes to what has the focus: where one types, presses a button or slides. With Ctrl, Enter always teaches.
 * @param {{tagName: string, type?: string} | null} target
 * @param {{key: string, ctrlKey?: boolean, metaKey?: boolean}} press
 */
export function taken(target, { key, ctrlKey = false, metaKey = false }) {
  if (!target || (key === 'Enter' && (ctrlKey || metaKey))) return false;
  const tag = target.tagName.toLowerCase();
  if (tag === 'textarea' || tag === 'select') return true;
  if (tag === 'input') return true;
  return (tag === 'button' || tag === 'summary') && (key === 'Enter' || key === ' ');
}
