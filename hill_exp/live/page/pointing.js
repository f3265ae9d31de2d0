// @ts-check
/** What the pointer is at, and what it does to the stage. */

import { pan, toLayout, zoom } from './camera.js';
import { markRadius } from './draw.js';
import { nearest, squareAt } from './geometry.js';
import { share } from './glide.js';
import { carry, drop, takeUp } from './hold.js';
import { BRUSH, selectedBy } from './strokes.js';

/** @typedef {import('./stage.js').Stage} Stage */

/** @param {Stage} stage @returns {import('./pointer.js').Host} */
export function pointerHost(stage) {
  return {
    hit: (x, y, slack) => hit(stage, x, y, slack, stage.closed),
    isSelected: (i) => stage.selection.includes(i),
    panning: () => stage.hand || stage.space,
    adding: () => stage.adding || stage.tool === 'brush',
    select: (points, how) => stage.editable && stage.host.act({ type: 'select', points, how }),
    lasso: (outline) => {
      stage.outline = stage.editable ? outline : null;
      stage.redraw('live');
    },
    enclosed: (outline, how) => {
      const { tool, camera, places } = stage;
      const path = [];
      for (let k = 0; k < outline.length; k += 2)
        path.push(...toLayout(camera, outline[k] ?? 0, outline[k + 1] ?? 0));
      const { closed } = stage;
      const points = selectedBy(tool, places, path, BRUSH / camera.scale).filter((i) => !closed[i]);
      if (stage.editable) stage.host.act({ type: 'select', points, how });
    },
    takeUp: () => takeUp(stage, false),
    carry: (dx, dy) => carry(stage, dx, dy),
    letGo: (down) => drop(stage, down),
    pan: (dx, dy) => stage.move(pan(stage.camera, dx, dy)),
    zoom: (factor, x, y) => stage.move(zoom(stage.camera, factor, x, y)),
    hover: (x, y) => {
      stage.cursor = [x, y];
      const i = hit(stage, x, y, 5);
      stage.point(i);
      cursorStyle(stage, i);
      stage.host.hovered(i, x, y);
    },
    leave: () => {
      stage.cursor = null;
      stage.point(-1);
      stage.host.hovered(-1, 0, 0);
    },
    touch: () => {
      stage.host.hovered(-1, 0, 0);
      if (stage.drag?.keys) drop(stage, true);
      if (stage.glide && share(stage.glide, performance.now()) < 1) stage.settle();
    },
  };
}

/**
 * The point there, or -1.
 * @param {Stage} stage
 * @param {number} x
 * @param {number} y
 * @param {number} slack  pixels beside the mark
 * @param {Uint8Array} [closed]  1 for points that are not meant
 */
export function hit(stage, x, y, slack, closed) {
  if (!stage.view) return -1;
  const [lx, ly] = toLayout(stage.camera, x, y);
  const images = stage.images();
  if (images) {
    // A picture lies over the marks beneath it.
    const i = squareAt(stage.places, lx, ly, images.size / 2 / stage.camera.scale, images.shown);
    if (i >= 0 && !closed?.[i]) return i;
  }
  const reach = markRadius(stage.camera.scale / stage.camera.whole, stage.view.n) + slack;
  return nearest(stage.places, lx, ly, reach / stage.camera.scale, closed);
}

/** @param {Stage} stage @param {number} i */
export function cursorStyle(stage, i) {
  const live = stage.scatter.live;
  if (stage.hand || stage.space) live.style.cursor = 'grab';
  else if (i < 0 || !stage.editable) live.style.cursor = stage.editable ? 'crosshair' : 'default';
  else
    live.style.cursor = stage.host.refusal(stage.selection.includes(i) ? stage.selection : [i]) ? 'not-allowed' : 'move';
}
