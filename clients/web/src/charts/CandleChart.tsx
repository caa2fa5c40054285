// Candles, volume and the marks of trades, by lightweight-charts. The chart is made once; bars and
// marks are put in as they come, and the span that the user looks at is told.

import type { CandlestickData, HistogramData, TickMarkType, Time } from "lightweight-charts";
import { useEffect, useRef, useState } from "react";
import type { Zone } from "../app/preferences";
import type { GetBarsResponse } from "../gen/tradeforge/v1/market_data_service_pb";
import styles from "./CandleChart.module.css";
import { barTimes, digitsOf, type TradesDrawn, type TradesOfSpan } from "./candleData";
import { fillBars, fillLines, fillTrades, fillVolume, goTo, type TradeLine } from "./candleDrawing";
import { madeIn, type Parts, paint } from "./candleParts";
import { barText, linesText } from "./candleTexts";
import { crossHairTime, tickTime } from "./candleTimes";
import { keepInView } from "./keepInView";
import type { RuleLine } from "./ruleLines";
import { onThemeChange } from "./themeColors";
import { timesInView } from "./viewTimes";
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
