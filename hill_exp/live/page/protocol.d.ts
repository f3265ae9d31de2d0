/**
 * What the server and the page say to each other, as JSON. Types alone: nothing here runs. tests/test_protocol.py holds
 * them equal to what the server reads and sends; it reads interfaces and type aliases, with no types in line.
 */

// --- a view ---

/** In layout units. */
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

/** The values of each point: as many as can be shown, of `all`. */
export interface Values {
  rows: number[][];
  /** What each value is called; null: they have no names. */
  names: string[] | null;
  all: number;
}

/** So many of so many. */
export type Share = [number, number];

/** A view before this one, and what was done with it. */
export interface Past {
  positions: Place[];
  edited: Place[];
  moved: number[];
  /** Of the moved points, those that have followed; null: it was not measured. */
  followed: Share | null;
}

/** The last view before this one. */
export interface Previous extends Past {
  /** Of the moved points, those that have not. */
  lagging: number[];
  /** Embedding response to the edit; null: it was not measured. */
  response: number | null;
}

export interface WireView {
  turn: number;
  turns: number;
  n: number;
  classes: string[];
  positions: Place[];
  observed: number[];
  /** Points that are seen, and that nobody may move. */
  reserved: number[];
  /** null: withheld by the condition; so are the others. */
  predicted: number[] | null;
  confidence: number[] | null;
  /** For each class the point at which its name stands, or -1. */
  names: number[] | null;
  /** Of each point those nearest to it in the latent space, the nearest first. */
  neighbours: number[][] | null;
  pins: (Place | null)[];
  extent: number;
  budget: Budget;
  /** What a person sees of each point: its picture, a text, or its values; the others are null. */
  sheet: Sheet | null;
  texts: string[] | null;
  values: Values | null;
  previous: Previous | null;
  /** Those before it, the first first. */
  past: Past[];
}

export interface Gesture {
  points: readonly number[];
  drops: readonly Place[];
  /** Since the gesture before it was dropped, or since the view was shown. */
  seconds: number;
  /** Since the view was shown. */
  at: number;
}

/** From, to: seconds since the view was shown. */
export type Span = [number, number];

/** The window, since a time. Lengths in CSS pixels. */
export interface Window {
  at: number;
  width: number;
  height: number;
  /** Device pixels a CSS pixel. */
  ratio: number;
  pointer: 'fine' | 'coarse' | 'none';
}

/** What part of the layout is in sight, since a time. */
export interface Zoom {
  at: number;
  /** The middle, in layout units. */
  x: number;
  y: number;
  /** 1: all of it. */
  zoom: number;
}

/** Points that were selected, or whose gesture was taken back; the first of them are named. */
export interface Group {
  at: number;
  count: number;
  points: number[];
}

/** What the page notes of a person during a turn, beside the gestures. */
export interface Noted {
  /** When this was told. */
  until: number;
  /** Another tab, window or program was in front. */
  away: Span[];
  /** No hand stirred. */
  gaps: Span[];
  /** Pictures looked at: the point, when, for how many seconds. */
  looks: [number, number, number][];
  windows: Window[];
  zooms: Zoom[];
  selections: Group[];
  undone: Group[];
}

export interface Draft {
  gestures: readonly Gesture[];
  undone: number;
  elapsed: number;
  noted: Noted | null;
}

// --- what the server says ---

export interface ScaleItem {
  key: string;
  text: string;
  low: string;
  high: string;
  min: number;
  max: number;
  step: number;
}

export interface ChoiceItem {
  key: string;
  text: string;
  choices: string[];
}

export interface TextItem {
  key: string;
  text: string;
  kind: 'text';
}

/** A question. */
export type Item = ScaleItem | ChoiceItem | TextItem;

/** One entry an epoch. */
export interface Curves {
  epoch: number[];
  train_loss: number[];
  teaching_loss: number[];
}

/** The share of the labelled points whose label the model gave at a turn; null: none was labelled. */
export interface Agreement {
  turn: number;
  agreement: number | null;
}

/** In every phase. */
export interface Common {
  type: 'state';
  /** Another tab writes. */
  reader: boolean;
  practice: boolean;
  /** Short name of the person; null: it has none. */
  who: string | null;
  /** The person is in a study, and may leave it. */
  may_leave: boolean;
  /** The choices by their groups; null: the person is not told, or there is none. */
  condition: Record<string, string> | null;
  step: number;
  steps: number;
  /** Of a study with several conditions: which one this is, of how many; null: none of them. */
  round: Share | null;
  /** Of the whole training; null: there is none, or it is not known. */
  epochs: number | null;
  curves: Curves;
  history: Agreement[];
}

export interface TextState extends Common {
  phase: 'consent' | 'instructions';
  title: string;
  text: string;
}

export interface QuestionsState extends Common {
  phase: 'questions';
  title: string;
  text: string;
  items: Item[];
}

export interface EditState extends Common {
  phase: 'edit';
  view: WireView;
  draft: Draft;
}

export interface TrainingState extends Common {
  phase: 'training';
  /** The view shown last, with the points where the person put them; null: none was shown yet. */
  view: WireView | null;
  epoch: number;
  turn: number;
  /** Recorded turns are played back after a restart. */
  playback: boolean;
  /** How many other trainings come before; 0: it trains. */
  ahead: number;
}

export interface AnswerState extends Common {
  phase: 'answer';
  view: WireView | null;
}

export interface EndState extends Common {
  phase: 'done' | 'failed';
  text: string;
}

export type StateMessage = TextState | QuestionsState | EditState | TrainingState | AnswerState | EndState;

export interface ProgressMessage {
  type: 'progress';
  epoch: number;
  epochs: number | null;
  train_loss: number;
  teaching_loss: number;
}

export interface RefusedMessage {
  type: 'refused';
  reason: string;
  in_reply_to: string | null;
}

/** What the edit of so many gestures would teach, if it were handed over. */
export interface RehearsedMessage {
  type: 'rehearsed';
  turn: number;
  gestures: number;
  /** The moved points that would teach nothing. */
  silent: number[];
}

export interface SavedMessage {
  type: 'saved';
  gestures: number;
}

/** To a tab that only watches: what the other one has done so far. */
export interface MovesMessage {
  type: 'moves';
  draft: Draft;
}

/** How many other trainings come before; 0: it trains. */
export interface QueueMessage {
  type: 'queue';
  ahead: number;
}

export type ServerMessage = StateMessage | ProgressMessage | QueueMessage | RefusedMessage | SavedMessage | MovesMessage | RehearsedMessage;

// --- what the page says; each is named as its class on the server ---

export interface KeepDraft {
  type: 'draft';
  noted?: Noted | null;
  turn: number;
  gestures: readonly Gesture[];
  undone: number;
}

export interface Teach {
  type: 'teach';
  noted?: Noted | null;
  turn: number;
  gestures: readonly Gesture[];
  undone: number;
}

export interface Skip {
  type: 'skip';
  noted?: Noted | null;
  turn: number;
}

export interface Stop {
  type: 'stop';
  noted?: Noted | null;
  turn: number;
}

export interface Agree {
  type: 'agree';
}

export interface Decline {
  type: 'decline';
}

/** The person leaves the study. */
export interface Withdraw {
  type: 'withdraw';
  /** What was done so far may be kept; else it is deleted. */
  keep: boolean;
}

export interface Begin {
  type: 'begin';
}

export interface Answers {
  type: 'answers';
  /** By key; null: the person would rather not say. */
  answers: Record<string, string | number | null>;
}

export interface Next {
  type: 'next';
}

export interface Takeover {
  type: 'takeover';
}

export type PageMessage =
  KeepDraft | Teach | Skip | Stop | Agree | Decline | Withdraw | Begin | Answers | Next | Takeover;
