// The lines of a strategy's definitions on the candle chart: put in, changed and taken out.

import {
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  LineStyle,
  LineType,
  type UTCTimestamp,
} from "lightweight-charts";
import { RuleValueKind } from "../gen/tradeforge/v1/result_service_pb";
import type { RuleColor, RuleLine } from "./ruleLines";

/** Below the candles, for what is no price. */
const BESIDE = 1;

export type DrawnLines = Map<string, ISeriesApi<"Line", UTCTimestamp>>;

/** Puts the lines in and takes those out that are no more: prices over the candles, others below. */
export function drawRuleLines(
  chart: IChartApi,
  drawn: DrawnLines,
  lines: readonly RuleLine[],
  colors: Readonly<Record<RuleColor, string>>,
): void {
  const wanted = new Set(lines.map(({ name }) => name));
  for (const [name, series] of drawn) {
    if (!wanted.has(name)) {
      chart.removeSeries(series as never);
      drawn.delete(name);
    }
  }
  for (const { name, kind, color, points } of lines) {
    const isPrice = kind === RuleValueKind.PRICE;
    const held = drawn.get(name);
    const series = held ?? made(chart, isPrice ? 0 : BESIDE, kind === RuleValueKind.CONDITION);
    drawn.set(name, series);
    series.applyOptions({ color: colors[color] });
    series.setData([...points]);
  }
}

function made(chart: IChartApi, pane: number, isCondition: boolean) {
  const series = chart.addSeries(
    LineSeries,
    {
      lineWidth: 1,
      lineStyle: LineStyle.Solid,
      lineType: isCondition ? LineType.WithSteps : LineType.Simple,
      lastValueVisible: false,
      priceLineVisible: false,
      crosshairMarkerRadius: 3,
    },
    pane,
  );
  return series as ISeriesApi<"Line", UTCTimestamp>;
}
