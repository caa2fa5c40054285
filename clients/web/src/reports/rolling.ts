// Figures over a window of days that moves along: each at the day that its window ends with. Knows no
// React and no server.

import type { GetReportResponse } from "../gen/tradeforge/v1/result_service_pb";

type Told = Pick<
  GetReportResponse,
  "days" | "rollingSharpe" | "rollingSharpeDays" | "rollingVolatility" | "rollingExposure"
>;

export interface Rolling {
  /** Days counted from 1970 on, rising. */
  readonly days: readonly number[];
  /** For each day the figure over the window that ends with it; null where there is none. */
  readonly sharpe: readonly (number | null)[];
  readonly volatility: readonly (number | null)[];
  readonly exposure: readonly (number | null)[];
}

export function rollingOf(told: Told): Rolling {
  const { days, rollingSharpe, rollingSharpeDays, rollingVolatility, rollingExposure } = told;
  const ratios = new Map(rollingSharpeDays.map((day, at) => [day, rollingSharpe[at] ?? null]));
  // Windows end with the last days.
  const atEnd = (values: readonly number[]) =>
    days.map((_, at) => values[at - (days.length - values.length)] ?? null);
  return {
    days,
    sharpe: days.map((day) => ratios.get(day) ?? null),
    volatility: atEnd(rollingVolatility),
    exposure: atEnd(rollingExposure),
  };
}
