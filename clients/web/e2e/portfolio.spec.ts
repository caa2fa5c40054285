// A backtest over several instruments: what each of them did is what the API says, and leads to its
// candles.

import { formatMetric } from "../src/format/value";
import { RunState } from "../src/gen/tradeforge/v1/types_pb";
import { finished, whenFinal } from "./arrange";
import { chanceOf } from "./chance";
import { expect, test } from "./fixtures";

const SYMBOLS = ["ALPHA", "BRAVO", "CHARLIE", "DELTA", "ECHO", "FOXTROT"];

test("what each instrument did stands there as the API has it, and leads to its candles", async ({
  page,
  // Its instruments would be the first in the forms of all other tests.
  ownStage: stage,
}) => {
  const { api } = stage;
  const series = SYMBOLS.map((symbol) => ({ exchange: "SYN", symbol, timeframe: "1h" }));
  for (const [at, each] of series.entries()) {
    const source = {
      case: "synthetic",
      value: { barCount: 2_000n, seed: BigInt(at + 1) },
    } as const;
    await api.marketData.importBars({ series: each, source });
  }
  const chance = chanceOf(13);
  const whole = (value: bigint) => ({ kind: { case: "intValue", value } }) as const;
  const value = {
    strategy: { name: "momentum_rotation" },
    params: {
      lookback: whole(BigInt(chance(20, 90))),
      top: whole(BigInt(chance(2, 4))),
      every: whole(24n),
    },
    subscriptions: series,
    simulation: { initialCash: "10000", commissionRate: "0.001" },
  };
  const runId = await finished(api, { spec: { case: "backtest", value } });
  const status = await whenFinal(api, runId);
  expect(status.state, status.error?.message).toBe(RunState.COMPLETED);
  const { instruments } = await api.results.listInstruments({ runId });
  const { strategies } = await api.strategies.listStrategies({});
  const units = new Map(
    strategies.flatMap(({ metrics }) => metrics.map((it) => [it.name, it.unit])),
  );

  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  await expect(page.getByRole("main").locator("header").first()).toContainText(
    "on SYN:ALPHA@1h, SYN:BRAVO@1h, SYN:CHARLIE@1h and 3 more",
  );
  const rows = page.locator("[data-instrument]");
  await expect(rows).toHaveCount(SYMBOLS.length);
  expect(instruments.some(({ metrics }) => (metrics["trade_count"] ?? 0) > 0)).toBe(true);
  for (const { exchange, symbol, metrics } of instruments) {
    const row = page.locator(`[data-instrument="${exchange}:${symbol}"]`);
    for (const cell of await row.locator("[data-metric-of]").all()) {
      const name = (await cell.getAttribute("data-metric-of")) ?? "";
      const wanted = formatMetric(metrics[name], units.get(name) ?? "");
      await expect(cell, `${name} of ${symbol}`).toHaveText(wanted);
    }
  }
  // By what it earned: the order of the API's numbers, the best first and then the worst.
  const symbols = () =>
    rows.evaluateAll((found) => found.map((row) => row.getAttribute("data-instrument")));
  const best = instruments
    .toSorted((a, b) => (b.metrics["net_profit"] ?? 0) - (a.metrics["net_profit"] ?? 0))
    .map(({ exchange, symbol }) => `${exchange}:${symbol}`);
  await page.getByRole("button", { name: "Net profit" }).click();
  expect(await symbols()).toEqual(best);
  await page.getByRole("button", { name: "Net profit" }).click();
  expect((await symbols())[0]).toBe(best.at(-1));

  // Six charts would ask for the bars of all: one is drawn, that of the row that is chosen.
  const candles = page.locator("[data-chart=candles]");
  await expect(candles).toHaveCount(1);
  await expect(page.getByRole("heading", { name: "SYN:ALPHA@1h" })).toBeVisible();
  await page.getByRole("button", { name: "SYN:ECHO" }).click();
  await expect(page.getByRole("heading", { name: "SYN:ECHO@1h" })).toBeVisible();
  await expect(candles).toHaveCount(1);
  await expect(candles).toHaveAttribute("data-points", /^[1-9]/);
  const { totalSize } = await api.results.listTrades({ runId, pageSize: 1 });
  expect(totalSize).toBeGreaterThan(0n);
  // A trade of another instrument takes its candles there.
  const { trades } = await api.results.listTrades({ runId, pageSize: 1_000 });
  const at = trades.findIndex(({ symbol }) => symbol !== "ECHO");
  const table = page.getByRole("table", { name: "Trades", exact: true });
  await table
    .locator(`tr[aria-rowindex="${at + 2}"] button`)
    .first()
    .click();
  await expect(page.getByRole("heading", { name: `SYN:${trades[at]?.symbol}@1h` })).toBeVisible();
  await expect(candles).toHaveAttribute("data-focus", /\d/);
});
