// From one thing to the next of its kind: trials in their order, a strategy to its runs, a trial of a
// portfolio to each of its instruments; and what is to be kept in mind of few trades.

import { create } from "@bufbuild/protobuf";
import { formatPercent } from "../src/format/number";
import { formatMetric, formatParam } from "../src/format/value";
import { OptimizationSpecSchema } from "../src/gen/tradeforge/v1/types_pb";
import { backtest, finished, heatMap, search, whenFinal } from "./arrange";
import { expect, test } from "./fixtures";

test("one goes from trial to trial, and from a strategy to its runs and to no others", async ({
  page,
  stage,
}) => {
  const runId = await finished(stage.api, search("sma_cross", [["fast", 5, 7]]));
  const other = await finished(stage.api, backtest("buy_and_hold", {}));
  const { baseUrl } = stage.server;
  await page.goto(`${baseUrl}/runs/${runId}/trials/0`);
  const main = page.getByRole("main");
  await expect(main.getByRole("heading", { name: "Trial 0" })).toBeVisible();
  await expect(main.getByRole("link", { name: "Previous" })).toHaveCount(0);
  for (const trial of [1, 2]) {
    await main.getByRole("link", { name: "Next" }).click();
    await expect(main.getByRole("heading", { name: `Trial ${trial}` })).toBeVisible();
  }
  await expect(main.getByRole("link", { name: "Next" })).toHaveCount(0);
  await main.getByRole("link", { name: "Previous" }).click();
  await expect(page).toHaveURL(`${baseUrl}/runs/${runId}/trials/1`);

  await page.goto(`${baseUrl}/strategies`);
  await page.locator('a[href*="buy_and_hold"]', { hasText: "Its runs" }).click();
  await expect(page.locator(`[data-run="${other}"]`)).toBeVisible();
  await expect(page.locator(`[data-run="${runId}"]`)).toHaveCount(0);
});

test("a trial is compared with the best of its sweep: what differs, and each with its own metrics", async ({
  page,
  stage,
}) => {
  const runId = await finished(stage.api, search("sma_cross", [["fast", 5, 9]]));
  const { result } = await whenFinal(stage.api, runId);
  const best = result.case === "optimization" ? result.value.bestTrial : undefined;
  const other = best?.trialIndex === 0n ? 4n : 0n;
  await page.goto(`${stage.server.baseUrl}/runs/${runId}/trials/${best?.trialIndex}`);
  await expect(page.getByRole("link", { name: "Promote to a backtest" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Compare with the best" })).toHaveCount(0);
  await page.goto(`${stage.server.baseUrl}/runs/${runId}/trials/${other}`);
  await page.getByRole("link", { name: "Compare with the best" }).click();
  const { trial } = await stage.api.results.getTrial({ runId, trialIndex: other });
  const differences = page.locator("[data-table=differences] tbody tr");
  await expect(differences).toHaveCount(1);
  const values = [best, trial].map((it) => formatParam(it?.params["fast"]));
  await expect(differences.locator("td")).toHaveText(values);
  const row = page.locator("[data-table=metrics] tbody tr", { hasText: "Total return" });
  await expect(row.first().locator("td")).toHaveText(
    [best, trial].map((it) => formatMetric(it?.metrics["total_return"], "fraction")),
  );
  const legend = page.locator("[data-chart=lines] .u-legend").first();
  await expect(legend.locator(".u-series").nth(2).locator(".u-value")).toHaveText(
    formatPercent(trial?.metrics["total_return"], 1),
  );
  await page.locator("[data-table=metrics] thead").getByRole("link").nth(1).click();
  await expect(page).toHaveURL(`${stage.server.baseUrl}/runs/${runId}/trials/${other}`);
});

test("of few trades it is said, of none and of many it is not", async ({ page, stage }) => {
  const said = new Set<string>();
  for (const submission of [
    backtest("sma_cross", { fast: 2, slow: 5 }),
    backtest("sma_cross", { fast: 300, slow: 900 }),
    backtest("buy_and_hold", {}),
  ]) {
    const runId = await finished(stage.api, submission);
    const { result } = await whenFinal(stage.api, runId);
    const metrics = result.case === "backtest" ? result.value.metrics : {};
    const count = metrics["trade_count"] ?? 0;
    await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
    await expect(page.locator("[data-panel=headline]")).toBeVisible();
    const few = page.locator("[data-few]");
    const isFew = count > 0 && count < 30;
    await expect(few).toHaveCount(isFew ? 1 : 0);
    if (isFew) {
      await expect(few).toContainText(`Only ${count} closed`);
    }
    said.add(isFew ? "few" : count === 0 ? "none" : "many");
  }
  expect([...said].sort()).toEqual(["few", "many", "none"]);
});

test("a trial on one account of several instruments shows each of them", async ({
  page,
  ownStage: stage,
}) => {
  const { api, server } = stage;
  const series = ["A", "B", "C"].map((symbol) => ({ exchange: "SYN", symbol, timeframe: "1h" }));
  for (const [at, each] of series.entries()) {
    const value = { barCount: 1_500n, seed: BigInt(at + 3) };
    await api.marketData.importBars({ series: each, source: { case: "synthetic", value } });
  }
  const { spec } = search("sma_cross", [["fast", 4, 6]]);
  const value = create(OptimizationSpecSchema, spec?.case === "optimization" ? spec.value : {});
  if (value.base) {
    value.base.subscriptions =
      create(OptimizationSpecSchema, {
        base: { subscriptions: series },
      }).base?.subscriptions ?? [];
  }
  const runId = await finished(api, { spec: { case: "optimization", value } });
  const trialIndex = 1n;
  const { trades } = await api.results.listTrades({ runId, trialIndex, pageSize: 1_000 });
  const symbols = new Set(trades.map(({ symbol }) => symbol));
  expect([...symbols].sort()).toEqual(["A", "B", "C"]);
  await page.goto(`${server.baseUrl}/runs/${runId}`);
  await expect(heatMap(page)).toHaveAttribute("data-filled", "3");
  await page.goto(`${server.baseUrl}/runs/${runId}/trials/${trialIndex}`);
  await expect(page.locator("[data-instrument]")).toHaveCount(3);
  await expect(page.locator("[data-chart=candles]")).toHaveCount(3);
  const { instruments } = await api.results.listInstruments({ runId, trialIndex });
  for (const { exchange, symbol, metrics } of instruments) {
    const cell = page
      .locator(`[data-instrument="${exchange}:${symbol}"]`)
      .locator("[data-metric-of=trade_count]");
    await expect(cell).toHaveText(String(metrics["trade_count"]));
  }
  const weights = page.getByRole("img", { name: /Share of each instrument/ });
  await expect(weights).toHaveAttribute("data-points", /[1-9]/);
});
