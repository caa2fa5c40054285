// The prices at which a trade was to end, from its entry to its exit.

import {
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  LineStyle,
  type UTCTimestamp,
} from "lightweight-charts";

export interface DrawnLevel {
  readonly name: "stop" | "target";
  readonly price: number;
}

export type LevelLines = ISeriesApi<"Line", UTCTimestamp>[];

/** Puts these in the place of what is drawn. */
export function drawLevels(
  chart: IChartApi,
  drawn: LevelLines,
  levels: readonly DrawnLevel[],
  span: readonly [from: UTCTimestamp, to: UTCTimestamp],
  colors: Readonly<Record<DrawnLevel["name"], string>>,
): void {
  for (const line of drawn.splice(0)) {
    chart.removeSeries(line as never);
  }
  const [from, to] = span;
  for (const { name, price } of levels) {
    const line = chart.addSeries(LineSeries, {
      color: colors[name],
      lineWidth: 1,
      lineStyle: LineStyle.Solid,
      title: name,
      priceLineVisible: false,
      crosshairMarkerVisible: false,
    }) as unknown as LevelLines[number];
    line.setData(
      from < to
        ? [
            { time: from, value: price },
            { time: to, value: price },
          ]
        : [{ time: from, value: price }],
    );
    drawn.push(line);
  }
}
