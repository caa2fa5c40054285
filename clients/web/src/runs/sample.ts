// From an empty server to a running sweep in one click: bars that the server makes, and a sweep over
// them.

import { api } from "../rpc/client";
import { marketData } from "../rpc/marketData";

const SERIES = { exchange: "SYN", symbol: "DEMO", timeframe: "1h" };
const BARS = 26_280n;

function lengths(name: string, minValue: bigint, maxValue: bigint, step: bigint) {
  return { name, domain: { case: "intRange", value: { minValue, maxValue, step } } } as const;
}

/** The sweep's id. Bars that are there already are taken as they are. */
export async function startSample(): Promise<string> {
  const source = { case: "synthetic", value: { barCount: BARS, seed: 42n } } as const;
  const { series } = await marketData.listSeries({ pageSize: 1 });
  if (series.length === 0) {
    await marketData.importBars({ series: SERIES, source });
  }
  const { exchange, symbol, timeframe } = series[0]?.spec ?? SERIES;
  const base = {
    strategy: { name: "sma_cross" },
    subscriptions: [{ exchange, symbol, timeframe }],
    simulation: { initialCash: "10000" },
  };
  const axes = [lengths("fast", 5n, 50n, 5n), lengths("slow", 60n, 300n, 20n)];
  const { runId } = await api.runs.submit({
    displayName: "First sweep",
    spec: { case: "optimization", value: { base, axes, objective: { metric: "sharpe" } } },
  });
  return runId;
}
