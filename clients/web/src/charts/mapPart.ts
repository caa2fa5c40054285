// A part of a map: from one place to another on each axis that is cut, and the trials that lie in it.

import type { GridAxis } from "./axes";
import type { TrialMark, TrialTable } from "./trialTable";

/** For each axis from which place to which, both within; undefined for all of it. */
export type MapPart = readonly (readonly [from: number, to: number] | undefined)[];

/** What a map needs of trials, be it all of them or those of a part. */
export type MapTable = Pick<
  TrialTable,
  | "axes"
  | "rows"
  | "version"
  | "isWhole"
  | "isOver"
  | "trialIndex"
  | "mark"
  | "value"
  | "place"
  | "subscribe"
  | "touch"
>;

/** The trials of a part: those outside lie before the first place of an axis, or after its last. */
export class TableOfPart implements MapTable {
  readonly axes: readonly GridAxis[];
  readonly #all: TrialTable;
  readonly #from: readonly number[];

  constructor(all: TrialTable, part: MapPart) {
    this.#all = all;
    this.#from = part.map((places) => places?.[0] ?? 0);
    this.axes = all.axes.map((axis, at) => {
      const places = part[at];
      return places ? cutTo(axis, places) : axis;
    });
  }

  get rows(): number {
    return this.#all.rows;
  }

  get version(): number {
    return this.#all.version;
  }

  get isWhole(): boolean {
    return this.#all.isWhole;
  }

  get isOver(): boolean {
    return this.#all.isOver;
  }

  get subscribe(): TrialTable["subscribe"] {
    return this.#all.subscribe;
  }

  trialIndex(row: number): number {
    return this.#all.trialIndex(row);
  }

  mark(row: number): TrialMark {
    return this.#all.mark(row);
  }

  value(row: number): number {
    return this.#all.value(row);
  }

  place(axis: number, row: number): number {
    return this.#all.place(axis, row) - (this.#from[axis] ?? 0);
  }

  touch(): void {
    this.#all.touch();
  }
}

function cutTo(axis: GridAxis, [from, to]: readonly [number, number]): GridAxis {
  const { labels, numbers, range } = axis;
  const ends = range && spanOf(axis, from, to);
  return {
    ...axis,
    labels: labels.slice(from, to + 1),
    numbers: numbers?.slice(from, to + 1),
    range: ends && { min: ends[0], max: ends[1] },
  };
}

/** The least and the greatest value from one place of an axis to another; none of names. */
export function spanOf(
  { labels, numbers, range }: GridAxis,
  from: number,
  to: number,
): readonly [low: number, high: number] | undefined {
  if (range) {
    const width = (range.max - range.min) / labels.length;
    return [range.min + from * width, range.min + (to + 1) * width];
  }
  const within = numbers?.slice(from, to + 1);
  return within && within.length > 0 ? [Math.min(...within), Math.max(...within)] : undefined;
}

/** The part that two corners of a map enclose, if it lies in that part already. */
export function partBetween(
  corners: readonly [cell: number, other: number],
  width: number,
  { x, y, part }: { readonly x: number; readonly y: number; readonly part: MapPart },
): MapPart {
  const columns = corners.map((cell) => cell % width).sort((a, b) => a - b);
  const lines = corners.map((cell) => Math.floor(cell / width)).sort((a, b) => a - b);
  const placed = (axis: number, [from = 0, to = 0]: number[]) => {
    const first = part[axis]?.[0] ?? 0;
    return [first + from, first + to] as const;
  };
  return part.with(x, placed(x, columns)).with(y, placed(y, lines));
}

/** As in `fast 5 to 9 · slow 30 to 45`. */
export function partText(part: MapPart, axes: readonly GridAxis[]): string {
  const texts = part.flatMap((places, at) => {
    const axis = axes[at];
    if (!axis || !places) {
      return [];
    }
    const [from, to] = places.map((place) => axis.labels[place] ?? "");
    return [from === to ? `${axis.name} ${from}` : `${axis.name} ${from} to ${to}`];
  });
  return texts.join(" · ");
}
