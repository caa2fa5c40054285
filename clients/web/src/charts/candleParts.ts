// What a candle chart is made of, and its colours.

import {
  CandlestickSeries,
  createChart,
  createSeriesMarkers,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  LineSeries,
  LineStyle,
  type UTCTimestamp,
} from "lightweight-charts";
import type { LevelLines } from "./drawLevels";
import type { DrawnLines } from "./drawRuleLines";
import { BARS_AFTER } from "./fitAll";
import { themeColors } from "./themeColors";

export const TOKENS = [
  "--color-surface",
  "--color-text-soft",
  "--color-grid",
  "--color-border",
  "--color-up",
  "--color-down",
  "--color-live",
] as const;

export interface Parts {
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

export function madeIn(root: HTMLElement): Parts {
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

export function paint({ chart, candles }: Parts, root: HTMLElement): void {
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
