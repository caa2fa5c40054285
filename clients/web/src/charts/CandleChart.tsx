// Candles, volume and the marks of trades, by lightweight-charts. The chart is made once; bars and
// marks are put in as they come, and the span that the user looks at is told.

import {
  type CandlestickData,
  CandlestickSeries,
  createChart,
  createSeriesMarkers,
  type HistogramData,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  type LineData,
  LineSeries,
  LineStyle,
  type MouseEventParams,
  type TickMarkType,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import { useEffect, useRef, useState } from "react";
import type { Zone } from "../app/preferences";
import { formatDecimal, formatNumber, formatSigned } from "../format/number";
import type { GetBarsResponse } from "../gen/tradeforge/v1/market_data_service_pb";
import styles from "./CandleChart.module.css";
import {
  barAt,
  barTimes,
  digitsOf,
  type TradesDrawn,
  type TradesOfSpan,
  tradesDrawn,
} from "./candleData";
import { crossHairTime, tickTime } from "./candleTimes";
import { type DrawnLevel, drawLevels, type LevelLines } from "./drawLevels";
import { type DrawnLines, drawRuleLines } from "./drawRuleLines";
import { BARS_AFTER, fitAll } from "./fitAll";
import { keepInView } from "./keepInView";
import { RULE_COLORS, type RuleLine } from "./ruleLines";
import { faint, onThemeChange, themeColors } from "./themeColors";
import { placesOf, timesInView } from "./viewTimes";
import { zoomByWheel } from "./zoomByWheel";

interface Props {
  readonly bars: GetBarsResponse;
  /** Definitions of the strategy that are drawn. */
  readonly lines?: readonly RuleLine[] | undefined;
  readonly symbol: string;
  /** The trades of the span in view, or of one before. */
  readonly trades: TradesOfSpan | undefined;
  readonly zone: Zone;
  /** A trade to go to, and to draw from entry to exit; the bars around it are here. */
  readonly focus: TradeLine | undefined;
  /** The span in view, in milliseconds, a moment after it came to rest. */
  readonly onSpan: (startMs: number, endMs: number) => void;
}

const RESTS_AFTER_MS = 150;
/** Bars beside a trade that was gone to. */
const BARS_AROUND_MIN = 12;
const TOKENS = [
  "--color-surface",
  "--color-text-soft",
  "--color-grid",
  "--color-border",
  "--color-up",
  "--color-down",
  "--color-live",
] as const;

interface Parts {
  readonly chart: IChartApi;
  readonly candles: ISeriesApi<"Candlestick", UTCTimestamp>;
  readonly volume: ISeriesApi<"Histogram", UTCTimestamp>;
  readonly marks: ISeriesMarkersPluginApi<UTCTimestamp>;
  /** How many entries and exits there were, where they are too many to be drawn. */
  readonly counts: ISeriesApi<"Histogram", UTCTimestamp>;
  /** From the entry of the trade that was gone to, to its exit. */
  readonly trade: ISeriesApi<"Line", UTCTimestamp>;
  readonly lines: DrawnLines;
  readonly levels: LevelLines;
}

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

type Shown = Pick<Props, "bars" | "symbol" | "trades">;

const NO_LINES: readonly RuleLine[] = [];

export default function CandleChart({
  bars,
  lines = NO_LINES,
  symbol,
  trades,
  zone,
  focus,
  onSpan,
}: Props) {
  const element = useRef<HTMLElement>(null);
  const readOut = useRef<HTMLParagraphElement>(null);
  const parts = useRef<Parts | undefined>(undefined);
  const told = useRef(onSpan);
  const resting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef({ bars, lines, symbol, trades });
  const [drawn, setDrawn] = useState<TradesDrawn>({ marks: [], counts: [] });
  useEffect(() => {
    told.current = onSpan;
    latest.current = { bars, lines, symbol, trades };
  });
  useEffect(() => {
    const root = element.current;
    if (!root) {
      return;
    }
    const made = madeIn(root);
    parts.current = made;
    made.chart.timeScale().subscribeVisibleLogicalRangeChange(() => {
      clearTimeout(resting.current);
      resting.current = setTimeout(() => {
        const range = made.chart.timeScale().getVisibleLogicalRange();
        const view = range && timesInView(barTimes(latest.current.bars), range);
        if (view) {
          told.current(view.from * 1000, view.to * 1000);
        }
      }, RESTS_AFTER_MS);
    });
    const stopZooming = zoomByWheel(root, made.chart);
    made.chart.subscribeCrosshairMove(({ seriesData }) => {
      if (readOut.current) {
        readOut.current.textContent = barText(
          seriesData.get(made.candles as never) as CandlestickData<Time> | undefined,
          seriesData.get(made.volume as never) as HistogramData<Time> | undefined,
          digitsOf(latest.current.bars),
        ).concat(linesText(made.lines, seriesData));
      }
    });
    keepInView(made.chart);
    const stopThemes = onThemeChange(() => {
      paint(made, root);
      fillVolume(made, root, latest.current.bars);
      fillTrades(made, root, latest.current);
      fillLines(made, root, latest.current.lines);
    });
    return () => {
      clearTimeout(resting.current);
      stopThemes();
      stopZooming();
      made.chart.remove();
      parts.current = undefined;
    };
  }, []);
  useEffect(() => {
    if (parts.current && element.current) {
      fillBars(parts.current, element.current, bars);
    }
  }, [bars]);
  useEffect(() => {
    if (parts.current && element.current) {
      fillLines(parts.current, element.current, lines);
    }
  }, [lines]);
  useEffect(() => {
    if (parts.current && element.current) {
      setDrawn(fillTrades(parts.current, element.current, { bars, symbol, trades }));
    }
  }, [bars, symbol, trades]);
  useEffect(() => {
    if (parts.current && element.current && focus) {
      // Only when it is chosen, and not whenever other bars come. A view from before that has not
      // been told yet is none any more.
      clearTimeout(resting.current);
      goTo(parts.current, element.current, latest.current.bars, focus);
    }
  }, [focus]);
  useEffect(() => {
    parts.current?.chart.applyOptions({
      localization: { timeFormatter: (time: Time) => crossHairTime(time, zone) },
      timeScale: {
        tickMarkFormatter: (time: Time, mark: TickMarkType) => tickTime(time, mark, zone),
      },
    });
  }, [zone]);
  return (
    <div className={styles.figure}>
      <figure
        ref={element}
        className={styles.chart}
        aria-label="Candles and volume, with the entries and exits of trades"
        data-chart="candles"
        data-points={bars.timeUnixMs.length}
        data-lines={lines.map(({ name }) => name).join(" ")}
        data-marks={drawn.marks.length}
        data-counted={drawn.counts.reduce((sum, { value }) => sum + value, 0)}
        data-span={trades && `${trades.startMs} ${trades.endMs}`}
        data-focus={focus && `${focus.entryMs} ${focus.exitMs ?? ""}`}
        data-levels={focus?.levels.map(({ name, price }) => `${name} ${price}`).join(" ")}
        data-zone={zone}
      />
      <p ref={readOut} className={styles.readOut} data-readout="bar" />
    </div>
  );
}

/** Shows the trade with half as much again on both sides, and a line from its entry to its exit. */
function goTo(parts: Parts, root: HTMLElement, bars: GetBarsResponse, focus: TradeLine): void {
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

/** As in `O 1.00 H 1.20 L 0.90 C 1.10 +10.00 % V 12`. */
function barText(
  bar: CandlestickData<Time> | undefined,
  volume: HistogramData<Time> | undefined,
  digits: number,
): string {
  if (!bar) {
    return "";
  }
  const prices = [bar.open, bar.high, bar.low, bar.close].map((it) => formatDecimal(it, digits));
  const change = formatSigned((bar.close / bar.open - 1) * 100);
  const [open, high, low, close] = prices;
  return `O ${open}  H ${high}  L ${low}  C ${close}  ${change} %  V ${formatNumber(volume?.value)}`;
}

/** As in `  f 1.05  s 1.02`: what is drawn, at the bar. */
function linesText(lines: DrawnLines, at: MouseEventParams["seriesData"]): string {
  const texts = [...lines].map(([name, series]) => {
    const point = at.get(series as never) as LineData<Time> | undefined;
    return point?.value === undefined ? "" : `  ${name} ${formatNumber(point.value)}`;
  });
  return texts.join("");
}

function fillLines({ chart, lines }: Parts, root: HTMLElement, shown: readonly RuleLine[]): void {
  drawRuleLines(chart, lines, shown, themeColors(root, RULE_COLORS));
}

function madeIn(root: HTMLElement): Parts {
  const chart = createChart(root, {
    autoSize: true,
    // The wheel scrolls the page; with Control, or by two fingers, it zooms.
    handleScroll: { mouseWheel: false, vertTouchDrag: false },
    handleScale: { mouseWheel: false },
    layout: { attributionLogo: true, fontSize: 11, fontFamily: "system-ui, sans-serif" },
    // A pixel may hold several bars: on a narrow screen, too, all of a run is in view at first.
    timeScale: {
      timeVisible: true,
      secondsVisible: false,
      rightOffset: BARS_AFTER,
      minBarSpacing: 0.05,
    },
    rightPriceScale: { scaleMargins: { top: 0.14, bottom: 0.24 } },
  });
  const candles = chart.addSeries(CandlestickSeries, { borderVisible: false });
  const volume = chart.addSeries(HistogramSeries, {
    priceScaleId: "volume",
    priceFormat: { type: "volume" },
    lastValueVisible: false,
    priceLineVisible: false,
  });
  chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
  const counts = chart.addSeries(HistogramSeries, {
    priceScaleId: "counts",
    priceFormat: { type: "volume" },
    lastValueVisible: false,
    priceLineVisible: false,
  });
  chart.priceScale("counts").applyOptions({ scaleMargins: { top: 0.01, bottom: 0.89 } });
  const trade = chart.addSeries(LineSeries, {
    lineWidth: 2,
    lineStyle: LineStyle.Dashed,
    lastValueVisible: false,
    priceLineVisible: false,
    crosshairMarkerVisible: false,
    autoscaleInfoProvider: () => null,
  });
  const marks = createSeriesMarkers(candles, []);
  const lines: DrawnLines = new Map();
  const drawn = { chart, candles, volume, marks, counts, trade, lines };
  const made = { ...drawn, levels: [] } as unknown as Parts;
  paint(made, root);
  return made;
}

function paint({ chart, candles }: Parts, root: HTMLElement): void {
  const colors = themeColors(root, TOKENS);
  chart.applyOptions({
    layout: {
      background: { color: colors["--color-surface"] },
      textColor: colors["--color-text-soft"],
    },
    grid: {
      vertLines: { color: colors["--color-grid"] },
      horzLines: { color: colors["--color-grid"] },
    },
    timeScale: { borderColor: colors["--color-border"] },
    rightPriceScale: { borderColor: colors["--color-border"] },
  });
  candles.applyOptions({
    upColor: colors["--color-up"],
    downColor: colors["--color-down"],
    wickUpColor: colors["--color-up"],
    wickDownColor: colors["--color-down"],
  });
}

/** Puts bars in, and keeps what is in view. */
function fillBars(parts: Parts, root: HTMLElement, bars: GetBarsResponse): void {
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
function fillVolume({ volume }: Parts, root: HTMLElement, bars: GetBarsResponse): void {
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

function fillTrades(parts: Parts, root: HTMLElement, { bars, symbol, trades }: Shown): TradesDrawn {
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
