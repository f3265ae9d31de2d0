// @ts-check
/**
 * What the page notes during a turn, beside the gestures: when the person was elsewhere, what was looked at. Looked at
 * ten times a second; pure: no clock, no page. Times are seconds since the view was shown.
 */

/** @typedef {import('./protocol').Noted} Noted */
/** @typedef {import('./protocol').Span} Span */

/** As the server takes them: entries of each kind, looks, points of a group. */
const [MOST, MOST_LOOKS, NAMED] = [300, 4000, 20];
/** So long without a stir of the hand is a gap, seconds. */
const GAP = 5;
/** A page that is shown again after so long was away, seconds. */
const BROKEN_OFF = 2;

/**
 * What is the case at one moment.
 * @typedef {object} Moment
 * @property {boolean} present   the page is in front
 * @property {number} stirred    when a hand last stirred
 * @property {number} look       the point whose picture is shown, or -1
 * @property {{x: number, y: number, zoom: number}} camera
 * @property {{width: number, height: number, ratio: number, pointer: 'fine' | 'coarse' | 'none'}} window
 */

/** Of an edit. @typedef {Pick<import('./types').Edit, 'selection' | 'gestures'>} Acted */

/** @returns {Noted} */
const nothing = () => ({ until: 0, away: [], gaps: [], looks: [], windows: [], zooms: [], selections: [], undone: [] });

export class Notebook {
  /** @param {Noted | null} [noted]  so far, of a turn that is gone on with @param {number} [at] */
  constructor(noted = null, at = 0) {
    this.noted = structuredClone(noted ?? nothing());
    /** When the person left, if elsewhere now. @type {number | null} */
    this.left = null;
    if (noted && at - noted.until > BROKEN_OFF) add(this.noted.away, [noted.until, milli(at)]);
    this.stirred = at;
    this.look = -1;
    this.since = at;
    /** @type {Moment | null} */
    this.before = null;
    this.camera = '';
    this.window = '';
  }

  /** @param {number} at @param {Moment} now */
  see(at, now) {
    const { noted } = this;
    if (now.present && this.left !== null) {
      add(noted.away, [this.left, milli(at)]);
      [this.left, this.stirred] = [null, at];
    } else if (!now.present && this.left === null) this.left = milli(at);
    if (now.stirred > this.stirred) {
      if (now.stirred - this.stirred >= GAP) add(noted.gaps, [milli(this.stirred), milli(now.stirred)]);
      this.stirred = now.stirred;
    }
    const look = now.present ? now.look : -1;
    if (look !== this.look) {
      this.endLook(at);
      [this.look, this.since] = [look, at];
    }
    this.seeWindow(at, now);
    this.before = now;
  }

  /** What an action changed. @param {number} at @param {Acted} before @param {Acted} after */
  act(at, before, after) {
    if (after.selection !== before.selection && after.selection.length)
      add(this.noted.selections, group(at, after.selection));
    for (const gesture of before.gestures)
      if (!after.gestures.includes(gesture)) add(this.noted.undone, group(at, gesture.points));
  }

  /** Seconds spent elsewhere between two times. @param {number} from @param {number} to */
  elsewhere(from, to) {
    /** @type {readonly Span[]} */
    const spans = this.left === null ? this.noted.away : [...this.noted.away, [this.left, to]];
    return spans.reduce((sum, [start, end]) => sum + Math.max(0, Math.min(end, to) - Math.max(start, from)), 0);
  }

  /** All of it, as it is told. @param {number} at @returns {Noted} */
  told(at) {
    const { noted, left } = this;
    this.endLook(at);
    this.since = at;
    const away = left === null || milli(at) <= left ? noted.away : [...noted.away, /** @type {Span} */ ([left, milli(at)])];
    return structuredClone({ ...noted, until: milli(at), away: away.slice(0, MOST) });
  }

  /** @param {number} at */
  endLook(at) {
    const seconds = milli(at - this.since);
    if (this.look >= 0 && seconds > 0)
      add(this.noted.looks, [this.look, milli(this.since), seconds], MOST_LOOKS);
  }

  /** What is in sight, once it has come to rest. @param {number} at @param {Moment} now */
  seeWindow(at, { camera, window }) {
    const [seen, size] = [JSON.stringify(camera), JSON.stringify(window)];
    if (size !== this.window) add(this.noted.windows, { at: milli(at), ...window });
    this.window = size;
    const last = this.before && JSON.stringify(this.before.camera);
    if (seen === last && seen !== this.camera) {
      add(this.noted.zooms, { at: milli(at), ...camera });
      this.camera = seen;
    }
  }
}

/** @template T @param {T[]} list @param {T} entry @param {number} [most] */
function add(list, entry, most = MOST) {
  if (list.length < most) list.push(entry);
}

/** @param {number} at @param {readonly number[]} points */
const group = (at, points) => ({ at: milli(at), count: points.length, points: points.slice(0, NAMED) });

/** @param {number} seconds */
const milli = (seconds) => Math.max(0, Math.round(seconds * 1000) / 1000);
