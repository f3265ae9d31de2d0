// @ts-check
/** All that the page knows, in one place; every part of the page is passed it. */

import { Notebook } from './notebook.js';

/** @typedef {import('./protocol').StateMessage} StateMessage */
/** @typedef {import('./types').Edit} Edit */
/** @typedef {import('./types').View} View */
/** @typedef {import('./types').ColourMode} ColourMode */

export class App {
  /**
   * @param {import('./stage.js').Stage} stage
   * @param {import('./connection.js').Connection} connection
   * @param {(action: import('./stage.js').Done) => void} dispatch  does what the person asks for, now
   */
  constructor(stage, connection, dispatch) {
    this.stage = stage;
    this.connection = connection;
    /** The time of day when the connection broke; empty: it is open, or has not been yet. */
    this.offlineSince = '';
    /** Stamps (offline.js) of the edit: as the server has it, and as it was sent and not yet answered. */
    this.known = '';
    /** @type {string[]} */
    this.onTheWay = [];
    this.dispatch = dispatch;
    /** What the server said last. @type {StateMessage | null} */
    this.state = null;
    /** The view in it, as the page works with it. @type {View | null} */
    this.view = null;
    /** @type {Edit | null} */
    this.edit = null;
    /** When the view was shown, on the clock of the page, milliseconds. */
    this.shownAt = 0;
    /** What is noted of the turn. */
    this.notebook = new Notebook();
    /** The edit was handed over because its time was up. */
    this.timedOut = false;
    /** The seconds left at which the person was warned last. */
    this.warned = Infinity;
    /** What was handed over and not yet answered. @type {string | null} */
    this.sent = null;
    /** The moved points that would teach nothing, as far as it is known. @type {number[]} */
    this.silent = [];
    /** Of the whole training, once it is known. @type {number | null} */
    this.epochs = null;
    /** What has been tried in practice. @type {Set<import('./warmup.js').Task>} */
    this.tried = new Set();
    /** @type {ColourMode} */
    this.mode = 'observed';
    /** How the selection is shown. @type {import('./choosing.js').Order} */
    this.order = 'near';
    /** Timers, as setTimeout gives them; 0: none. */
    this.draftTimer = 0;
    this.toastTimer = 0;
  }

  /** Seconds since the view was shown. */
  get seconds() {
    return (performance.now() - this.shownAt) / 1000;
  }

  get mayEdit() {
    return this.state?.phase === 'edit' && !this.state.reader && this.edit !== null && this.sent === null;
  }
}
