// Trials laid on two axes. Where several fall on one cell, the best stands for it; an axis may be
// fixed at one of its values. Rows are added as they come, so the cost is that of the new ones.

import type { MapTable } from "./mapPart";
import { TrialMark } from "./trialTable";

export enum CellState {
  Empty = 0,
  Valued = 1,
  /** All its trials failed. */
  Failed = 2,
  /** None failed for certain, but none may be chosen: a constraint is broken, or no value is defined. */
  Unusable = 3,
}

export interface ProjectionPlan {
  readonly x: number;
  readonly y: number;
  /** For each axis: a place it is fixed at, or undefined to take the best over it. */
  readonly fixed: readonly (number | undefined)[];
  readonly isMaximized: boolean;
}

export class Projection {
  readonly plan: ProjectionPlan;
  readonly width: number;
  readonly height: number;
  /** Row by row from the lowest y; NaN where there is no value. */
  readonly values: Float64Array;
  readonly states: Uint8Array;
  /** The row of the table that stands for the cell; -1 for none. */
  readonly rows: Int32Array;
  readonly #table: MapTable;
  #laid = new Int32Array(1024);
  #laidCount = 0;
  #taken = 0;
  #bestCell = -1;

  constructor(table: MapTable, plan: ProjectionPlan) {
    this.#table = table;
    this.plan = plan;
    this.width = table.axes[plan.x]?.labels.length ?? 1;
    this.height = plan.y === plan.x ? 1 : (table.axes[plan.y]?.labels.length ?? 1);
    const cells = this.width * this.height;
    this.values = new Float64Array(cells).fill(Number.NaN);
    this.states = new Uint8Array(cells);
    this.rows = new Int32Array(cells).fill(-1);
  }

  /** The cell of the best value; -1 while there is none. */
  get bestCell(): number {
    return this.#bestCell;
  }

  /** Which cells were laid, one after the other: so many of these are. */
  get laid(): Int32Array {
    return this.#laid;
  }

  get laidCount(): number {
    return this.#laidCount;
  }

  /** The trial that stands for a cell. */
  trialIndex(cell: number): number | undefined {
    const row = this.rows[cell] ?? -1;
    return row < 0 ? undefined : this.#table.trialIndex(row);
  }

  /** Whether its trial breaks a constraint; if not, its value is undefined. */
  isInfeasible(cell: number): boolean {
    const row = this.rows[cell] ?? -1;
    return row >= 0 && this.#table.mark(row) === TrialMark.Infeasible;
  }

  /** Lays what was added to the table since; whether that was anything. */
  update(): boolean {
    const from = this.#taken;
    for (let row = from; row < this.#table.rows; row += 1) {
      this.#lay(row);
    }
    this.#taken = this.#table.rows;
    return this.#taken > from;
  }

  #lay(row: number): void {
    const { x, y, fixed } = this.plan;
    for (let axis = 0; axis < fixed.length; axis += 1) {
      const at = fixed[axis];
      if (at !== undefined && axis !== x && axis !== y && this.#table.place(axis, row) !== at) {
        return;
      }
    }
    const column = this.#table.place(x, row);
    const line = this.height === 1 ? 0 : this.#table.place(y, row);
    if (column < 0 || column >= this.width || line < 0 || line >= this.height) {
      return;
    }
    const cell = line * this.width + column;
    this.#note(cell);
    const value = this.#table.value(row);
    if (this.#table.mark(row) === TrialMark.Completed && Number.isFinite(value)) {
      this.#layValue(cell, row, value);
    } else if (this.states[cell] !== CellState.Valued) {
      const failed = this.#table.mark(row) === TrialMark.Failed;
      const wasUnusable = this.states[cell] === CellState.Unusable;
      this.states[cell] = failed && !wasUnusable ? CellState.Failed : CellState.Unusable;
      this.rows[cell] = row;
    }
  }

  #note(cell: number): void {
    if (this.#laidCount === this.#laid.length) {
      const longer = new Int32Array(2 * this.#laid.length);
      longer.set(this.#laid);
      this.#laid = longer;
    }
    this.#laid[this.#laidCount] = cell;
    this.#laidCount += 1;
  }

  #layValue(cell: number, row: number, value: number): void {
    if (this.states[cell] === CellState.Valued && !this.#isBetter(value, row, cell)) {
      return;
    }
    this.states[cell] = CellState.Valued;
    this.values[cell] = value;
    this.rows[cell] = row;
    if (
      this.#bestCell < 0 ||
      cell === this.#bestCell ||
      this.#isBetter(value, row, this.#bestCell)
    ) {
      this.#bestCell = cell;
    }
  }

  /** Equal values: the lower index wins, as on the server. */
  #isBetter(value: number, row: number, cell: number): boolean {
    const held = this.values[cell] ?? Number.NaN;
    if (value === held) {
      return this.#table.trialIndex(row) < this.#table.trialIndex(this.rows[cell] ?? -1);
    }
    return this.plan.isMaximized ? value > held : value < held;
  }
}
