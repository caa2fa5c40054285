// Where a surface over the cells of a map passes a level: lines between the middles of cells. Knows no
// canvas.

import type { ColorScale } from "./colorScale";

/** So many levels within a scale. */
export const LEVELS = 7;

/** Levels as far from one another as the colours are: by value, or by rank where those go by rank. */
export function levelsOf({ low, high, ranks }: ColorScale): number[] {
  const all = Array.from({ length: LEVELS }, (_, at) => {
    const share = (at + 1) / (LEVELS + 1);
    return ranks
      ? (ranks[Math.round(share * (ranks.length - 1))] ?? Number.NaN)
      : low + share * (high - low);
  });
  // Of many equal values several ranks are one level, and one at an end parts nothing.
  return [...new Set(all)].filter((level) => level > low && level < high);
}

export interface Surface {
  /** Row by row from the lowest; NaN where there is no value. */
  readonly values: Float64Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Pieces of the line on which the surface has the level, each as `x1 y1 x2 y2` in cells from the
 * middle of the first one. Nothing is drawn where one of four neighbours is unknown.
 */
export function contourOf({ values, width, height }: Surface, level: number): number[] {
  const pieces: number[] = [];
  const points = new Float64Array(8);
  for (let y = 0; y < height - 1; y += 1) {
    for (let x = 0; x < width - 1; x += 1) {
      const at = y * width + x;
      const a = values[at] ?? Number.NaN;
      const b = values[at + 1] ?? Number.NaN;
      const c = values[at + width + 1] ?? Number.NaN;
      const d = values[at + width] ?? Number.NaN;
      const above = +(a >= level) + +(b >= level) + +(c >= level) + +(d >= level);
      if (above === 0 || above === 4) {
        continue;
      }
      const count = crossings([a, b, c, d], level, x, y, points);
      if (count === 2) {
        pieces.push(...points.subarray(0, 4));
      } else if (count === 4) {
        // A saddle: the middle tells which corners hang together.
        const isJoined = (a + b + c + d) / 4 >= level === a >= level;
        const order = isJoined ? [0, 1, 2, 3] : [0, 3, 1, 2];
        for (const point of order) {
          pieces.push(points[2 * point] ?? 0, points[2 * point + 1] ?? 0);
        }
      }
    }
  }
  return pieces;
}

type Corners = readonly [a: number, b: number, c: number, d: number];

/** Where the sides below, at the right, above and at the left are crossed; how many are. */
function crossings(
  [a, b, c, d]: Corners,
  level: number,
  x: number,
  y: number,
  into: Float64Array,
): number {
  if (Number.isNaN(a + b + c + d)) {
    return 0;
  }
  let count = 0;
  const cross = (from: number, to: number, dx: number, dy: number, left: number, low: number) => {
    if (from >= level !== to >= level) {
      const share = (level - from) / (to - from);
      into[2 * count] = left + share * dx;
      into[2 * count + 1] = low + share * dy;
      count += 1;
    }
  };
  cross(a, b, 1, 0, x, y);
  cross(b, c, 0, 1, x + 1, y);
  cross(c, d, -1, 0, x + 1, y + 1);
  cross(d, a, 0, -1, x, y + 1);
  return count;
}
