// @ts-check
/** For tests in a browser: what the page holds, to be read and not changed. */

import { ordered } from './choosing.js';
import { byId } from './dom.js';
import { left, undone } from './edit.js';

/** As `window.hill`. @param {import('./app.js').App} app */
export function exposeProbe(app) {
  const { stage } = app;
  const probe = {
    get state() {
      const { edit, view, state, mode } = app;
      return {
        phase: state?.phase,
        reader: state?.reader,
        turn: view?.turn,
        n: view?.n,
        mode,
        selection: [...(edit?.selection ?? [])],
        gestures: edit?.gestures.length ?? 0,
        undone: edit ? undone(edit) : 0,
        left: edit ? left(edit, app.seconds) : null,
        showing: stage.showing,
        gliding: document.body.hasAttribute('data-gliding'),
        observed: [...(view?.observed ?? [])],
        reserved: [...(view?.reserved.keys() ?? [])].filter((i) => view?.reserved[i]),
        predicted: [...(view?.predicted ?? [])],
        places: [...stage.places],
      };
    },
    get camera() {
      return { ...stage.camera };
    },
    /** The points that have a picture, and its size; null: none has. */
    get shown() {
      const images = stage.images();
      return images && { points: [...images.shown.keys()].filter((i) => images.shown[i]), size: images.size };
    },
    /** Points that may be moved, the least sure first. */
    get leastSure() {
      const { edit } = app;
      return edit && ordered(edit.view, edit.places, [...edit.view.reserved.keys()], 'unsure').filter((i) => !edit.view.reserved[i]);
    },
    /** Where point i is in the window. @param {number} i */
    screen(i) {
      const box = byId('live').getBoundingClientRect();
      const [x, y] = stage.screen(i);
      return { x: box.left + x, y: box.top + y };
    },
    /** Milliseconds of one full drawing of both layers. */
    redraw() {
      const start = performance.now();
      stage.stale = { still: true, live: true };
      stage.draw();
      return performance.now() - start;
    },
  };
  Object.defineProperty(window, 'hill', { value: Object.freeze(probe) });
}
