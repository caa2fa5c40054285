// A message of trials by column, as a table takes it.

import type { Column, WatchTrialsResponse } from "../gen/tradeforge/v1/result_service_pb";
import { type GridAxis, isCounted, placeOfValue, placesOf, SUBSCRIPTION_AXIS } from "./axes";
import { type TrialBatch, TrialMark } from "./trialTable";

const MARKS: Record<string, TrialMark> = {
  COMPLETED: TrialMark.Completed,
  FAILED: TrialMark.Failed,
  INFEASIBLE: TrialMark.Infeasible,
};

/** The columns to ask for: where an index does not tell the place, the parameters do. */
export function trialColumns(metric: string, axes: readonly GridAxis[]): string[] {
  const places = isCounted(axes) ? [] : axes.map(columnOf);
  return [`metrics.${metric}`, ...places];
}

function columnOf(axis: GridAxis): string {
  return axis.name === SUBSCRIPTION_AXIS ? "subscription" : `params.${axis.name}`;
}

export function readTrials(
  message: WatchTrialsResponse,
  metric: string,
  axes: readonly GridAxis[],
): TrialBatch {
  const columns = new Map(message.columns.map((column) => [column.name, column]));
  const trialIndex = columnValues(columns.get("trial_index")).map(Number);
  const marks = columnValues(columns.get("state")).map(
    (it) => MARKS[String(it)] ?? TrialMark.Failed,
  );
  const metricColumn = columns.get(`metrics.${metric}`);
  const metrics = columnValues(metricColumn).map((value, row) =>
    metricColumn && hasValue(metricColumn, row) ? Number(value) : Number.NaN,
  );
  return { trialIndex, marks, values: metrics, places: places(columns, trialIndex, axes) };
}

function places(
  columns: ReadonlyMap<string, Column>,
  trialIndex: readonly number[],
  axes: readonly GridAxis[],
): number[][] {
  if (!isCounted(axes)) {
    return axes.map((axis) =>
      columnValues(columns.get(columnOf(axis))).map((value) =>
        placeOfValue(typeof value === "bigint" ? Number(value) : value, axis),
      ),
    );
  }
  const byAxis = axes.map(() => new Array<number>(trialIndex.length));
  trialIndex.forEach((index, row) => {
    placesOf(index, axes).forEach((place, axis) => {
      const column = byAxis[axis];
      if (column) {
        column[row] = place;
      }
    });
  });
  return byAxis;
}

export function columnValues(column: Column | undefined): readonly (number | bigint | string)[] {
  return column?.values.value?.values ?? [];
}

/** Whether a row has a value: bits as in Arrow, and none means that all have. */
export function hasValue({ validity }: Column, row: number): boolean {
  return validity.length === 0 || ((validity[row >> 3] ?? 0) & (1 << (row & 7))) !== 0;
}
