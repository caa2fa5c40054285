// A backtest of a portfolio, for those who look at its panels.

import { RunState } from "../src/gen/tradeforge/v1/types_pb";
import { finished, whenFinal } from "./arrange";
import { expect, type Stage } from "./fixtures";

export const SYMBOLS = ["A", "B", "C", "D", "E", "F", "G", "H", "I"];
/** A momentum portfolio over all of them, that pays for what it borrows and earns on its cash. */
export async function portfolio({ api }: Stage): Promise<string> {
  const series = SYMBOLS.map((symbol) => ({ exchange: "SYN", symbol, timeframe: "1h" }));
  for (const [at, each] of series.entries()) {
    const source = {
      case: "synthetic",
      value: { barCount: 3_000n, seed: BigInt(at + 11) },
    } as const;
    await api.marketData.importBars({ series: each, source });
  }
  const whole = (value: bigint) => ({ kind: { case: "intValue", value } }) as const;
  const value = {
    strategy: { name: "momentum_rotation" },
    params: { lookback: whole(30n), top: whole(5n), every: whole(24n) },
    subscriptions: series,
    simulation: {
      initialCash: "10000",
      commissionRate: "0.001",
      slippageTicks: "2",
      carry: { cashRate: "0.04", debitRate: "0.08" },
    },
  };
  const runId = await finished(api, { spec: { case: "backtest", value } });
  const status = await whenFinal(api, runId);
  expect(status.state, status.error?.message).toBe(RunState.COMPLETED);
  return runId;
}
