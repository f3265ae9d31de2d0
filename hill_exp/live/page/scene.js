// @ts-check
/** What the canvas shows, apart from what a hand does there. */

import { toScreen } from './camera.js';
import { at } from './geometry.js';

/** @typedef {import('./types').Camera} Camera */
/** @typedef {import('./types').Category} Category */
/** @typedef {import('./types').Theme} Theme */

/**
 * @typedef {object} Scene
 * @property {Float64Array} places       where the points are drawn
 * @property {Float64Array} origin       where the model has them
 * @property {readonly number[]} moved   the points that are elsewhere: with ghost and arrow
 * @property {readonly {i: number, followed: boolean}[]} taught  the points moved in the turn before
 * @property {readonly number[]} selection
 * @property {Category[]} categories
 * @property {Uint16Array} of            the category of each point
 * @property {Int32Array} observed       below 0: drawn hollow
 * @property {Uint8Array} reserved       1: drawn as locked
 * @property {readonly number[]} away    points in the hand: ghosts here, drawn on the live layer
 * @property {ReadonlySet<number> | null} lit  the categories that are not pale; null: none is
 * @property {number} extent
 * @property {readonly number[] | null} names  for each class the point at which its name is written, or -1
 * @property {readonly string[]} classes
 * @property {import('./thumbnails.js').Images | null} images  drawn instead of marks where there is room
 * @property {Theme} theme
 */

/** @param {import('./stage.js').Stage} stage @param {import('./types').View} view @returns {Scene} */
export function sceneOf(stage, view) {
  const { edit, past, showing, colouring } = stage;
  const now = showing === 'now';
  const back = showing === 'edited' ? past : null;
  return {
    places: stage.places,
    origin: back?.shown ?? view.places,
    moved: now ? stage.moved : (back?.moved ?? []),
    taught: now ? stage.taught : [],
    selection: now && edit ? edit.selection : [],
    categories: colouring.categories,
    of: colouring.of,
    observed: view.observed,
    reserved: view.reserved,
    away: stage.drag?.points ?? [],
    lit: stage.lit,
    extent: view.extent,
    names: view.names,
    classes: view.classes,
    images: stage.images(),
    theme: stage.theme,
  };
}

/** How a point is drawn. @param {Scene} scene @param {number} i @returns {'full' | 'hollow' | 'locked'} */
export const kindOf = ({ observed, reserved }, i) =>
  at(reserved, i) ? 'locked' : at(observed, i) < 0 ? 'hollow' : 'full';

/** Where a point is drawn, pixels. @param {Scene} scene @param {Camera} camera @param {number} i */
export const screen = (scene, camera, i) => toScreen(camera, at(scene.places, 2 * i), at(scene.places, 2 * i + 1));
