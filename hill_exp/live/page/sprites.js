// @ts-check
/**
 * Sprites laid on a picture pixel by pixel. Thousands of small `drawImage` cost several times as much where no graphics
 * card helps; this takes the same few milliseconds everywhere. Pure: arrays alone.
 */

/**
 * @typedef {object} Sprite
 * @property {Uint32Array} pixels  row after row, as ImageData has them (little-endian: alpha in the highest byte)
 * @property {number} size         pixels, of a side
 */

/**
 * Lays the sprite on an opaque picture with its upper left corner at (left, top); what sticks out is cut off.
 * @param {Uint32Array} picture
 * @param {number} width   of the picture
 * @param {number} height
 * @param {Sprite} sprite
 * @param {number} left    whole pixels
 * @param {number} top
 */
export function drawSprite(picture, width, height, { pixels, size }, left, top) {
  const [x0, x1] = [Math.max(0, -left), Math.min(size, width - left)];
  const [y0, y1] = [Math.max(0, -top), Math.min(size, height - top)];
  for (let y = y0; y < y1; y++) {
    const [from, to] = [y * size, (top + y) * width + left];
    for (let x = x0; x < x1; x++) {
      const over = /** @type {number} */ (pixels[from + x]);
      const alpha = over >>> 24;
      if (alpha === 255) picture[to + x] = over;
      else if (alpha > 0) picture[to + x] = mixed(over, /** @type {number} */ (picture[to + x]), alpha);
    }
  }
}

/** The sprite, fainter by a factor. @param {Sprite} sprite @param {number} factor @returns {Sprite} */
export function faded({ pixels, size }, factor) {
  return {
    size,
    pixels: pixels.map((pixel) => ((Math.round((pixel >>> 24) * factor) << 24) | (pixel & 0xffffff)) >>> 0),
  };
}

/**
 * Two bytes at once: red and blue, then green.
 * @param {number} over
 * @param {number} under
 * @param {number} alpha
 */
function mixed(over, under, alpha) {
  const rest = 255 - alpha;
  const redBlue = ((over & 0xff00ff) * alpha + (under & 0xff00ff) * rest + 0x800080) >>> 8;
  const green = ((over & 0x00ff00) * alpha + (under & 0x00ff00) * rest + 0x008000) >>> 8;
  return (0xff000000 | (redBlue & 0xff00ff) | (green & 0x00ff00)) >>> 0;
}
