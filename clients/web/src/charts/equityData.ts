// An equity curve as a chart takes it, with what buying and holding would have made.

import type { GetEquityCurveResponse } from "../gen/tradeforge/v1/result_service_pb";

export interface EquitySeries {
  /** Seconds since 1970 UTC, rising. */
  readonly times: readonly number[];
  readonly equity: readonly number[];
  /** At or below 0, as it is drawn. */
  readonly drawdown: readonly number[];
  /** The same money held in the first instrument. */
  readonly held: readonly number[];
}

export function equitySeries(curve: GetEquityCurveResponse): EquitySeries {
  return {
    times: curve.timeUnixMs.map((millis) => Number(millis) / 1000),
    equity: curve.equity,
    drawdown: curve.drawdown.map((value) => -value),
    held: curve.benchmark,
  };
}

/** Each series as a share of its first value: curves of different money on one chart. */
export function normalized(values: readonly number[]): number[] {
  const first = values[0];
  return first ? values.map((value) => value / first - 1) : [...values];
}

/** The value at or before a time, by halving; null before the first. */
export function valueAt(
  times: readonly number[],
  values: readonly number[],
  time: number,
): number | null {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low === 0 ? null : (values[low - 1] ?? null);
}
