// Candles, volume and the marks of trades, by lightweight-charts. The chart is made once; bars and
// marks are put in as they come, and the span that the user looks at is told.

import {
  CandlestickSeries,
  createChart,
  createSeriesMarkers,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  type UTCTimestamp,
} from "lightweight-charts";
import { useEffect, useRef } from "react";
import type { GetBarsResponse } from "../gen/tradeforge/v1/market_data_service_pb";
import type { Trade } from "../gen/tradeforge/v1/result_service_pb";
import styles from "./CandleChart.module.css";
import { barTimes, tradeMarks } from "./candleData";
import { onThemeChange, themeColors } from "./themeColors";

interface Props {
  readonly bars: GetBarsResponse;
  readonly trades: readonly Trade[];
  /** The span in view, in milliseconds, a moment after it came to rest. */
  readonly onSpan: (startMs: number, endMs: number) => void;
  readonly onHidden: (marks: number) => void;
}

const RESTS_AFTER_MS = 150;
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
}

export default function CandleChart({ bars, trades, onSpan, onHidden }: Props) {
  const element = useRef<HTMLElement>(null);
  const parts = useRef<Parts | undefined>(undefined);
  const told = useRef({ onSpan, onHidden });
  const latest = useRef({ bars, trades });
  useEffect(() => {
    told.current = { onSpan, onHidden };
    latest.current = { bars, trades };
  });
  useEffect(() => {
    const root = element.current;
    if (!root) {
      return;
    }
    const made = madeIn(root);
    parts.current = made;
    let timer: ReturnType<typeof setTimeout> | undefined;
    made.chart.timeScale().subscribeVisibleTimeRangeChange((range) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (range) {
          told.current.onSpan(Number(range.from) * 1000, Number(range.to) * 1000);
        }
      }, RESTS_AFTER_MS);
    });
    const stopThemes = onThemeChange(() => {
      paint(made, root);
      fill(made, root, latest.current.bars, latest.current.trades);
    });
    return () => {
      clearTimeout(timer);
      stopThemes();
      made.chart.remove();
      parts.current = undefined;
    };
  }, []);
  useEffect(() => {
    if (parts.current && element.current) {
      told.current.onHidden(fill(parts.current, element.current, bars, trades));
    }
  }, [bars, trades]);
  return (
    <figure
      ref={element}
      className={styles.chart}
      aria-label="Candles and volume, with the entries and exits of trades"
      data-chart="candles"
      data-points={bars.timeUnixMs.length}
    />
  );
}

function madeIn(root: HTMLElement): Parts {
  const chart = createChart(root, {
    autoSize: true,
    layout: { attributionLogo: true, fontSize: 11, fontFamily: "system-ui, sans-serif" },
    timeScale: { timeVisible: true, secondsVisible: false, rightOffset: 2 },
    rightPriceScale: { scaleMargins: { top: 0.08, bottom: 0.24 } },
  });
  const candles = chart.addSeries(CandlestickSeries, { borderVisible: false });
  const volume = chart.addSeries(HistogramSeries, {
    priceScaleId: "volume",
    priceFormat: { type: "volume" },
    lastValueVisible: false,
    priceLineVisible: false,
  });
  chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
  const made = { chart, candles, volume, marks: createSeriesMarkers(candles, []) } as Parts;
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

/** Puts bars and marks in, and keeps what is in view; how many marks were too many to show. */
function fill(
  { chart, candles, volume, marks }: Parts,
  root: HTMLElement,
  bars: GetBarsResponse,
  trades: readonly Trade[],
): number {
  const colors = themeColors(root, TOKENS);
  const times = barTimes(bars);
  const held = candles.data().length > 0 ? chart.timeScale().getVisibleRange() : null;
  candles.setData(
    times.map((time, at) => ({
      time,
      open: bars.open[at] ?? 0,
      high: bars.high[at] ?? 0,
      low: bars.low[at] ?? 0,
      close: bars.close[at] ?? 0,
    })),
  );
  const [up, down] = [faint(colors["--color-up"]), faint(colors["--color-down"])];
  volume.setData(
    times.map((time, at) => ({
      time,
      value: bars.volume[at] ?? 0,
      color: (bars.close[at] ?? 0) >= (bars.open[at] ?? 0) ? up : down,
    })),
  );
  const found = tradeMarks(trades, times, {
    entry: colors["--color-live"],
    gain: colors["--color-up"],
    loss: colors["--color-down"],
  });
  marks.setMarkers(found.marks);
  if (held) {
    chart.timeScale().setVisibleRange(held);
  } else {
    chart.timeScale().fitContent();
  }
  return found.hidden;
}

function faint(color: string): string {
  return color.replace("rgb(", "rgba(").replace(")", ", 0.35)");
}
