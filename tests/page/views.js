/** A view as the server would send it, of four points unless others are given. */
export function wireView(given = {}) {
  const positions = given.positions ?? [
    [0, 0],
    [1, 0],
    [0, 1],
    [-1, -1],
  ];
  const n = positions.length;
  return {
    turn: 0,
    turns: 3,
    n,
    classes: ['cat', 'dog', 'owl'],
    positions,
    observed: Array.from({ length: n }, (_, i) => (i % 4) - 1),
    reserved: [],
    predicted: Array.from({ length: n }, (_, i) => i % 3),
    confidence: Array.from({ length: n }, (_, i) => (i + 1) / n),
    names: null,
    neighbours: null,
    pins: Array.from({ length: n }, () => null),
    extent: 3,
    budget: { points: null, gestures: null, seconds: null },
    sheet: { url: 'thumbnails.png', columns: 2, width: 8, height: 8 },
    texts: null,
    values: null,
    previous: null,
    past: [],
    ...given,
  };
}
