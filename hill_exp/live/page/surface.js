// @ts-check
/** Surfaces to draw on. */

/** @typedef {(width: number, height: number) => HTMLCanvasElement} MakeSurface */

/** A surface that is not on the page. @param {number} width @param {number} height */
export const surface = (width, height) => {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return canvas;
};

/**
 * @param {HTMLCanvasElement} canvas
 * @param {boolean} [read]  its pixels are read often: it stays in main memory
 */
export const context = (canvas, read = false) =>
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: read }));
