// @ts-check
/** By keys from point to point, and with a selection from group to group. */

import { act } from './actions.js';
import { toLayout, toScreen } from './camera.js';
import { described } from './colours.js';
import { carry } from './hold.js';
import { beside, middle, nearestTo, tour, towards } from './neighbours.js';
import { announce } from './notices.js';
import { counted } from './panel.js';

/** @typedef {import('./app.js').App} App */
/** @typedef {import('./stage.js').Stage} Stage */
/** @typedef {import('./types').View} View */

/** Pixels from the edge of the canvas within which what one comes to is brought to the middle. */
const EDGE = 40;

/** @type {WeakMap<Float64Array, number[]>} */
const tours = new WeakMap();

/** To the next point on a tour of all, or the one before; with a selection in the hand, to the next group. @param {App} app @param {1 | -1} step */
export function walk(app, step) {
  const { stage, view } = app;
  if (!view) return;
  if (stage.drag?.keys) return toGroup(app, view, step);
  const order = tours.get(view.places) ?? tour(view.places, view.reserved);
  tours.set(view.places, order);
  const here = order.indexOf(from(stage, view));
  comeTo(app, view, order.at(here < 0 && step < 0 ? -1 : (here + step) % order.length) ?? -1, stage.adding);
}

/** To the nearest point in a direction. @param {App} app @param {number} dx @param {number} dy  1: up @param {boolean} more  adding it */
export function stride(app, dx, dy, more) {
  const { stage, view } = app;
  if (!view) return;
  const here = from(stage, view);
  const [x, y] = toLayout(stage.camera, stage.camera.width / 2, stage.camera.height / 2);
  comeTo(
    app,
    view,
    here < 0
      ? nearestTo(stage.places, stage.closed, x, y)
      : towards(stage.places, stage.closed, here, dx, dy),
    more,
  );
}

/** The selection with the point that lies nearest to it, or without the one that came to it last. @param {App} app @param {boolean} more */
export function grow(app, more) {
  const { stage, view } = app;
  const last = stage.selection.at(-1);
  if (!view || last === undefined) return;
  if (more) comeTo(app, view, beside(stage.places, stage.closed, stage.selection), true);
  else act(app, { type: 'select', points: [last], how: 'remove' });
}

/** Where the keys are: at the point that was come to, or was selected last; -1: nowhere yet. @param {Stage} stage @param {View} view */
function from(stage, view) {
  const { selection, keyed } = stage;
  if (keyed < view.n && (!selection.length || selection.includes(keyed))) return keyed;
  return selection.at(-1) ?? -1;
}

/** @param {App} app @param {View} view @param {number} i @param {boolean} more */
function comeTo(app, view, i, more) {
  const { stage } = app;
  if (i < 0) return;
  stage.keyed = i;
  act(app, { type: 'select', points: [i], how: more ? 'add' : 'replace' });
  inSight(stage, stage.places[2 * i] ?? 0, stage.places[2 * i + 1] ?? 0);
  const camera = stage.flight?.to ?? stage.camera;
  stage.point(i);
  stage.host.hovered(i, ...toScreen(camera, stage.places[2 * i] ?? 0, stage.places[2 * i + 1] ?? 0));
  announce(`${more && stage.editable ? `${counted(stage.selection.length, 'point')} selected. ` : ''}${described(view, i)}`);
}

/** What is in the hand, with its middle to that of a class. @param {App} app @param {View} view @param {1 | -1} step */
function toGroup({ stage, mode }, view, step) {
  const { drag, places, camera } = stage;
  if (!drag) return;
  const label = mode === 'predicted' ? view.predicted : view.observed;
  const held = new Set(drag.points);
  const groups = view.classes
    .map((name, k) => ({ name, points: [...label.keys()].filter((i) => label[i] === k && !held.has(i)) }))
    .filter(({ points }) => points.length);
  const next = drag.group < 0 && step < 0 ? groups.length - 1 : (drag.group + step + groups.length) % groups.length;
  const group = groups[next];
  if (!group) return;
  const [[x, y], [x0, y0]] = [middle(places, group.points), middle(places, drag.points)];
  carry(stage, (x - x0) * camera.scale, (y0 - y) * camera.scale);
  stage.drag = { ...drag, ...stage.drag, group: next };
  inSight(stage, x, y);
  announce(`At ${group.name}: ${counted(group.points.length, 'point')}. Enter drops here.`);
}

/** @param {Stage} stage @param {number} x @param {number} y  layout units */
function inSight(stage, x, y) {
  const camera = stage.flight?.to ?? stage.camera;
  const { width, height } = camera;
  const [sx, sy] = toScreen(camera, x, y);
  if (sx < EDGE || sy < EDGE || sx > width - EDGE || sy > height - EDGE) stage.panBy(width / 2 - sx, height / 2 - sy);
}
