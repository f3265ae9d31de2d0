// @ts-check
/** Looks after the person: fills the notebook of the turn from what the page shows. */

import { save } from './actions.js';

/** @typedef {import('./app.js').App} App */

/** Milliseconds from look to look, and until what was noted is told without a gesture. */
const [EVERY, TELL] = [100, 10_000];
const STIRS = ['pointerdown', 'pointermove', 'keydown', 'wheel'];

/** @param {App} app */
export function watch(app) {
  let [stirred, told] = [performance.now(), performance.now()];
  const look = () => {
    if (!app.edit || !app.mayEdit) return;
    const { stage } = app;
    const { camera } = stage;
    const seen = app.view?.reserved[stage.hover] ? -1 : stage.hover;
    app.notebook.see(app.seconds, {
      present: document.visibilityState === 'visible' && document.hasFocus(),
      stirred: (stirred - app.shownAt) / 1000,
      look: stage.drag ? -1 : seen,
      camera: { x: round(camera.x), y: round(camera.y), zoom: round(camera.scale / camera.whole) },
      window: { width: innerWidth, height: innerHeight, ratio: devicePixelRatio, pointer: pointer() },
    });
  };
  const tell = () => {
    look();
    told = performance.now();
    save(app);
  };
  for (const stir of STIRS)
    addEventListener(stir, () => void (stirred = performance.now()), { capture: true, passive: true });
  for (const change of ['focus', 'blur', 'resize']) addEventListener(change, look);
  document.addEventListener('visibilitychange', tell);
  addEventListener('pagehide', tell);
  setInterval(() => (performance.now() - told > TELL ? tell() : look()), EVERY);
}

/** @returns {'fine' | 'coarse' | 'none'} */
function pointer() {
  if (matchMedia('(pointer: fine)').matches) return 'fine';
  return matchMedia('(pointer: coarse)').matches ? 'coarse' : 'none';
}

/** @param {number} x */
const round = (x) => Math.round(x * 1000) / 1000;
