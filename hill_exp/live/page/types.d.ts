/** What the page makes of a view and of what is done with it. Types alone: nothing here runs. */

import type { Budget, Gesture, Place, Share, Sheet, Values } from './protocol';

/** A view as the page works with it; places are flat: x0, y0, x1, y1, ... */
export interface View {
  turn: number;
  turns: number;
  n: number;
  classes: string[];
  places: Float64Array;
  observed: Int32Array;
  /** 1 where the point may not be moved. */
  reserved: Uint8Array;
  /** -1 where it is withheld, as `confidence` is NaN. */
  predicted: Int32Array;
  confidence: Float64Array;
  tells: { predictions: boolean; confidence: boolean };
  names: number[] | null;
  neighbours: number[][] | null;
  /** NaN where the point was never handled. */
  pins: Float64Array;
  extent: number;
  budget: Budget;
  /** What is seen of each point; two of the three are null. */
  sheet: Sheet | null;
  texts: string[] | null;
  values: Values | null;
  previous: (Past & { lagging: number[]; response: number | null }) | null;
  /** The turns before that, the first first. */
  past: Past[];
}

/** A turn that is over: how it was shown, and left. */
export interface Past {
  shown: Float64Array;
  edited: Float64Array;
  moved: number[];
  followed: Share | null;
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
  | { type: 'drop'; points: readonly number[]; drops: readonly Place[]; at: number; away?: number }
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
  /** How far from the middle of the canvas that of the picture may lie. */
  reach: number;
}

export type Shape =
  'circle' | 'square' | 'triangle' | 'diamond' | 'wedge' | 'hexagon' | 'star' | 'plus' | 'cross' | 'pentagon';

export type ColourMode = 'observed' | 'predicted' | 'confidence' | 'disagreement';

export interface Category {
  name: string;
  colour: string;
  shape: Shape;
  count: number;
  /** The points without a label, in a mode that shows labels. */
  unlabelled: boolean;
}

export interface Colouring {
  categories: Category[];
  /** The category of each point. */
  of: Uint16Array;
}

/** The colours of the data, and of what is drawn about it on the canvas alone. */
export interface Palette {
  dark: boolean;
  /** Each of the first ten classes has a shape of its own, beside its colour. */
  shaped: boolean;
  classes: readonly string[];
  grey: string;
  frame: string;
  /** About what is selected. */
  halo: string;
  /** From the least sure to the surest. */
  steps: readonly string[];
  agrees: string;
  disagrees: string;
}

/** All colours of the canvas: the palette, and those that it shares with the rest of the page (style/theme.css). */
export interface Theme extends Palette {
  ink: string;
  /** Of the canvas, and outside it. */
  paper: string;
  page: string;
  accent: string;
}
