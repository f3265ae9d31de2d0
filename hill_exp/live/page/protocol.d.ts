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

/** So many of so many. */
export type Share = [number, number];

/** The view before this one, and what was done with it. */
export interface Previous {
  positions: Place[];
  edited: Place[];
  moved: number[];
  /** Of the moved points, those that have followed; null: it was not measured. */
  followed: Share | null;
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
  predicted: number[];
  confidence: number[];
  pins: (Place | null)[];
  extent: number;
  budget: Budget;
  sheet: Sheet;
  previous: Previous | null;
}

export interface Gesture {
  points: readonly number[];
  drops: readonly Place[];
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
  participant: number | null;
  /** The choices by their groups; null: the person is not told, or there is none. */
  condition: Record<string, string> | null;
  step: number;
  steps: number;
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
  epochs: number;
  turn: number;
  /** Recorded turns are played back after a restart. */
  playback: boolean;
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
  epochs: number;
  train_loss: number;
  teaching_loss: number;
}

export interface RefusedMessage {
  type: 'refused';
  reason: string;
  in_reply_to: string | null;
}

export interface SavedMessage {
  type: 'saved';
  gestures: number;
}

export type ServerMessage = StateMessage | ProgressMessage | RefusedMessage | SavedMessage;

// --- what the page says; each is named as its class on the server ---

export interface KeepDraft {
  type: 'draft';
  turn: number;
  gestures: readonly Gesture[];
  undone: number;
}

export interface Teach {
  type: 'teach';
  turn: number;
  gestures: readonly Gesture[];
  undone: number;
}

export interface Skip {
  type: 'skip';
  turn: number;
}

export interface Stop {
  type: 'stop';
  turn: number;
}

export interface Agree {
  type: 'agree';
}

export interface Decline {
  type: 'decline';
}

export interface Begin {
  type: 'begin';
}

export interface Answers {
  type: 'answers';
  answers: Record<string, string | number>;
}

export interface Next {
  type: 'next';
}

export interface Takeover {
  type: 'takeover';
}

export type PageMessage = KeepDraft | Teach | Skip | Stop | Agree | Decline | Begin | Answers | Next | Takeover;
