// Trials as points: every parameter and some metrics by column, which of them nobody betters, and
// which lie within ranges. Knows no React and no server.

import type { Message } from "@bufbuild/protobuf";
import { hasValue } from "../rpc/columns";
import { type WireColumn, wireColumns } from "../rpc/wireColumns";

/** Where a message of `ExportTrials` has its columns. */
const COLUMNS = 2;

export interface PointColumn {
  /** NaN where a trial has no value; of names the place in `labels`. */
  readonly values: number[];
  readonly labels: string[] | undefined;
}

/** Trials by column, all of them equally long. */
export class TrialPoints {
  readonly index: number[] = [];
  /** Whether the trial broke no constraint and did not fail. */
  readonly isFeasible: boolean[] = [];
  readonly columns = new Map<string, PointColumn>();

  /** Takes a message of `ExportTrials` that was read as one without fields. */
  push(message: Pick<Message, "$unknown">): void {
    const start = this.index.length;
    for (const [name, column] of wireColumns(message, COLUMNS)) {
      if (name === "trial_index") {
        for (const index of column.numbers) {
          this.index.push(index);
        }
      } else if (name === "state") {
        const completed = column.texts?.indexOf("COMPLETED") ?? -1;
        for (const state of column.numbers) {
          this.isFeasible.push(state === completed);
        }
      } else {
        this.#append(name, column, start);
      }
    }
  }

  /** A column by name; of the trial's own number, too. */
  column(name: string): PointColumn {
    if (name === TRIAL) {
      return { values: this.index, labels: undefined };
    }
    return (
      this.columns.get(name) ?? { values: this.index.map(() => Number.NaN), labels: undefined }
    );
  }

  #append(name: string, column: WireColumn, start: number): void {
    const { numbers, texts } = column;
    let held = this.columns.get(name);
    if (!held) {
      held = { values: new Array<number>(start).fill(Number.NaN), labels: texts && [] };
      this.columns.set(name, held);
    }
    const { values, labels } = held;
    // A message has its own list of texts.
    const places = labels && texts?.map((text) => placeOf(text, labels));
    const isWhole = column.validity.length === 0;
    for (let row = 0; row < numbers.length; row += 1) {
      const value = numbers[row] ?? Number.NaN;
      const known = places ? (places[value] ?? Number.NaN) : value;
      values.push(isWhole || hasValue(column, row) ? known : Number.NaN);
    }
  }
}

/** What the number of a trial is called among the columns. */
export const TRIAL = "trial";

function placeOf(text: string, labels: string[]): number {
  const at = labels.indexOf(text);
  return at >= 0 ? at : labels.push(text) - 1;
}

export interface Goals {
  readonly isXMaximized: boolean;
  readonly isYMaximized: boolean;
}

/**
 * Feasible points that no other is better than in both ways (or as good in one and better in the
 * other), along the first way. Equal ones are all there.
 */
export function paretoFront(
  xs: readonly number[],
  ys: readonly number[],
  isUsable: readonly boolean[],
  { isXMaximized, isYMaximized }: Goals,
): number[] {
  const [signX, signY] = [isXMaximized ? 1 : -1, isYMaximized ? 1 : -1];
  const x = (at: number) => (xs[at] ?? Number.NaN) * signX;
  const y = (at: number) => (ys[at] ?? Number.NaN) * signY;
  const order = xs
    .map((_, at) => at)
    .filter((at) => isUsable[at] && Number.isFinite(x(at)) && Number.isFinite(y(at)))
    .sort((a, b) => x(b) - x(a) || y(b) - y(a) || a - b);
  const front: number[] = [];
  for (const at of order) {
    const last = front.at(-1);
    if (last === undefined || y(at) > y(last) || (y(at) === y(last) && x(at) === x(last))) {
      front.push(at);
    }
  }
  return front;
}

/** By column: the least and the greatest value that is wanted. */
export type Ranges = ReadonlyMap<string, readonly [low: number, high: number]>;

/** The places of the trials that lie within all ranges. */
export function within(points: TrialPoints, ranges: Ranges): number[] {
  const wanted = [...ranges].map(([name, [low, high]]) => ({
    values: points.column(name).values,
    low,
    high,
  }));
  const found: number[] = [];
  for (let at = 0; at < points.index.length; at += 1) {
    const isWithin = wanted.every(({ values, low, high }) => {
      const value = values[at] ?? Number.NaN;
      return value >= low && value <= high;
    });
    if (isWithin) {
      found.push(at);
    }
  }
  return found;
}

/** The ranges as a filter of trials, as the server reads it. */
export function filterOf(points: TrialPoints, ranges: Ranges): string {
  return [...ranges]
    .flatMap(([name, [low, high]]) => {
      const { labels } = points.column(name);
      if (labels) {
        const names = labels.filter((_, at) => at >= low && at <= high);
        const terms = names.map((label) => `${name} = ${JSON.stringify(label)}`);
        return terms.length === 1 ? terms : [`(${terms.join(" OR ")})`];
      }
      return [`${name} >= ${low}`, `${name} <= ${high}`];
    })
    .join(" AND ");
}
