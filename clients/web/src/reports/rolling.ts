// Figures over a window of days that moves along. Knows no React and no server.

import type { DailyEquity } from "./equityStatistics";

export interface DailyReturns {
  /** Days counted from 1970 on. */
  readonly days: readonly number[];
  readonly returns: readonly number[];
}

/**
 * One return a day. Days without a bar count where the market is always open: then there are as many
 * as the metrics say that they were taken over.
 */
export function dailyReturns({ initial, days }: DailyEquity, returnDays?: number): DailyReturns {
  const [first, last] = [days[0]?.[0] ?? 0, days.at(-1)?.[0] ?? -1];
  const isFilled = returnDays !== undefined && returnDays === last - first + 1;
  const [numbers, returns]: [number[], number[]] = [[], []];
  let [before, next] = [initial, first];
  for (const [day, equity] of days) {
    for (; isFilled && next < day; next += 1) {
      numbers.push(next);
      returns.push(0);
    }
    numbers.push(day);
    returns.push(equity / before - 1);
    before = equity;
    next = day + 1;
  }
  return { days: numbers, returns };
}

export interface Rolling {
  /** For each day the figure over the window that ends with it; null where there is none. */
  readonly sharpe: readonly (number | null)[];
  readonly volatility: readonly (number | null)[];
}

/** `daysPerYear` and `riskFree`, per year, are those of the metrics. */
export function rollingOf(
  returns: readonly number[],
  window: number,
  daysPerYear: number,
  riskFree: number,
): Rolling {
  const year = Math.sqrt(daysPerYear);
  const sharpe: (number | null)[] = [];
  const volatility: (number | null)[] = [];
  for (let end = 1; end <= returns.length; end += 1) {
    const part = returns.slice(Math.max(0, end - window), end);
    const deviation = end >= window ? deviationOf(part) : undefined;
    const mean = part.reduce((sum, value) => sum + value, 0) / part.length;
    volatility.push(deviation === undefined ? null : deviation * year);
    sharpe.push(deviation ? ((mean - riskFree / daysPerYear) / deviation) * year : null);
  }
  return { sharpe, volatility };
}

/** Of a sample; undefined of less than two. */
export function deviationOf(values: readonly number[]): number | undefined {
  if (values.length < 2) {
    return undefined;
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/** Into how many days the metrics cut a year: told by their volatility. */
export function daysPerYearOf(returns: readonly number[], volatility: number | undefined): number {
  const deviation = deviationOf(returns);
  const days = deviation && volatility ? (volatility / deviation) ** 2 : Number.NaN;
  return Number.isFinite(days) && days > 0 ? days : 365;
}
