/** What the server and the page say to each other, and what the page makes of it. Types alone: nothing here runs. */

export type Place = [number, number];

export interface Budget {
  points: number | null;
  gestures: number | null;
  seconds: number | null;
}

/** Where the thumbnails are: one picture of equal tiles, row after row. Lengths in pixels. */
export interface Sheet {
  url: string;
  columns: number;
  width: number;
  height: number;
}

export interface WireView {
  turn: number;
  turns: number;
  n: number;
  classes: string[];
  positions: Place[];
  observed: number[];
  predicted: number[];
  confidence: number[];
  pins: (Place | null)[];
  extent: number;
  budget: Budget;
  sheet: Sheet;
  previous: null | { positions: Place[]; edited: Place[]; moved: number[] };
}

export interface Gesture {
  points: number[];
  drops: Place[];
  /** Since the gesture before it was dropped, or since the view was shown. */
  seconds: number;
  /** Since the view was shown. */
  at: number;
}

export interface Draft {
  gestures: Gesture[];
  undone: number;
  elapsed: number;
}

export interface Item {
  key: string;
  text: string;
  kind?: 'text';
  choices?: string[];
  low?: string;
  high?: string;
  min?: number;
  max?: number;
  step?: number;
}

export interface Curves {
  epoch: number[];
  train_loss: (number | null)[];
  teaching_loss: (number | null)[];
}

export type Phase = 'consent' | 'instructions' | 'edit' | 'training' | 'questions' | 'answer' | 'done' | 'failed';

/** Which fields there are beside the common ones depends on the phase. */
export interface StateMessage {
  type: 'state';
  phase: Phase;
  reader: boolean;
  participant?: string | number;
  condition?: { teacher?: string } | null;
  step?: number;
  steps?: number;
  curves?: Curves;
  history?: { turn: number; agreement: number | null }[];
  title?: string;
  text?: string;
  items?: Item[];
  view?: WireView;
  draft?: Draft;
  practice?: boolean;
  epoch?: number;
  epochs?: number;
  turn?: number;
  /** Recorded turns are played back after a restart. */
  playback?: boolean;
}

export interface ProgressMessage {
  type: 'progress';
  epoch: number;
  epochs: number;
  train_loss: number | null;
  teaching_loss: number | null;
}

export interface RefusedMessage {
  type: 'refused';
  reason: string;
  in_reply_to?: string;
}

export interface SavedMessage {
  type: 'saved';
  gestures: number;
}

export type ServerMessage = StateMessage | ProgressMessage | RefusedMessage | SavedMessage;

export type PageMessage =
  | { type: 'draft' | 'teach'; turn: number; gestures: readonly Gesture[]; undone: number }
  | { type: 'skip' | 'stop'; turn: number }
  | { type: 'agree' | 'decline' | 'begin' | 'next' | 'takeover' }
  | { type: 'answers'; answers: Record<string, string | number> };

/** A view as the page works with it; places are flat: x0, y0, x1, y1, ... */
export interface View {
  turn: number;
  turns: number;
  n: number;
  classes: string[];
  places: Float64Array;
  observed: Int32Array;
  predicted: Int32Array;
  confidence: Float64Array;
  /** NaN where the point was never handled. */
  pins: Float64Array;
  extent: number;
  budget: Budget;
  sheet: Sheet;
  previous: null | { shown: Float64Array; edited: Float64Array; moved: number[] };
}

/** The edit of one turn in the making. Never changed in place. */
export interface Edit {
  view: View;
  gestures: readonly Gesture[];
  /** The lists of gestures before and after this one, for undo and redo. */
  past: readonly (readonly Gesture[])[];
  future: readonly (readonly Gesture[])[];
  /** Gestures ever made this turn; those that no longer stand were undone. */
  made: number;
  selection: readonly number[];
  /** Where every point is after the gestures. */
  places: Float64Array;
  /** 1 where a gesture took the point up. */
  handled: Uint8Array;
  /** Why the last action was not carried out. */
  refused: string | null;
}

export type Action =
  | { type: 'select'; points: readonly number[]; how: 'replace' | 'add' | 'remove' | 'toggle' }
  | { type: 'drop'; points: readonly number[]; drops: readonly Place[]; at: number }
  | { type: 'undo' | 'redo' | 'reset' };

export interface Camera {
  /** Layout units, of the middle of the picture. */
  x: number;
  y: number;
  /** Pixels a layout unit. */
  scale: number;
  /** Pixels. */
  width: number;
  height: number;
  /** The scale at which all is seen. */
  whole: number;
}

export type Shape =
  'circle' | 'square' | 'triangle' | 'diamond' | 'wedge' | 'hexagon' | 'star' | 'plus' | 'cross' | 'pentagon';

export type ColourMode = 'observed' | 'predicted' | 'confidence' | 'disagreement';

export interface Category {
  name: string;
  colour: string;
  shape: Shape;
  count: number;
}

export interface Colouring {
  categories: Category[];
  /** The category of each point. */
  of: Uint16Array;
}

export interface Theme {
  dark: boolean;
  classes: readonly string[];
  ink: string;
  /** Of the canvas, and outside it. */
  paper: string;
  page: string;
  grey: string;
  frame: string;
  accent: string;
  /** About what is selected. */
  halo: string;
  steps: readonly string[];
  agrees: string;
  disagrees: string;
}
