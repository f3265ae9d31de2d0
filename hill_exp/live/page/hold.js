// @ts-check
/** The selection in the hand: taken up, carried, dropped, gathered. */

import { toLayout } from './camera.js';
import { around, held, pile, shifted } from './geometry.js';

/** @typedef {import('./stage.js').Stage} Stage */
/** @typedef {import('./protocol').Place} Place */

/** Whether points can be taken up now; if not, the host tells why. @param {Stage} stage @param {boolean} keys */
export function takeUp(stage, keys) {
  const points = stage.selection;
  const reason =
    stage.showing !== 'now' ? 'This is the turn before: go back to Now to move points.' : stage.host.refusal(points);
  if (!stage.editable || reason) {
    if (reason) stage.host.refuse(reason);
    return false;
  }
  stage.settle();
  stage.drag = { points, box: around(stage.places, points), dx: 0, dy: 0, keys, group: -1 };
  stage.redraw();
  return true;
}

/** @param {Stage} stage @param {number} dx @param {number} dy  pixels, since it was taken up */
export function carry(stage, dx, dy) {
  const { drag, view, camera } = stage;
  if (!drag || !view) return;
  const [x, y] = held(drag.box, dx / camera.scale, -dy / camera.scale, view.extent);
  stage.drag = { ...drag, dx: x, dy: y };
  stage.redraw('live');
}

/** @param {Stage} stage @param {boolean} down  or back where it was */
export function drop(stage, down) {
  const { drag, places } = stage;
  if (!drag) return;
  stage.drag = null;
  stage.redraw();
  if (!down || (drag.dx === 0 && drag.dy === 0)) return;
  const drops = shifted(places, drag.points, drag.dx, drag.dy);
  drag.points.forEach((i, k) => {
    [places[2 * i], places[2 * i + 1]] = /** @type {Place} */ (drops[k]);
  });
  stage.host.act({ type: 'drop', points: drag.points, drops });
  stage.settle();
}

/** The selection as a pile under the pointer, or where its middle is. @param {Stage} stage */
export function gather(stage) {
  const { view, selection, cursor } = stage;
  if (!view || !takeUp(stage, false)) return;
  stage.drag = null;
  const box = around(stage.places, selection);
  const [x, y] = cursor
    ? toLayout(stage.camera, ...cursor)
    : [(box.left + box.right) / 2, (box.low + box.high) / 2];
  stage.host.act({ type: 'drop', points: selection, drops: pile(selection, x, y, view.extent) });
}
