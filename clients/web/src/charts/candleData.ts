// Bars and trades as the candle chart takes them.

import type { SeriesMarker, UTCTimestamp } from "lightweight-charts";
import { decimalsOf, formatNumber, formatSigned } from "../format/number";
import { millisOf } from "../format/time";
import type { GetBarsResponse } from "../gen/tradeforge/v1/market_data_service_pb";
import {
  type ListTradesResponse,
  type Trade,
  type TradeCounts,
  TradeSide,
} from "../gen/tradeforge/v1/result_service_pb";

/** More marks than this have no room for their texts. */
const TEXTS_MAX = 80;

/** The trades that were open in a span of time, or the first of them and how many there were. */
export interface TradesOfSpan {
  readonly startMs: number;
  readonly endMs: number;
  readonly page: ListTradesResponse;
}

/** What is drawn of trades over bars: each of them, or how many there were. */
export interface TradesDrawn {
  readonly marks: SeriesMarker<UTCTimestamp>[];
  /** Entries and exits by bar; empty while each has its mark. */
  readonly counts: { readonly time: UTCTimestamp; readonly value: number }[];
}

export interface MarkColors {
  readonly entry: string;
  readonly gain: string;
  readonly loss: string;
}

export function barTimes({ timeUnixMs }: GetBarsResponse): UTCTimestamp[] {
  return timeUnixMs.map((millis) => (Number(millis) / 1000) as UTCTimestamp);
}

/** Each trade where the page holds all of them, else how many entries and exits there were. */
export function tradesDrawn(
  found: TradesOfSpan | undefined,
  symbol: string,
  times: readonly UTCTimestamp[],
  colors: MarkColors,
): TradesDrawn {
  if (!found || times.length === 0) {
    return { marks: [], counts: [] };
  }
  const { page } = found;
  if (page.nextPageToken !== "" && page.counts) {
    return { marks: [], counts: countsByBar(page.counts, times) };
  }
  const trades = page.trades.filter((trade) => trade.symbol === symbol || trade.symbol === "");
  return { marks: tradeMarks(trades, found, times, colors), counts: [] };
}

/** The counts of parts of a span at the bars in which the parts begin. */
export function countsByBar(
  { timeUnixMs, entries, exits }: TradeCounts,
  times: readonly UTCTimestamp[],
): TradesDrawn["counts"] {
  const byBar = new Map<UTCTimestamp, number>();
  timeUnixMs.forEach((millis, part) => {
    const count = (entries[part] ?? 0) + (exits[part] ?? 0);
    if (count > 0 && times.length > 0) {
      const time = barAt(times, Number(millis) / 1000);
      byBar.set(time, (byBar.get(time) ?? 0) + count);
    }
  });
  return [...byBar].sort(([a], [b]) => a - b).map(([time, value]) => ({ time, value }));
}

/** Those entries and exits that lie in the span, each at the bar that holds it. */
export function tradeMarks(
  trades: readonly Trade[],
  { startMs, endMs }: Pick<TradesOfSpan, "startMs" | "endMs">,
  times: readonly UTCTimestamp[],
  colors: MarkColors,
): SeriesMarker<UTCTimestamp>[] {
  const isWithin = (seconds: number) => seconds * 1000 >= startMs && seconds * 1000 < endMs;
  const marks: SeriesMarker<UTCTimestamp>[] = [];
  for (const trade of trades) {
    const isLong = trade.side === TradeSide.LONG;
    const entry = trade.entryTime && millisOf(trade.entryTime) / 1000;
    const exit = trade.exitTime && millisOf(trade.exitTime) / 1000;
    if (entry !== undefined && isWithin(entry)) {
      marks.push({
        time: barAt(times, entry),
        position: isLong ? "belowBar" : "aboveBar",
        shape: isLong ? "arrowUp" : "arrowDown",
        color: colors.entry,
        text: `${isLong ? "Long" : "Short"} ${formatNumber(trade.quantity)}`,
      });
    }
    if (exit !== undefined && isWithin(exit)) {
      marks.push({
        time: barAt(times, exit),
        position: isLong ? "aboveBar" : "belowBar",
        shape: "circle",
        color: trade.profit >= 0 ? colors.gain : colors.loss,
        text: formatSigned(trade.profit),
      });
    }
  }
  const crowded = marks.length > TEXTS_MAX;
  marks.sort((a, b) => a.time - b.time);
  return crowded ? marks.map(({ text: _, ...mark }) => mark) : marks;
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

/** So many tell how many decimals the prices have. */
const PRICES_LOOKED_AT = 200;

export function digitsOf({ high, low }: GetBarsResponse): number {
  return decimalsOf([...high.slice(0, PRICES_LOOKED_AT), low[0] ?? 0]);
}
