// What is quick about a map says what the slow and plain way says.

import { expect, test } from "vitest";
import { finite, inOrder } from "./order";
import { fragilePeaks, type Grid, isFragile, lossAround, smoothed } from "./plateau";

/** Numbers in [0, 1) that are the same each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function around(values: Float64Array, grid: Grid, cell: number, withItself: boolean): number[] {
  const { width, height } = grid;
  const [x, y] = [cell % width, Math.floor(cell / width)];
  const found: number[] = [];
  for (let line = 0; line < height; line += 1) {
    for (let column = 0; column < width; column += 1) {
      const isNear =
        Math.abs(line - y) <= Number(grid.isOrderedUp) &&
        Math.abs(column - x) <= Number(grid.isOrderedAcross);
      const value = values[line * width + column] ?? Number.NaN;
      if (isNear && !Number.isNaN(value) && (withItself || line !== y || column !== x)) {
        found.push(value);
      }
    }
  }
  return found.sort((a, b) => a - b);
}

function median(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Maps of several shapes, some full, some with holes, some with many equal values. */
const maps = Array.from({ length: 60 }, (_, seed) => {
  const next = numbers(seed + 1);
  const [width, height] = [1 + Math.floor(next() * 9), 1 + Math.floor(next() * 9)];
  const [holes, steps] = [[0, 0.1, 0.6][seed % 3] ?? 0, seed % 2 === 0 ? 4 : 1e9];
  const values = Float64Array.from({ length: width * height }, () =>
    next() < holes ? Number.NaN : Math.round((next() - 0.3) * steps) / steps + 0,
  );
  const grid = { width, height, isOrderedAcross: seed % 5 !== 0, isOrderedUp: seed % 7 !== 0 };
  return { values, grid };
});

test("each cell is the median of what is known around it, whichever way it was found", () => {
  for (const { values, grid } of maps) {
    const dimensions =
      Number(grid.isOrderedAcross && grid.width > 1) + Number(grid.isOrderedUp && grid.height > 1);
    const plain = [...values].map((value, cell) => {
      const near = around(values, grid, cell, true);
      const isKnown = !Number.isNaN(value) && near.length >= (dimensions === 2 ? 4 : 2);
      return isKnown ? median(near) : Number.NaN;
    });
    expect([...smoothed(values, grid)]).toEqual(plain);
  }
});

test("the peaks that are warned of are the fragile ones of the five best, for both goals", () => {
  for (const { values, grid } of maps) {
    for (const isMaximized of [true, false]) {
      const sign = isMaximized ? 1 : -1;
      const worth = (cell: number) => sign * (values[cell] ?? Number.NaN);
      const peaks = [...values.keys()].filter((cell) => {
        const near = around(values, grid, cell, false);
        return near.length > 0 && near.every((value) => sign * value <= worth(cell));
      });
      const best = peaks.sort((a, b) => worth(b) - worth(a) || a - b).slice(0, 5);
      const plain = best.filter((it) => isFragile(lossAround(values, grid, it, isMaximized)));
      expect(fragilePeaks(values, grid, isMaximized)).toEqual(plain);
    }
  }
});

test("what stands at a place is found without sorting, and only among numbers", () => {
  for (const { values } of maps) {
    const known = finite(values);
    const sorted = [...values].filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
    expect(known.length).toBe(sorted.length);
    for (const place of [0, Math.floor(known.length / 2), known.length - 1]) {
      expect(inOrder(Float64Array.from(known), place)).toBe(sorted[place]);
    }
  }
  expect(inOrder(finite(Float64Array.of(Number.NaN, Infinity)), 0)).toBeUndefined();
});
