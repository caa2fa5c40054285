// What a strategy as text went by, as the candle chart takes it: a line for each definition.

import type { LineData, UTCTimestamp, WhitespaceData } from "lightweight-charts";
import {
  type Column,
  type GetRuleValuesResponse,
  RuleValueKind,
} from "../gen/tradeforge/v1/result_service_pb";
import { barAt } from "./candleData";

type Point = LineData<UTCTimestamp> | WhitespaceData<UTCTimestamp>;

/** The values of a definition at the bars of the chart; none where it is undefined. */
export interface RuleLine {
  readonly name: string;
  readonly kind: RuleValueKind;
  /** A colour of the theme. */
  readonly color: RuleColor;
  readonly points: readonly Point[];
}

/** In this order; more lines than these begin anew. */
export const RULE_COLORS = [
  "--color-accent",
  "--color-warn",
  "--color-live",
  "--color-bad",
  "--color-good",
  "--color-quiet",
] as const;
export type RuleColor = (typeof RULE_COLORS)[number];

/** The lines over bars that open at those times: of several values in one bar the last. */
export function ruleLines(
  { timeUnixMs, columns, kinds }: GetRuleValuesResponse,
  times: readonly UTCTimestamp[],
): RuleLine[] {
  const bars = timeUnixMs.map((millis) => barAt(times, Number(millis) / 1000));
  return columns.map((column, place) => ({
    name: column.name,
    kind: kinds[place] ?? RuleValueKind.UNSPECIFIED,
    color: RULE_COLORS[place % RULE_COLORS.length] ?? RULE_COLORS[0],
    points: pointsOf(column, bars),
  }));
}

function pointsOf(column: Column, bars: readonly UTCTimestamp[]): Point[] {
  const values = valuesOf(column);
  const points: Point[] = [];
  bars.forEach((time, row) => {
    const value = values[row];
    const point = value === undefined ? { time } : { time, value };
    if (points.at(-1)?.time === time) {
      points.pop();
    }
    points.push(point);
  });
  return points;
}

/** The values of a column; what is out of its validity is undefined. */
export function valuesOf({ values, validity }: Column): (number | undefined)[] {
  const plain =
    values.case === "doubles"
      ? values.value.values
      : values.case === "ints"
        ? values.value.values.map(Number)
        : [];
  const isValid = (row: number) =>
    validity.length === 0 || (((validity[row >> 3] ?? 0) >> (row & 7)) & 1) === 1;
  return plain.map((value, row) => (isValid(row) ? value : undefined));
}
