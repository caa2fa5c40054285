// Draws a grid of cells on a canvas. The cells are one image of a pixel each, drawn enlarged, and of
// that only what changed since the last frame, so that a frame costs what landed and not what the
// map has. Knows no React and no table.

import type { GridAxis } from "./axes";
import { labelledPlaces } from "./axisLabels";
import { type CellBox, CellImage, type Cells } from "./cellImage";
import { CellState } from "./projection";
import { isDarkAt, themeColors } from "./themeColors";

export interface HeatMapPicture extends Cells {
  readonly x: GridAxis;
  /** Absent where the search has one axis. */
  readonly y: GridAxis | undefined;
  /** Cells to ring: the best one, and the middle of the best plateau. */
  readonly peak: number;
  readonly plateau: number;
  /** Cells to warn of: peaks that stand alone. */
  readonly fragile: readonly number[];
  readonly cursor: number;
}

const TOKENS = [
  "--color-text",
  "--color-text-soft",
  "--color-sunken",
  "--color-surface",
  "--color-border",
  "--color-focus",
] as const;

interface Theme {
  readonly colors: Record<(typeof TOKENS)[number], string>;
  readonly isDark: boolean;
}

const FONT = "11px system-ui, sans-serif";
const MARGIN = { top: 8, right: 10, bottom: 36 };
/** Cells at least this large, in pixels of the screen, have a gap between them and marks in them. */
const GAP_FROM = 9;

interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A cell with so many more on each side that is drawn upon. */
interface Mark {
  readonly cell: number;
  readonly reach: number;
}

/** How far marks reach beyond their cells, in pixels. */
const MARK_REACH = 9;

export class HeatMapPainter {
  readonly #canvas: HTMLCanvasElement;
  readonly #cells = new CellImage();
  /** What the canvas shows. */
  #shown: { readonly x: GridAxis; readonly y: GridAxis | undefined } | undefined;
  #marks: readonly Mark[] = [];
  #frame: Frame = { left: 0, top: 0, width: 1, height: 1 };
  #columns = 1;
  #lines = 1;
  #theme: Theme | undefined;
  readonly #widths = new WeakMap<GridAxis, number>();

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  draw(picture: HeatMapPicture): void {
    const context = this.#canvas.getContext("2d");
    const width = this.#canvas.clientWidth;
    const height = this.#canvas.clientHeight;
    if (!context || width === 0 || height === 0) {
      return;
    }
    const density = globalThis.devicePixelRatio || 1;
    const [wide, high] = [Math.round(width * density), Math.round(height * density)];
    if (this.#canvas.width !== wide || this.#canvas.height !== high) {
      this.#canvas.width = wide;
      this.#canvas.height = high;
      this.#shown = undefined;
    }
    context.setTransform(density, 0, 0, density, 0, 0);
    context.font = FONT;
    const { isDark } = this.#themeNow();
    this.#columns = picture.x.labels.length;
    this.#lines = picture.y?.labels.length ?? 1;
    this.#frame = this.#frameFor(context, picture, width, height);
    const changed = this.#changed(picture, isDark);
    if (changed?.length === 0) {
      return;
    }
    context.save();
    if (changed) {
      this.#clip(context, changed, density);
    }
    context.clearRect(0, 0, width, height);
    this.#drawAll(context, picture);
    context.restore();
  }

  #drawAll(context: CanvasRenderingContext2D, picture: HeatMapPicture): void {
    const { colors } = this.#themeNow();
    const [surface, text] = [colors["--color-surface"], colors["--color-text"]];
    this.#drawCells(context, picture, colors);
    this.#drawLabels(context, picture, colors["--color-text-soft"], text);
    this.#ring(context, picture.plateau, 1, [5, 3], surface, text);
    this.#ring(context, picture.peak, 0, [], surface, text);
    this.#warn(context, picture.fragile, text, surface);
    this.#ring(context, picture.cursor, 0, [], surface, colors["--color-focus"]);
  }

  /** Which cells are to be drawn anew; undefined for everything. */
  #changed(picture: HeatMapPicture, isDark: boolean): CellBox[] | undefined {
    const { x, y, peak, plateau, fragile, cursor } = picture;
    const colored = this.#cells.update(picture, this.#columns, this.#lines, isDark);
    const isOther = this.#shown?.x !== x || this.#shown.y !== y;
    const marks = [
      { cell: plateau, reach: 1 },
      { cell: peak, reach: 0 },
      { cell: cursor, reach: 0 },
      ...fragile.map((cell) => ({ cell, reach: 0 })),
    ];
    const before = this.#marks;
    this.#shown = { x, y };
    this.#marks = marks;
    if (isOther || colored === "all") {
      return undefined;
    }
    const areSame =
      marks.length === before.length && marks.every(({ cell }, at) => cell === before[at]?.cell);
    const moved = areSame ? [] : [...before, ...marks].filter(({ cell }) => cell >= 0);
    const boxes = moved.map(({ cell, reach }) => this.#around(cell, reach));
    return colored === "none" ? boxes : [colored, ...boxes];
  }

  /** To whole pixels of the screen, so that what is drawn within is what all would be. */
  #clip(context: CanvasRenderingContext2D, boxes: readonly CellBox[], density: number): void {
    const { left, top, width, height } = this.#frame;
    const [wide, high] = [width / this.#columns, height / this.#lines];
    const down = (value: number) => Math.floor((value - MARK_REACH) * density) / density;
    const up = (value: number) => Math.ceil((value + MARK_REACH) * density) / density;
    context.beginPath();
    for (const { first, last, lowest, highest } of boxes) {
      const [x, y] = [down(left + first * wide), down(top + height - (highest + 1) * high)];
      const [right, bottom] = [up(left + (last + 1) * wide), up(top + height - lowest * high)];
      context.rect(x, y, right - x, bottom - y);
    }
    context.clip();
  }

  #around(cell: number, reach: number): CellBox {
    const column = cell % this.#columns;
    const line = (cell - column) / this.#columns;
    return {
      first: Math.max(0, column - reach),
      last: Math.min(this.#columns - 1, column + reach),
      lowest: Math.max(0, line - reach),
      highest: Math.min(this.#lines - 1, line + reach),
    };
  }

  /** The theme is another one: its colours are asked for again. */
  forgetTheme(): void {
    this.#theme = undefined;
    this.#shown = undefined;
  }

  /** Asking the browser for colours costs a layout, so it is not done for every frame. */
  #themeNow(): Theme {
    this.#theme ??= {
      colors: themeColors(this.#canvas, TOKENS),
      isDark: isDarkAt(this.#canvas),
    };
    return this.#theme;
  }

  /** The cell under a point of the canvas, in CSS pixels; -1 if there is none. */
  cellAt(x: number, y: number): number {
    const { left, top, width, height } = this.#frame;
    const column = Math.floor(((x - left) / width) * this.#columns);
    const line = Math.floor(((top + height - y) / height) * this.#lines);
    const isInside = column >= 0 && column < this.#columns && line >= 0 && line < this.#lines;
    return isInside ? line * this.#columns + column : -1;
  }

  /** Where the cells from one corner to another are, in CSS pixels of the canvas. */
  boxBetween(cell: number, other: number): Frame {
    const { left, top, width, height } = this.#frame;
    const [wide, high] = [width / this.#columns, height / this.#lines];
    const columns = [cell % this.#columns, other % this.#columns];
    const lines = [Math.floor(cell / this.#columns), Math.floor(other / this.#columns)];
    const [first, last] = [Math.min(...columns), Math.max(...columns)];
    const [lowest, highest] = [Math.min(...lines), Math.max(...lines)];
    return {
      left: left + first * wide,
      top: top + height - (highest + 1) * high,
      width: (last - first + 1) * wide,
      height: (highest - lowest + 1) * high,
    };
  }

  #frameFor(
    context: CanvasRenderingContext2D,
    { y }: HeatMapPicture,
    width: number,
    height: number,
  ): Frame {
    const left = y ? Math.min(120, Math.ceil(this.#longestLabel(context, y))) + 26 : 10;
    return {
      left,
      top: MARGIN.top,
      width: Math.max(1, width - left - MARGIN.right),
      height: Math.max(1, height - MARGIN.top - MARGIN.bottom),
    };
  }

  /** How wide the longest label of an axis is: measured once, and not for every frame. */
  #longestLabel(context: CanvasRenderingContext2D, axis: GridAxis): number {
    const known = this.#widths.get(axis);
    if (known !== undefined) {
      return known;
    }
    const longest = Math.max(0, ...axis.labels.map((label) => context.measureText(label).width));
    this.#widths.set(axis, longest);
    return longest;
  }

  #drawCells(
    context: CanvasRenderingContext2D,
    picture: HeatMapPicture,
    colors: Theme["colors"],
  ): void {
    const { left, top, width, height } = this.#frame;
    context.fillStyle = colors["--color-sunken"];
    context.fillRect(left, top, width, height);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.#cells.canvas, left, top, width, height);
    // How far the map will reach shows before it is full.
    context.strokeStyle = colors["--color-border"];
    context.lineWidth = 1;
    context.strokeRect(left - 0.5, top - 0.5, width + 1, height + 1);
    const [wide, high] = [width / this.#columns, height / this.#lines];
    if (Math.min(wide, high) < GAP_FROM) {
      return;
    }
    context.fillStyle = colors["--color-surface"];
    for (let column = 1; column < this.#columns; column += 1) {
      context.fillRect(left + column * wide - 0.5, top, 1, height);
    }
    for (let line = 1; line < this.#lines; line += 1) {
      context.fillRect(left, top + line * high - 0.5, width, 1);
    }
    this.#drawFaults(context, picture.states, wide, high);
  }

  /** A cross in what failed and a stroke in what may not be chosen: not by colour alone. */
  #drawFaults(
    context: CanvasRenderingContext2D,
    states: Uint8Array,
    wide: number,
    high: number,
  ): void {
    const { left, top, height } = this.#frame;
    context.strokeStyle = this.#themeNow().isDark ? "#e58a97" : "#9c2f43";
    context.lineWidth = 1;
    context.beginPath();
    states.forEach((state, cell) => {
      if (state !== CellState.Failed && state !== CellState.Unusable) {
        return;
      }
      const x = left + ((cell % this.#columns) + 0.5) * wide;
      const y = top + height - (Math.floor(cell / this.#columns) + 0.5) * high;
      const arm = Math.min(wide, high) * 0.22;
      context.moveTo(x - arm, y + arm);
      context.lineTo(x + arm, y - arm);
      if (state === CellState.Failed) {
        context.moveTo(x - arm, y - arm);
        context.lineTo(x + arm, y + arm);
      }
    });
    context.stroke();
  }

  #drawLabels(
    context: CanvasRenderingContext2D,
    { x, y }: HeatMapPicture,
    soft: string,
    strong: string,
  ): void {
    const { left, top, width, height } = this.#frame;
    const wide = width / this.#columns;
    const room = this.#longestLabel(context, x) + 12;
    context.fillStyle = soft;
    context.textBaseline = "top";
    context.textAlign = "center";
    for (const column of labelledPlaces(x, Math.ceil(room / wide))) {
      context.fillText(x.labels[column] ?? "", left + (column + 0.5) * wide, top + height + 5);
    }
    context.fillStyle = strong;
    context.fillText(x.name, left + width / 2, top + height + 20);
    if (!y) {
      return;
    }
    const high = height / this.#lines;
    context.fillStyle = soft;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const line of labelledPlaces(y, Math.ceil(18 / high))) {
      context.fillText(y.labels[line] ?? "", left - 6, top + height - (line + 0.5) * high);
    }
    context.save();
    context.translate(9, top + height / 2);
    context.rotate(-Math.PI / 2);
    context.textAlign = "center";
    context.fillStyle = strong;
    context.fillText(y.name, 0, 0);
    context.restore();
  }

  /** A diamond on each of the cells, in two colours, to show on any. */
  #warn(
    context: CanvasRenderingContext2D,
    cells: readonly number[],
    inner: string,
    outer: string,
  ): void {
    const { left, top, width, height } = this.#frame;
    const [wide, high] = [width / this.#columns, height / this.#lines];
    const arm = Math.min(6, Math.max(4, Math.min(wide, high) * 0.35));
    context.beginPath();
    for (const cell of cells) {
      const column = cell % this.#columns;
      const line = (cell - column) / this.#columns;
      diamond(context, left + (column + 0.5) * wide, top + height - (line + 0.5) * high, arm);
    }
    context.fillStyle = inner;
    context.strokeStyle = outer;
    context.lineWidth = 1.5;
    context.fill();
    context.stroke();
  }

  /** A ring round a cell, and so many cells more on each side; in two colours, to show on any. */
  #ring(
    context: CanvasRenderingContext2D,
    cell: number,
    reach: number,
    dashes: number[],
    outer: string,
    inner: string,
  ): void {
    if (cell < 0) {
      return;
    }
    const { left, top, width, height } = this.#frame;
    const [wide, high] = [width / this.#columns, height / this.#lines];
    const { first, last, lowest, highest } = this.#around(cell, reach);
    const box = [
      left + first * wide - 1,
      top + height - (highest + 1) * high - 1,
      (last - first + 1) * wide + 2,
      (highest - lowest + 1) * high + 2,
    ] as const;
    context.lineWidth = 4;
    context.strokeStyle = outer;
    context.strokeRect(...box);
    context.lineWidth = 2;
    context.strokeStyle = inner;
    context.setLineDash(dashes);
    context.strokeRect(...box);
    context.setLineDash([]);
  }
}

/** A square on its tip round a point. */
function diamond(context: CanvasRenderingContext2D, x: number, y: number, arm: number): void {
  context.moveTo(x, y - arm);
  context.lineTo(x + arm, y);
  context.lineTo(x, y + arm);
  context.lineTo(x - arm, y);
  context.closePath();
}
