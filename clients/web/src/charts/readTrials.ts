// A message of trials by column, as a table takes it.

import type { Message } from "@bufbuild/protobuf";
import { hasValue } from "../rpc/columns";
import { type WireColumn, wireColumns } from "../rpc/wireColumns";
import { type GridAxis, isCounted, placeOfValue, SUBSCRIPTION_AXIS } from "./axes";
import { type TrialBatch, TrialMark } from "./trialTable";

const MARKS: Record<string, TrialMark> = {
  COMPLETED: TrialMark.Completed,
  FAILED: TrialMark.Failed,
  INFEASIBLE: TrialMark.Infeasible,
};
/** Where a message of `WatchTrials` has its columns. */
const COLUMNS = 3;
const INT_MAX = 2 ** 31;

/** The columns to ask for: where an index does not tell the place, the parameters do. */
export function trialColumns(metric: string, axes: readonly GridAxis[]): string[] {
  const places = isCounted(axes) ? [] : axes.map(columnOf);
  return [`metrics.${metric}`, ...places];
}

function columnOf(axis: GridAxis): string {
  return axis.name === SUBSCRIPTION_AXIS ? "subscription" : `params.${axis.name}`;
}

/** Of a message that was read as one without fields. */
export function readTrials(
  message: Pick<Message, "$unknown">,
  metric: string,
  axes: readonly GridAxis[],
): TrialBatch {
  const columns = wireColumns(message, COLUMNS);
  const trialIndex = columns.get("trial_index")?.numbers ?? new Float64Array();
  return {
    trialIndex,
    marks: marksOf(columns.get("state"), trialIndex.length),
    values: valuesOf(columns.get(`metrics.${metric}`), trialIndex.length),
    places: isCounted(axes)
      ? placesByIndex(trialIndex, axes)
      : axes.map((axis) => placesByValue(columns.get(columnOf(axis)), axis)),
  };
}

function marksOf(column: WireColumn | undefined, rows: number): Uint8Array {
  const marks = new Uint8Array(rows).fill(TrialMark.Failed);
  const known = column?.texts?.map((text) => MARKS[text] ?? TrialMark.Failed) ?? [];
  for (let row = 0; row < rows; row += 1) {
    marks[row] = known[column?.numbers[row] ?? -1] ?? TrialMark.Failed;
  }
  return marks;
}

/** NaN where a row has no value. */
function valuesOf(column: WireColumn | undefined, rows: number): Float64Array {
  if (!column) {
    return new Float64Array(rows).fill(Number.NaN);
  }
  const values = column.numbers;
  for (let row = 0; column.validity.length > 0 && row < rows; row += 1) {
    if (!hasValue(column, row)) {
      values[row] = Number.NaN;
    }
  }
  return values;
}

/** The last axis counts fastest. */
function placesByIndex(trialIndex: Float64Array, axes: readonly GridAxis[]): Int32Array[] {
  const places = axes.map(() => new Int32Array(trialIndex.length));
  let stride = 1;
  for (let axis = axes.length - 1; axis >= 0; axis -= 1) {
    const size = axes[axis]?.labels.length ?? 1;
    const column = places[axis] ?? new Int32Array();
    // In whole numbers of 32 bits, as an index mostly is, a division is several times as fast.
    for (let row = 0; row < column.length; row += 1) {
      const index = trialIndex[row] ?? 0;
      column[row] =
        index < INT_MAX ? (((index | 0) / stride) | 0) % size : Math.floor(index / stride) % size;
    }
    stride *= size;
  }
  return places;
}

function placesByValue(column: WireColumn | undefined, axis: GridAxis): Int32Array {
  const { numbers, texts } = column ?? { numbers: new Float64Array(), texts: undefined };
  const known = texts?.map((text) => placeOfValue(text, axis));
  const places = new Int32Array(numbers.length);
  numbers.forEach((value, row) => {
    places[row] = known ? (known[value] ?? -1) : placeOfValue(value, axis);
  });
  return places;
}
