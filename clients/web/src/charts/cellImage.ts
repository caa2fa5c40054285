// The cells of a map as an image of one pixel each, of which only those that landed since are
// coloured anew. Knows no canvas on the page.

import {
  type Coloring,
  type ColorScale,
  colorIn,
  coloringOf,
  packed,
  paletteOf,
} from "./colorScale";
import { CellState } from "./projection";

export interface Cells {
  readonly values: Float64Array;
  readonly states: Uint8Array;
  /** Which cells were laid, one after the other, and how many that were. */
  readonly laid: Int32Array;
  readonly laidCount: number;
  readonly scale: ColorScale;
}

/** Cells from one corner to another, both within; lines count from the bottom. */
export interface CellBox {
  readonly first: number;
  readonly last: number;
  readonly lowest: number;
  readonly highest: number;
}

const FAILED = { light: 0xd9a7b0, dark: 0x5b2c3a };
const UNUSABLE = { light: 0xd5dae0, dark: 0x37424e };

export class CellImage {
  readonly canvas = document.createElement("canvas");
  #image: ImageData | undefined;
  /** What the image is of: while it is the same, only cells that were laid since are coloured. */
  #of: { values: Float64Array; scale: ColorScale; isDark: boolean } | undefined;
  #taken = 0;

  /** Colours what is new; which cells those are, at the most. */
  update(cells: Cells, columns: number, lines: number, isDark: boolean): CellBox | "all" | "none" {
    const image = this.#imageOf(columns, lines);
    const { values, scale, laid, laidCount } = cells;
    const before = this.#of;
    const isSame = before?.values === values && before.scale === scale && before.isDark === isDark;
    if (isSame && this.#taken === laidCount) {
      return "none";
    }
    const pixels = new Uint32Array(image.data.buffer);
    const colors = colorsOf(cells, isDark);
    const context = this.canvas.getContext("2d");
    const from = this.#taken;
    this.#of = { values, scale, isDark };
    this.#taken = laidCount;
    if (!isSame) {
      for (let line = 0, cell = 0; line < lines; line += 1) {
        // An image begins at its top, and an axis at the bottom.
        const start = (lines - 1 - line) * columns;
        for (let column = 0; column < columns; column += 1, cell += 1) {
          pixels[start + column] = colorAt(colors, cells, cell);
        }
      }
      context?.putImageData(image, 0, 0);
      return "all";
    }
    let [first, last, lowest, highest] = [columns, -1, lines, -1];
    for (let at = from; at < laidCount; at += 1) {
      const cell = laid[at] ?? 0;
      const column = cell % columns;
      const line = (cell - column) / columns;
      pixels[(lines - 1 - line) * columns + column] = colorAt(colors, cells, cell);
      first = Math.min(first, column);
      last = Math.max(last, column);
      lowest = Math.min(lowest, line);
      highest = Math.max(highest, line);
    }
    const top = lines - 1 - highest;
    context?.putImageData(image, 0, 0, first, top, last - first + 1, highest - lowest + 1);
    return { first, last, lowest, highest };
  }

  #imageOf(columns: number, lines: number): ImageData {
    if (this.#image?.width !== columns || this.#image.height !== lines) {
      this.canvas.width = columns;
      this.canvas.height = lines;
      this.#image = new ImageData(columns, lines);
      this.#of = undefined;
    }
    return this.#image;
  }
}

interface CellColors {
  readonly coloring: Coloring;
  readonly failed: number;
  readonly unusable: number;
}

function colorsOf({ scale }: Cells, isDark: boolean): CellColors {
  return {
    coloring: coloringOf(scale, paletteOf(scale.kind, isDark)),
    failed: packed(isDark ? FAILED.dark : FAILED.light),
    unusable: packed(isDark ? UNUSABLE.dark : UNUSABLE.light),
  };
}

function colorAt({ coloring, failed, unusable }: CellColors, cells: Cells, cell: number): number {
  const state = cells.states[cell];
  if (state === CellState.Failed) {
    return failed;
  }
  if (state === CellState.Unusable) {
    return unusable;
  }
  const value = cells.values[cell] ?? Number.NaN;
  return Number.isNaN(value) ? 0 : colorIn(coloring, value);
}
