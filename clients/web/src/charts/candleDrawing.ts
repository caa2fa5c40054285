// Puts bars, lines of definitions and trades into a candle chart, and takes it to a trade.

import { formatDecimal } from "../format/number";
import type { GetBarsResponse } from "../gen/tradeforge/v1/market_data_service_pb";
import {
  barAt,
  barTimes,
  digitsOf,
  type TradesDrawn,
  type TradesOfSpan,
  tradesDrawn,
} from "./candleData";
import { type Parts, TOKENS } from "./candleParts";
import { type DrawnLevel, drawLevels } from "./drawLevels";
import { drawRuleLines } from "./drawRuleLines";
import { fitAll } from "./fitAll";
import { RULE_COLORS, type RuleLine } from "./ruleLines";
import { faint, themeColors } from "./themeColors";
import { placesOf, timesInView } from "./viewTimes";

/** Bars beside a trade that was gone to. */
const BARS_AROUND_MIN = 12;

/** A trade from its entry to its exit, or to the end of what is known. */
export interface TradeLine {
  readonly entryMs: number;
  readonly exitMs: number | undefined;
  readonly entryPrice: number;
  readonly exitPrice: number;
  readonly profit: number;
  /** Where it was to end. */
  readonly levels: readonly DrawnLevel[];
}

interface Shown {
  readonly bars: GetBarsResponse;
  readonly symbol: string;
  readonly trades: TradesOfSpan | undefined;
}

/** Shows the trade with half as much again on both sides, and a line from its entry to its exit. */
export function goTo(
  parts: Parts,
  root: HTMLElement,
  bars: GetBarsResponse,
  focus: TradeLine,
): void {
  const times = barTimes(bars);
  const last = times.at(-1);
  if (last === undefined) {
    return;
  }
  const from = barAt(times, focus.entryMs / 1000);
  const to = focus.exitMs === undefined ? last : barAt(times, focus.exitMs / 1000);
  const colors = themeColors(root, TOKENS);
  parts.trade.applyOptions({
    color: focus.profit >= 0 ? colors["--color-up"] : colors["--color-down"],
  });
  parts.trade.setData(
    from < to
      ? [
          { time: from, value: focus.entryPrice },
          { time: to, value: focus.exitPrice },
        ]
      : [{ time: from, value: focus.entryPrice }],
  );
  drawLevels(parts.chart, parts.levels, focus.levels, [from, to], {
    stop: colors["--color-down"],
    target: colors["--color-up"],
  });
  const [first, end] = [times.indexOf(from), times.indexOf(to)];
  const around = Math.max(BARS_AROUND_MIN, (end - first) / 2);
  parts.chart.timeScale().setVisibleLogicalRange({ from: first - around, to: end + around });
}

export function fillLines(
  { chart, lines }: Parts,
  root: HTMLElement,
  shown: readonly RuleLine[],
): void {
  drawRuleLines(chart, lines, shown, themeColors(root, RULE_COLORS));
}

/** Puts bars in, and keeps what is in view. */
export function fillBars(parts: Parts, root: HTMLElement, bars: GetBarsResponse): void {
  const { chart, candles } = parts;
  const times = barTimes(bars);
  const range = chart.timeScale().getVisibleLogicalRange();
  const before = candles.data().map(({ time }) => time);
  const held = range ? timesInView(before, range) : undefined;
  const digits = digitsOf(bars);
  candles.applyOptions({
    priceFormat: {
      type: "custom",
      minMove: 10 ** -digits,
      // Room below the lowest price is no price where it would be below 0.
      formatter: (price: number) => (price < 0 ? "" : formatDecimal(price, digits)),
    },
  });
  candles.setData(
    times.map((time, at) => ({
      time,
      open: bars.open[at] ?? 0,
      high: bars.high[at] ?? 0,
      low: bars.low[at] ?? 0,
      close: bars.close[at] ?? 0,
    })),
  );
  fillVolume(parts, root, bars);
  // Of no bars there is no part that could be shown.
  if (held && times.length > 0) {
    chart.timeScale().setVisibleLogicalRange(placesOf(times, held));
  } else {
    fitAll(chart, root.clientWidth, times.length);
  }
}

/** In the colours of the theme; the candles have theirs as options. */
export function fillVolume({ volume }: Parts, root: HTMLElement, bars: GetBarsResponse): void {
  const colors = themeColors(root, TOKENS);
  const [up, down] = [faint(colors["--color-up"]), faint(colors["--color-down"])];
  volume.setData(
    barTimes(bars).map((time, at) => ({
      time,
      value: bars.volume[at] ?? 0,
      color: (bars.close[at] ?? 0) >= (bars.open[at] ?? 0) ? up : down,
    })),
  );
}

export function fillTrades(
  parts: Parts,
  root: HTMLElement,
  { bars, symbol, trades }: Shown,
): TradesDrawn {
  const colors = themeColors(root, TOKENS);
  const drawn = tradesDrawn(trades, symbol, barTimes(bars), {
    entry: colors["--color-live"],
    gain: colors["--color-up"],
    loss: colors["--color-down"],
  });
  parts.marks.setMarkers(drawn.marks);
  const color = faint(colors["--color-live"]);
  parts.counts.setData(drawn.counts.map((count) => ({ ...count, color })));
  return drawn;
}
