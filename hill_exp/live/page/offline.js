// @ts-check
/** What was done while there was no connection: kept in this tab, and laid over what the server has. */

/** @typedef {import('./protocol').Draft} Draft */
/** @typedef {import('./protocol').EditState} EditState */
/** @typedef {import('./protocol').Gesture} Gesture */

/**
 * An edit as this tab has it. turn: which one of which session; known: the stamp of what the server was known to have
 * of it; handed: it was handed over.
 * @typedef {Draft & {turn: string, known: string, handed: boolean}} Unsent
 */

const KEY = 'hill unsent';

/** @param {Storage} storage @param {Unsent} unsent */
export function keep(storage, unsent) {
  try {
    storage.setItem(KEY, JSON.stringify(unsent));
  } catch {
    // There is no room: the edit is kept as long as the tab is not reloaded.
  }
}

/** @param {Storage} storage @returns {Unsent | null} */
export const unsent = (storage) => JSON.parse(storage.getItem(KEY) ?? 'null');

/** @param {Storage} storage */
export const forget = (storage) => storage.removeItem(KEY);

/** Which turn of which session a state is at. @param {Pick<EditState, 'who' | 'step' | 'practice' | 'view'>} state */
export const turnOf = ({ who, step, practice, view }) =>
  JSON.stringify([who, step, practice, view.turn, view.positions.slice(0, 3)]);

/** What tells two edits of a turn apart. @param {Pick<Draft, 'gestures' | 'undone'>} draft */
export const stamp = ({ gestures, undone }) => `${gestures.length} ${undone} ${gestures.at(-1)?.at}`;

/**
 * What becomes of an edit that this tab has, now that the server tells its own: it goes `on`, it is `lost` since
 * somebody went on elsewhere, or there is `nothing` in it that the server has not.
 * @param {Unsent | null} mine
 * @param {string} turn  of the server
 * @param {Draft} draft  of the server
 * @returns {'on' | 'lost' | 'nothing'}
 */
export function fate(mine, turn, draft) {
  if (!mine || stamp(mine) === mine.known) return 'nothing';
  if (mine.turn !== turn) return mine.handed ? 'nothing' : 'lost';
  if (stamp(mine) === stamp(draft)) return 'nothing';
  return stamp(draft) === mine.known || begins(mine.gestures, draft.gestures) ? 'on' : 'lost';
}

/** Whether gestures begin with these. @param {readonly Gesture[]} gestures @param {readonly Gesture[]} these */
const begins = (gestures, these) => these.every((one, i) => JSON.stringify(one) === JSON.stringify(gestures[i]));
