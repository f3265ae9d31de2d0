// @ts-check
/** The edit of one turn: gestures, selection, undo, redo, reset, budget, draft. Pure: no clock, no page. */

/** @typedef {import('./types').View} View */
/** @typedef {import('./types').Edit} Edit */
/** @typedef {import('./protocol').Gesture} Gesture */
/** @typedef {import('./protocol').Place} Place */

/** Drops that all gestures of a turn may hold: what fits a message of 1 MB beside all that is noted of a turn. */
export const MOST_DROPS = 25_000;

/** Drops are told to so many decimals: far finer than a pixel, and short in a message. */
const DECIMALS = 1e5;

/** @param {import('./protocol').WireView} wire @returns {View} */
export function readView(wire) {
  const { previous } = wire;
  return {
    ...wire,
    places: flat(wire.positions),
    observed: Int32Array.from(wire.observed),
    reserved: flags(wire.n, wire.reserved),
    predicted: wire.predicted ? Int32Array.from(wire.predicted) : new Int32Array(wire.n).fill(-1),
    confidence: wire.confidence ? Float64Array.from(wire.confidence) : new Float64Array(wire.n).fill(NaN),
    tells: { predictions: wire.predicted !== null, confidence: wire.confidence !== null },
    pins: flat(wire.pins.map((pin) => pin ?? [NaN, NaN])),
    previous: previous && { ...pastOf(previous), lagging: previous.lagging, response: previous.response },
    past: wire.past.map(pastOf),
  };
}

/** @param {import('./protocol').Past} past @returns {import('./types').Past} */
const pastOf = ({ positions, edited, moved, followed }) => ({ shown: flat(positions), edited: flat(edited), moved, followed });

/** @param {number} n @param {readonly number[]} points @returns {Uint8Array} 1 at the points, of n */
function flags(n, points) {
  const out = new Uint8Array(n);
  for (const i of points) out[i] = 1;
  return out;
}

/** @param {readonly (readonly number[])[]} places @returns {Float64Array} x0, y0, x1, y1, ... */
export function flat(places) {
  const out = new Float64Array(2 * places.length);
  places.forEach(([x = NaN, y = NaN], i) => {
    out[2 * i] = x;
    out[2 * i + 1] = y;
  });
  return out;
}

/**
 * The edit as it begins, or as a draft left it: every gesture of the draft can be undone.
 * @param {View} view
 * @param {import('./protocol').Draft | null} [draft]
 * @returns {Edit}
 */
export function begin(view, draft) {
  const gestures = draft?.gestures ?? [];
  const past = gestures.map((_, i) => gestures.slice(0, i));
  return carriedOut(view, gestures, { past, future: [], made: gestures.length + (draft?.undone ?? 0), selection: [] });
}

/**
 * @param {Edit} edit
 * @param {import('./types').Action} action
 * @returns {Edit}
 */
export function reduce(edit, action) {
  switch (action.type) {
    case 'select':
      return { ...edit, selection: selected(edit.selection, movable(edit, action.points), action.how), refused: null };
    case 'drop':
      return drop(edit, action);
    case 'undo':
      return travel(edit, edit.past, edit.future, 'past');
    case 'redo':
      return travel(edit, edit.future, edit.past, 'future');
    case 'reset':
      if (!edit.gestures.length) return { ...edit, refused: 'There is nothing to reset: no point has been moved.' };
      return carriedOut(edit.view, [], { ...edit, past: [...edit.past, edit.gestures], future: [] });
  }
}

/** How many gestures were made and no longer stand. @param {Edit} edit */
export const undone = (edit) => edit.made - edit.gestures.length;

/**
 * What of the budget is left; null: no limit of that kind.
 * @param {Edit} edit
 * @param {number} at  seconds since the view was shown
 */
export function left(edit, at) {
  const { points, gestures, seconds } = edit.view.budget;
  return {
    points: points === null ? null : Math.max(0, points - count(edit.handled)),
    gestures: gestures === null ? null : Math.max(0, gestures - edit.gestures.length),
    seconds: seconds === null ? null : Math.max(0, seconds - at),
  };
}

/**
 * How many of the points have not been handled this turn: what they would cost.
 * @param {Edit} edit
 * @param {readonly number[]} points
 */
export const fresh = (edit, points) => points.reduce((sum, i) => sum + (edit.handled[i] ? 0 : 1), 0);

/** Those of the points that may be moved. @param {Edit} edit @param {readonly number[]} points */
const movable = ({ view }, points) => points.filter((i) => !view.reserved[i]);

/**
 * Why these points cannot be moved now, in words; null: they can.
 * @param {Edit} edit
 * @param {readonly number[]} points
 * @param {number} at
 * @returns {string | null}
 */
export function refusal(edit, points, at) {
  const has = left(edit, at);
  const cost = fresh(edit, points);
  if (movable(edit, points).length < points.length) return 'Reserved: this point is seen, and not moved.';
  if (!points.length) return 'Nothing is selected: draw around points, or click one.';
  if (has.seconds === 0) return 'The time of this turn is up.';
  if (has.gestures === 0) return 'No gestures are left this turn: hand the edit over, or undo one.';
  if (has.points !== null && cost > has.points) {
    if (has.points > 0)
      return `The selection has ${cost} new points, and the budget has ${has.points} left: select fewer.`;
    return cost === points.length
      ? 'No points are left in the budget: only those already moved can be moved again.'
      : `No points are left in the budget, and ${cost} of the selection have not been moved before.`;
  }
  const drops = edit.gestures.reduce((sum, gesture) => sum + gesture.points.length, points.length);
  if (drops > MOST_DROPS) return 'This turn holds all it can: hand the edit over, or undo a gesture.';
  return null;
}

/** Points that are elsewhere than the model has them. @param {Edit} edit @returns {number[]} */
export function moved({ view, places }) {
  const out = [];
  for (let i = 0; i < view.n; i++) {
    if (places[2 * i] !== view.places[2 * i] || places[2 * i + 1] !== view.places[2 * i + 1]) out.push(i);
  }
  return out;
}

/** The edit as a draft or the handing over sends it. @param {Edit} edit */
export const submission = (edit) => ({ turn: edit.view.turn, gestures: edit.gestures, undone: undone(edit) });

/**
 * The drops, kept on the canvas.
 * @param {readonly Place[]} drops
 * @param {number} extent
 * @returns {Place[]}
 */
export function settle(drops, extent) {
  /** @param {number} v */
  const one = (v) => Math.min(extent, Math.max(-extent, Math.round(v * DECIMALS) / DECIMALS));
  return drops.map(([x, y]) => [one(x), one(y)]);
}

/**
 * @param {Edit} edit
 * @param {{points: readonly number[], drops: readonly Place[], at: number, away?: number}} action
 * @returns {Edit}
 */
function drop(edit, { points, drops, at, away = 0 }) {
  const refused = refusal(edit, points, at);
  if (refused) return { ...edit, refused };
  const before = edit.gestures.at(-1)?.at ?? 0;
  const gesture = {
    points: [...points],
    drops: settle(drops, edit.view.extent),
    seconds: milli(Math.max(0, at - before - away)),
    at: milli(Math.max(at, before)),
  };
  return carriedOut(edit.view, [...edit.gestures, gesture], {
    past: [...edit.past, edit.gestures],
    future: [],
    made: edit.made + 1,
    selection: edit.selection,
  });
}

/**
 * To the last of `from`; what stands now is laid on `onto`.
 * @param {Edit} edit
 * @param {Edit['past']} from
 * @param {Edit['past']} onto
 * @param {'past' | 'future'} name  which of the two `from` is
 * @returns {Edit}
 */
function travel(edit, from, onto, name) {
  const to = from.at(-1);
  if (!to) return { ...edit, refused: name === 'past' ? 'There is nothing to undo.' : 'There is nothing to redo.' };
  const [rest, grown] = [from.slice(0, -1), [...onto, edit.gestures]];
  const [past, future] = name === 'past' ? [rest, grown] : [grown, rest];
  return carriedOut(edit.view, to, { ...edit, past, future });
}

/**
 * @param {View} view
 * @param {readonly Gesture[]} gestures
 * @param {Pick<Edit, 'past' | 'future' | 'made' | 'selection'>} rest
 * @returns {Edit}
 */
function carriedOut(view, gestures, { past, future, made, selection }) {
  const places = view.places.slice();
  const handled = new Uint8Array(view.n);
  for (const gesture of gestures) {
    gesture.points.forEach((point, k) => {
      const [x, y] = /** @type {Place} */ (gesture.drops[k]);
      places[2 * point] = x;
      places[2 * point + 1] = y;
      handled[point] = 1;
    });
  }
  return { view, gestures, past, future, made, selection, places, handled, refused: null };
}

/**
 * @param {readonly number[]} old
 * @param {readonly number[]} points
 * @param {'replace' | 'add' | 'remove' | 'toggle'} how
 */
function selected(old, points, how) {
  if (how === 'replace') return [...new Set(points)];
  const set = new Set(old);
  for (const point of points) {
    if (how === 'remove' || (how === 'toggle' && set.has(point))) set.delete(point);
    else set.add(point);
  }
  return [...set];
}

/** @param {Uint8Array} flags */
const count = (flags) => flags.reduce((sum, flag) => sum + flag, 0);

/** @param {number} seconds */
const milli = (seconds) => Math.round(seconds * 1000) / 1000;
