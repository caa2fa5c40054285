// Bars and trades as the candle chart takes them.

import type { SeriesMarker, UTCTimestamp } from "lightweight-charts";
import { formatNumber, formatSigned } from "../format/number";
import { millisOf } from "../format/time";
import type { GetBarsResponse } from "../gen/tradeforge/v1/market_data_service_pb";
import { type Trade, TradeSide } from "../gen/tradeforge/v1/result_service_pb";

/** More marks than this hide the bars. */
const MARKS_MAX = 400;

export interface MarkColors {
  readonly entry: string;
  readonly gain: string;
  readonly loss: string;
}

export function barTimes({ timeUnixMs }: GetBarsResponse): UTCTimestamp[] {
  return timeUnixMs.map((millis) => (Number(millis) / 1000) as UTCTimestamp);
}

/** Entries and exits, each at the bar that holds it. Too many to read are left out altogether. */
export function tradeMarks(
  trades: readonly Trade[],
  times: readonly UTCTimestamp[],
  colors: MarkColors,
): { marks: SeriesMarker<UTCTimestamp>[]; hidden: number } {
  const first = times[0] ?? Number.POSITIVE_INFINITY;
  const end = (times.at(-1) ?? Number.NEGATIVE_INFINITY) + barSeconds(times);
  const marks: SeriesMarker<UTCTimestamp>[] = [];
  for (const trade of trades) {
    const isLong = trade.side === TradeSide.LONG;
    const entry = trade.entryTime && millisOf(trade.entryTime) / 1000;
    const exit = trade.exitTime && millisOf(trade.exitTime) / 1000;
    if (entry !== undefined && entry >= first && entry < end) {
      marks.push({
        time: barAt(times, entry),
        position: isLong ? "belowBar" : "aboveBar",
        shape: isLong ? "arrowUp" : "arrowDown",
        color: colors.entry,
        text: `${isLong ? "Long" : "Short"} ${formatNumber(trade.quantity)}`,
      });
    }
    if (exit !== undefined && exit >= first && exit < end) {
      marks.push({
        time: barAt(times, exit),
        position: isLong ? "aboveBar" : "belowBar",
        shape: "circle",
        color: trade.profit >= 0 ? colors.gain : colors.loss,
        text: formatSigned(trade.profit),
      });
    }
  }
  if (marks.length > MARKS_MAX) {
    return { marks: [], hidden: marks.length };
  }
  const crowded = marks.length > 80;
  marks.sort((a, b) => a.time - b.time);
  return { marks: crowded ? marks.map(({ text: _, ...mark }) => mark) : marks, hidden: 0 };
}

/** The bar that holds a time: the last that opens at or before it. */
export function barAt(times: readonly UTCTimestamp[], time: number): UTCTimestamp {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return times[Math.max(0, low - 1)] ?? (time as UTCTimestamp);
}

function barSeconds(times: readonly UTCTimestamp[]): number {
  return times.length > 1 ? (times[1] ?? 0) - (times[0] ?? 0) : 1;
}
