// The trials of a search as they land: numbers in typed arrays, each trial once, whatever the
// stream repeats. No React here: listeners are told that rows were added, and read them when they
// have the time.

import type { GridAxis } from "./axes";

export enum TrialMark {
  Completed = 1,
  Failed = 2,
  Infeasible = 3,
}

/** Trials by column; `places[axis][row]` is where a trial lies on an axis. */
export interface TrialBatch {
  readonly trialIndex: readonly number[];
  readonly marks: readonly TrialMark[];
  /** The metric; NaN where it is undefined. */
  readonly values: readonly number[];
  readonly places: readonly (readonly number[])[];
}

const ROWS_AT_FIRST = 1024;

export class TrialTable {
  readonly axes: readonly GridAxis[];
  #rows = 0;
  #failed = 0;
  #trialIndex = new Float64Array(ROWS_AT_FIRST);
  #marks = new Uint8Array(ROWS_AT_FIRST);
  #values = new Float64Array(ROWS_AT_FIRST);
  #places: Int32Array[];
  readonly #known = new Set<number>();
  readonly #listeners = new Set<() => void>();
  #version = 0;
  #isWhole = false;

  constructor(axes: readonly GridAxis[]) {
    this.axes = axes;
    this.#places = axes.map(() => new Int32Array(ROWS_AT_FIRST));
  }

  get rows(): number {
    return this.#rows;
  }

  /** Another whenever there is something new to show. */
  get version(): number {
    return this.#version;
  }

  /** Whether all trials are here that there will be. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  get failed(): number {
    return this.#failed;
  }

  trialIndex(row: number): number {
    return this.#trialIndex[row] ?? -1;
  }

  mark(row: number): TrialMark {
    return this.#marks[row] as TrialMark;
  }

  value(row: number): number {
    return this.#values[row] ?? Number.NaN;
  }

  place(axis: number, row: number): number {
    return this.#places[axis]?.[row] ?? -1;
  }

  /** Takes in what is new; how many rows that was. */
  accept(batch: TrialBatch): number {
    const before = this.#rows;
    this.#reserve(before + batch.trialIndex.length);
    batch.trialIndex.forEach((trialIndex, at) => {
      if (this.#known.has(trialIndex)) {
        return;
      }
      this.#known.add(trialIndex);
      const row = this.#rows;
      this.#trialIndex[row] = trialIndex;
      const mark = batch.marks[at] ?? TrialMark.Failed;
      this.#marks[row] = mark;
      this.#failed += mark === TrialMark.Failed ? 1 : 0;
      this.#values[row] = batch.values[at] ?? Number.NaN;
      this.#places.forEach((column, axis) => {
        column[row] = batch.places[axis]?.[at] ?? -1;
      });
      this.#rows += 1;
    });
    if (this.#rows > before) {
      this.touch();
    }
    return this.#rows - before;
  }

  /** Nothing comes after what is here. */
  end(): void {
    if (!this.#isWhole) {
      this.#isWhole = true;
      this.touch();
    }
  }

  /** Tells the listeners to look again. */
  touch(): void {
    this.#version += 1;
    for (const listener of this.#listeners) {
      listener();
    }
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #reserve(rows: number): void {
    const room = this.#values.length;
    if (rows <= room) {
      return;
    }
    const larger = Math.max(rows, room * 2);
    this.#trialIndex = grown(this.#trialIndex, new Float64Array(larger));
    this.#marks = grown(this.#marks, new Uint8Array(larger));
    this.#values = grown(this.#values, new Float64Array(larger));
    this.#places = this.#places.map((column) => grown(column, new Int32Array(larger)));
  }
}

function grown<Column extends Float64Array | Uint8Array | Int32Array>(
  old: Column,
  larger: Column,
): Column {
  larger.set(old);
  return larger;
}
