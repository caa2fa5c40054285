// An equity curve as a chart takes it, with what buying and holding would have made.

import type { GetBarsResponse } from "../gen/tradeforge/v1/market_data_service_pb";
import type { GetEquityCurveResponse } from "../gen/tradeforge/v1/result_service_pb";

export interface EquitySeries {
  /** Seconds since 1970 UTC, rising. */
  readonly times: readonly number[];
  readonly equity: readonly number[];
  /** At or below 0, as it is drawn. */
  readonly drawdown: readonly number[];
  /** The same money held in the instrument; null before its first bar. */
  readonly held: readonly (number | null)[];
}

export function equitySeries(
  curve: GetEquityCurveResponse,
  bars: GetBarsResponse | undefined,
): EquitySeries {
  const times = curve.timeUnixMs.map((millis) => Number(millis) / 1000);
  return {
    times,
    equity: curve.equity,
    drawdown: curve.drawdown.map((value) => -value),
    held: bars ? heldAt(times, curve.equity[0] ?? 0, bars) : times.map(() => null),
  };
}

/** The worth of the first equity if it were held: by the close of the bar that each time is in. */
function heldAt(
  times: readonly number[],
  money: number,
  { timeUnixMs, open, close }: GetBarsResponse,
): (number | null)[] {
  const first = open[0];
  let next = 0;
  return times.map((time) => {
    while (next < timeUnixMs.length && Number(timeUnixMs[next]) / 1000 < time) {
      next += 1;
    }
    const price = next === 0 ? first : close[next - 1];
    return first && price ? (money * price) / first : null;
  });
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
