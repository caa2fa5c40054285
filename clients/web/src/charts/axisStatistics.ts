// What each axis alone says of the metric, kept up as trials land: the mean and the best at each of
// its values, and eta squared, the share of all variance that lies between those means.

import { TrialMark, type TrialTable } from "./trialTable";

export interface AxisSlice {
  readonly name: string;
  readonly labels: readonly string[];
  /** NaN where no trial has a value. */
  readonly means: Float64Array;
  readonly bests: Float64Array;
  /** From 0 to 1; undefined while nothing varies. */
  readonly etaSquared: number | undefined;
}

export class AxisStatistics {
  readonly #table: TrialTable;
  readonly #isMaximized: boolean;
  readonly #counts: Float64Array[];
  readonly #sums: Float64Array[];
  readonly #bests: Float64Array[];
  #taken = 0;
  #count = 0;
  #mean = 0;
  /** Sum of squared distances from the mean, by Welford: it loses nothing to cancellation. */
  #squares = 0;

  constructor(table: TrialTable, isMaximized: boolean) {
    this.#table = table;
    this.#isMaximized = isMaximized;
    const columns = () => table.axes.map((axis) => new Float64Array(axis.labels.length));
    this.#counts = columns();
    this.#sums = columns();
    this.#bests = columns().map((column) => column.fill(Number.NaN));
  }

  update(): void {
    const from = this.#taken;
    const rows = new Int32Array(this.#table.rows - from);
    let count = 0;
    for (let row = from; row < this.#table.rows; row += 1) {
      const value = this.#table.value(row);
      if (this.#table.mark(row) === TrialMark.Completed && Number.isFinite(value)) {
        rows[count] = row;
        count += 1;
        this.#count += 1;
        const distance = value - this.#mean;
        this.#mean += distance / this.#count;
        this.#squares += distance * (value - this.#mean);
      }
    }
    this.#taken = this.#table.rows;
    for (let axis = 0; axis < this.#table.axes.length; axis += 1) {
      this.#addAlong(axis, rows.subarray(0, count));
    }
  }

  slices(): AxisSlice[] {
    return this.#table.axes.map(({ name, labels }, axis) => {
      const counts = this.#counts[axis] ?? new Float64Array();
      const sums = this.#sums[axis] ?? new Float64Array();
      const means = sums.map((sum, place) => sum / (counts[place] ?? 0));
      let between = 0;
      means.forEach((mean, place) => {
        const distance = mean - this.#mean;
        between += Number.isNaN(mean) ? 0 : (counts[place] ?? 0) * distance * distance;
      });
      const etaSquared = this.#squares > 0 ? Math.min(1, between / this.#squares) : undefined;
      return { name, labels, means, bests: this.#bests[axis] ?? means, etaSquared };
    });
  }

  /** One axis after the other: of half a million rows each step is met that often. */
  #addAlong(axis: number, rows: Int32Array): void {
    const [counts, sums, bests] = [this.#counts[axis], this.#sums[axis], this.#bests[axis]];
    if (!counts || !sums || !bests) {
      return;
    }
    for (let at = 0; at < rows.length; at += 1) {
      const row = rows[at] ?? 0;
      const place = this.#table.place(axis, row);
      if (place < 0 || place >= counts.length) {
        continue;
      }
      const value = this.#table.value(row);
      counts[place] = (counts[place] ?? 0) + 1;
      sums[place] = (sums[place] ?? 0) + value;
      const best = bests[place] ?? Number.NaN;
      if (Number.isNaN(best) || (this.#isMaximized ? value > best : value < best)) {
        bests[place] = value;
      }
    }
  }
}
