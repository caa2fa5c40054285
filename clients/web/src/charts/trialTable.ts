// The trials of a search as they land: numbers in typed arrays, each trial once, whatever the
// stream repeats. No React here: listeners are told that rows were added, and read them when they
// have the time. Of what lands while they look on they are told at once; of what is only brought
// from the server, and has been there for long, when it is worth another picture.

import type { GridAxis } from "./axes";

export enum TrialMark {
  Completed = 1,
  Failed = 2,
  Infeasible = 3,
}

/** Trials by column; `places[axis][row]` is where a trial lies on an axis. */
export interface TrialBatch {
  readonly trialIndex: ArrayLike<number>;
  readonly marks: ArrayLike<TrialMark>;
  /** The metric; NaN where it is undefined. */
  readonly values: ArrayLike<number>;
  readonly places: readonly ArrayLike<number>[];
}

const NONE = new Uint8Array();
const ROWS_AT_FIRST = 1024;
const INDEX_MAX = 1 << 24;
/** While old trials are brought: at so many times as many, or after so long. */
const WORTH_TELLING = 2;
const TELL_EVERY_MS = 1_000;

export class TrialTable {
  readonly axes: readonly GridAxis[];
  #rows = 0;
  #failed = 0;
  #trialIndex = new Float64Array(ROWS_AT_FIRST);
  #marks = new Uint8Array(ROWS_AT_FIRST);
  #values = new Float64Array(ROWS_AT_FIRST);
  #places: Int32Array[];
  /** Which trials are here: one byte each, and a set of those that are beyond all usual searches. */
  #known = new Uint8Array(ROWS_AT_FIRST);
  readonly #knownBeyond = new Set<number>();
  readonly #listeners = new Set<() => void>();
  #version = 0;
  #isWhole = false;
  #isOver = false;
  #rowsTold = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

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

  /** Whether no trial can land any more, so that all are only brought. */
  get isOver(): boolean {
    return this.#isOver;
  }

  set isOver(isOver: boolean) {
    this.#isOver = isOver;
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
  accept({ trialIndex, marks, values, places }: TrialBatch): number {
    const before = this.#rows;
    this.#reserve(before + trialIndex.length);
    const isKnown = this.#note(trialIndex);
    const columns = [marks, values, ...places];
    const areWhole =
      places.length === this.#places.length &&
      columns.every(({ length }) => length === trialIndex.length);
    if (areWhole && isKnown.length === 0) {
      // All are new, as they mostly are.
      this.#trialIndex.set(trialIndex, before);
      this.#marks.set(marks, before);
      this.#values.set(values, before);
      this.#places.forEach((column, axis) => {
        column.set(places[axis] ?? [], before);
      });
      this.#rows += trialIndex.length;
    } else {
      this.#acceptEach({ trialIndex, marks, values, places }, isKnown);
    }
    for (let row = before; row < this.#rows; row += 1) {
      this.#failed += this.#marks[row] === TrialMark.Failed ? 1 : 0;
    }
    if (this.#rows > before) {
      if (!this.#isOver || this.#rows >= WORTH_TELLING * this.#rowsTold) {
        this.touch();
      } else {
        this.#timer ??= setTimeout(() => this.touch(), TELL_EVERY_MS);
      }
    }
    return this.#rows - before;
  }

  /** One row after the other, without those that are here and with a stand-in for what is not told. */
  #acceptEach({ trialIndex, marks, values, places }: TrialBatch, isKnown: Uint8Array): void {
    for (let at = 0; at < trialIndex.length; at += 1) {
      if (isKnown[at] !== 1) {
        const row = this.#rows;
        this.#trialIndex[row] = trialIndex[at] ?? -1;
        this.#marks[row] = marks[at] ?? TrialMark.Failed;
        this.#values[row] = values[at] ?? Number.NaN;
        this.#places.forEach((column, axis) => {
          column[row] = places[axis]?.[at] ?? -1;
        });
        this.#rows += 1;
      }
    }
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
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#rowsTold = this.#rows;
    this.#version += 1;
    for (const listener of this.#listeners) {
      listener();
    }
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Notes all of a batch; which of them were here before, and nothing if none was. */
  #note(trialIndex: ArrayLike<number>): Uint8Array {
    let isKnown = NONE;
    for (let at = 0; at < trialIndex.length; at += 1) {
      if (!this.#isNew(trialIndex[at] ?? -1)) {
        isKnown = isKnown.length > 0 ? isKnown : new Uint8Array(trialIndex.length);
        isKnown[at] = 1;
      }
    }
    return isKnown;
  }

  /** Whether it was not here; from now on it is. */
  #isNew(index: number): boolean {
    if (index < 0 || index >= INDEX_MAX) {
      const isNew = !this.#knownBeyond.has(index);
      this.#knownBeyond.add(index);
      return isNew;
    }
    if (index >= this.#known.length) {
      const larger = Math.min(INDEX_MAX, Math.max(index + 1, 2 * this.#known.length));
      this.#known = grown(this.#known, new Uint8Array(larger));
    }
    const isNew = this.#known[index] === 0;
    this.#known[index] = 1;
    return isNew;
  }

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
