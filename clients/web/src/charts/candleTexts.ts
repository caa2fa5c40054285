// What is read at a bar under the cursor.

import type {
  CandlestickData,
  HistogramData,
  LineData,
  MouseEventParams,
  Time,
} from "lightweight-charts";
import { formatDecimal, formatNumber, formatSigned } from "../format/number";
import type { DrawnLines } from "./drawRuleLines";

/** As in `O 1.00 H 1.20 L 0.90 C 1.10 +10.00 % V 12`. */
export function barText(
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
export function linesText(lines: DrawnLines, at: MouseEventParams["seriesData"]): string {
  const texts = [...lines].map(([name, series]) => {
    const point = at.get(series as never) as LineData<Time> | undefined;
    return point?.value === undefined ? "" : `  ${name} ${formatNumber(point.value)}`;
  });
  return texts.join("");
}
