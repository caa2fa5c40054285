// Parameters and metrics as people read them.

import type { ParamValue } from "../gen/tradeforge/v1/types_pb";
import { DASH, formatCount, formatDecimal, formatNumber, formatPercent } from "./number";

export function formatParam(value: ParamValue | undefined): string {
  switch (value?.kind.case) {
    case "intValue":
      return value.kind.value.toString();
    case "doubleValue":
      return String(value.kind.value);
    case "boolValue":
      return value.kind.value ? "true" : "false";
    case "stringValue":
      return value.kind.value;
    default:
      return DASH;
  }
}

/** As in `fast=10 slow=50 direction=both`: the numbers first, each sort by name. */
export function formatParams(params: Record<string, ParamValue>): string {
  return Object.keys(params)
    .sort((a, b) => Number(isWord(params[a])) - Number(isWord(params[b])) || (a < b ? -1 : 1))
    .map((name) => `${name}=${formatParam(params[name])}`)
    .join(" ");
}

function isWord(value: ParamValue | undefined): boolean {
  return value?.kind.case === "stringValue" || value?.kind.case === "boolValue";
}

/** A metric by its unit, which its MetricSpec tells. */
export function formatMetric(value: number | undefined, unit: string): string {
  switch (unit) {
    case "fraction":
      return formatPercent(value, 2);
    case "money":
    case "ratio":
      return formatDecimal(value, 2);
    case "count":
      return formatCount(value);
    case "days":
    case "bars": {
      const text = formatNumber(value && Math.round(value * 10) / 10);
      return text === DASH ? text : `${text} ${text === "1" ? unit.slice(0, -1) : unit}`;
    }
    default:
      return formatNumber(value);
  }
}
