// Metrics as people look for them: in groups, the telling ones first, each in its unit.

import { Goal, type MetricSpec } from "../gen/tradeforge/v1/types_pb";

export interface MetricGroup {
  readonly title: string;
  readonly metrics: readonly MetricSpec[];
}

const GROUPS: readonly (readonly [title: string, names: readonly string[]])[] = [
  [
    "Return",
    ["total_return", "cagr", "buy_hold_return", "net_profit", "final_equity", "open_profit"],
  ],
  [
    "Risk",
    [
      "sharpe",
      "sortino",
      "calmar",
      "max_drawdown",
      "max_drawdown_duration_days",
      "volatility",
      "ulcer_index",
      "recovery_factor",
      "psr",
      "sharpe_excess",
      "alpha",
      "beta",
      "information_ratio",
      "skewness",
      "kurtosis",
      "autocorrelation",
      "return_days",
      "sharpe_bar",
      "volatility_bar",
    ],
  ],
  [
    "Exposure",
    [
      "exposure",
      "exposure_long",
      "exposure_short",
      "mean_exposure",
      "average_leverage",
      "turnover",
      "volume_share_max",
    ],
  ],
  [
    "Trades",
    [
      "trade_count",
      "win_rate",
      "profit_factor",
      "expectancy",
      "sqn",
      "average_win",
      "average_loss",
      "largest_win",
      "largest_loss",
      "max_consecutive_losses",
      "average_bars_held",
      "average_trade_days",
    ],
  ],
];

/** How much was done, which is neither good nor bad. */
const AMOUNTS: ReadonlySet<string> = new Set([
  "exposure",
  "exposure_long",
  "exposure_short",
  "mean_exposure",
  "average_leverage",
  "average_trade_days",
  "traded_notional",
  "turnover",
  "beta",
]);

/** All metrics of the catalog, each in one group; those that no group names come last. */
export function metricGroups(catalog: ReadonlyMap<string, MetricSpec>): MetricGroup[] {
  const named = new Set(GROUPS.flatMap(([, names]) => names));
  const rest = [...catalog.values()].filter(({ name }) => !named.has(name));
  const groups = GROUPS.map(([title, names]) => ({
    title,
    metrics: names.flatMap((name) => catalog.get(name) ?? []),
  }));
  return [...groups, { title: "Costs and more", metrics: rest }].filter(
    ({ metrics }) => metrics.length > 0,
  );
}

/** Whether a run is better for more or less of it: to trade more or longer is no merit. */
export function isJudged({ name, unit, naturalGoal }: MetricSpec): boolean {
  const isAmount = unit === "count" || unit === "bars" || AMOUNTS.has(name);
  return naturalGoal !== Goal.UNSPECIFIED && !isAmount;
}

/** Whose sign is no news: another's return, and a sum that is never below 0. */
const PLAIN: ReadonlySet<string> = new Set(["buy_hold_return", "gross_profit"]);

/** Whether a value is good or bad news, where the sign of the metric tells. */
export function newsOf(name: string, value: number | undefined): "good" | "bad" | undefined {
  const tells = /return$|profit$|cagr|sharpe|sortino|calmar|expectancy|sqn/.test(name);
  if (!tells || value === undefined || value === 0 || PLAIN.has(name)) {
    return undefined;
  }
  return value > 0 ? "good" : "bad";
}

/** Below so many closed trades what they came to on average says next to nothing. */
const TRADES_FEW = 30;

/** What is to be kept in mind of a result of few trades; nothing of one of many, or of none. */
export function fewTrades(metrics: Readonly<Record<string, number>>): string | undefined {
  const count = metrics["trade_count"] ?? 0;
  if (count === 0 || count >= TRADES_FEW) {
    return undefined;
  }
  return `Only ${count} closed ${count === 1 ? "trade" : "trades"}: too few to tell skill from luck.`;
}
