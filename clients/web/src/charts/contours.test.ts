// Contours of surfaces.

import { describe, expect, it } from "vitest";
import { scaleOf } from "./colorScale";
import { contourOf, levelsOf, type Surface } from "./contours";

function surface(width: number, height: number, of: (x: number, y: number) => number): Surface {
  const values = Float64Array.from({ length: width * height }, (_, cell) =>
    of(cell % width, Math.floor(cell / width)),
  );
  return { values, width, height };
}

/** The value at a point on a side between two middles of cells. */
function valueAt({ values, width }: Surface, x: number, y: number): number {
  const [left, low] = [Math.floor(x + 1e-9), Math.floor(y + 1e-9)];
  const [dx, dy] = [x - left, y - low];
  const from = values[low * width + left] ?? Number.NaN;
  if (Math.abs(dx) < 1e-9 && Math.abs(dy) < 1e-9) {
    return from;
  }
  const isAcross = Math.abs(dy) < 1e-9;
  const to = values[isAcross ? low * width + left + 1 : (low + 1) * width + left] ?? Number.NaN;
  return from + (isAcross ? dx : dy) * (to - from);
}

describe("a contour", () => {
  it("lies where the surface has its level, whatever the surface is", () => {
    let state = 7;
    const dice = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    for (let round = 0; round < 20; round += 1) {
      const wild = surface(9, 7, () => dice() * 10 - 5);
      const pieces = contourOf(wild, 0.5);
      expect(pieces.length % 4).toBe(0);
      expect(pieces.length).toBeGreaterThan(0);
      for (let at = 0; at < pieces.length; at += 2) {
        expect(valueAt(wild, pieces[at] ?? 0, pieces[at + 1] ?? 0)).toBeCloseTo(0.5, 9);
      }
      // Each pair of neighbours on two sides of the level is crossed by as many pieces as it has
      // quarters beside it: a line ends nowhere but at the border.
      const ends = new Map<string, number>();
      for (let at = 0; at < pieces.length; at += 2) {
        const key = `${pieces[at]?.toFixed(6)} ${pieces[at + 1]?.toFixed(6)}`;
        ends.set(key, (ends.get(key) ?? 0) + 1);
      }
      for (const [key, count] of ends) {
        const [x = 0, y = 0] = key.split(" ").map(Number);
        const isAtBorder = x < 1e-6 || y < 1e-6 || x > 8 - 1e-6 || y > 6 - 1e-6;
        expect(count, key).toBe(isAtBorder ? 1 : 2);
      }
    }
  });

  it("is one straight line across a slope", () => {
    const pieces = contourOf(
      surface(4, 3, (x) => x * 10),
      15,
    );
    expect(pieces).toEqual([1.5, 0, 1.5, 1, 1.5, 1, 1.5, 2]);
  });

  it("leaves out what is beside an unknown cell, and a surface that never has the level", () => {
    const holed = surface(3, 3, (x, y) => (x === 1 && y === 1 ? Number.NaN : x));
    expect(contourOf(holed, 0.5)).toEqual([]);
    expect(
      contourOf(
        surface(3, 3, (x) => x),
        9,
      ),
    ).toEqual([]);
  });
});

describe("levels", () => {
  it("part the scale evenly, by value or by rank", () => {
    const scale = { kind: "sequential", low: 0, high: 80, isLessBetter: false } as const;
    expect(levelsOf(scale)).toEqual([10, 20, 30, 40, 50, 60, 70]);
    const ranks = Float64Array.from({ length: 81 }, (_, at) => at * at);
    expect(levelsOf({ ...scale, high: 6_400, ranks })).toEqual(
      [10, 20, 30, 40, 50, 60, 70].map((at) => at * at),
    );
    // Half of them are the least, and parted from nothing by it.
    const half = Float64Array.from({ length: 81 }, (_, at) => Math.max(0, at - 40));
    expect(levelsOf({ ...scale, high: 40, ranks: half })).toEqual([10, 20, 30]);
  });

  it("are drawn nowhere on a map that is all the same", () => {
    const flat = surface(3, 3, () => 3);
    const pieces = levelsOf(scaleOf(flat.values, false)).map((level) => contourOf(flat, level));
    expect(pieces.flat()).toEqual([]);
  });
});
