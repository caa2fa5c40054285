// The panels of a portfolio's report: weights over time and what was paid, as the API has them.

import type { Page } from "@playwright/test";
import { formatPercent } from "../src/format/number";
import { formatMetric } from "../src/format/value";
import type { InstrumentWeights } from "../src/gen/tradeforge/v1/result_service_pb";
import { whenFinal } from "./arrange";
import { expect, test } from "./fixtures";
import { portfolio, SYMBOLS } from "./portfolioRun";

/** Drawn each by itself; the others are one line. */
const SHOWN = 6;

/** What the legend under the weights says, by the name of the line. */
async function legendOf(page: Page): Promise<Map<string, string>> {
  const rows = page.getByRole("img", { name: /Share of each instrument/ }).locator(".u-series");
  const told = await rows.evaluateAll((found) =>
    found.map((row) => [
      row.querySelector(".u-label")?.textContent ?? "",
      row.querySelector(".u-value")?.textContent ?? "",
    ]),
  );
  return new Map(told as [string, string][]);
}

/** The same of the API, at a point of the curve. */
function wanted(weights: readonly InstrumentWeights[], at: number): Map<string, string> {
  const total = (of: readonly InstrumentWeights[]) =>
    of.reduce((sum, each) => sum + (each.weights[at] ?? 0), 0);
  const size = (each: InstrumentWeights) => each.weights.reduce((sum, it) => sum + Math.abs(it), 0);
  const sorted = weights.toSorted((a, b) => size(b) - size(a));
  const others = sorted.slice(SHOWN);
  return new Map([
    ...sorted
      .slice(0, SHOWN)
      .map(
        (each) => [`${each.exchange}:${each.symbol}`, formatPercent(each.weights[at], 2)] as const,
      ),
    [`${others.length} others`, formatPercent(total(others), 2)],
    ["Cash", formatPercent(1 - total(weights), 2)],
  ]);
}

test("weights over time are the API's at their end and wherever the mouse is", async ({
  page,
  ownStage: stage,
}) => {
  const runId = await portfolio(stage);
  const request = { runId, maxPoints: 2_000, withWeights: true };
  const { weights, timeUnixMs, totalPoints } = await stage.api.results.getEquityCurve(request);
  expect(weights.map(({ symbol }) => symbol)).toEqual(SYMBOLS);

  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const chart = page.getByRole("img", { name: /Share of each instrument/ });
  await expect(chart).toHaveAttribute("data-points", String(timeUnixMs.length));
  await expect(page.getByText(`of ${totalPoints.toLocaleString("en-US")} points`)).toHaveCount(2);
  const { [0]: time, ...lines } = [...(await legendOf(page))];
  expect(time?.[0]).toBe("UTC");
  expect(Object.values(lines)).toEqual([...wanted(weights, timeUnixMs.length - 1)]);

  const plot = chart.locator(".u-over");
  await plot.scrollIntoViewIfNeeded();
  const box = await plot.boundingBox();
  const seen = new Set<string>();
  for (const share of [0.001, 0.2, 0.5, 0.8]) {
    await page.mouse.move((box?.x ?? 0) + share * (box?.width ?? 0), (box?.y ?? 0) + 60);
    const [[, moment] = ["", ""], ...told] = [...(await legendOf(page))];
    // The legend tells minutes, and bars are of hours: a moment is one point.
    const at = timeUnixMs.findIndex(
      (ms) => new Date(Number(ms)).toISOString().slice(0, 16).replace("T", " ") === moment,
    );
    expect(at, moment).toBeGreaterThanOrEqual(0);
    expect(told, moment).toEqual([...wanted(weights, at)]);
    seen.add(moment);
  }
  expect(seen.size, "places that differ").toBe(4);
});

test("what was paid stands there by kind, as the result has it, the most first", async ({
  page,
  ownStage: stage,
}) => {
  const runId = await portfolio(stage);
  const { result } = await whenFinal(stage.api, runId);
  const { costs = {}, metrics = {} } = result.case === "backtest" ? result.value : {};
  expect(Object.keys(costs).toSorted()).toEqual(["fees", "interest", "slippage"]);
  // Earned on cash: below zero among what was paid.
  expect(costs["interest"]).toBeLessThan(0);

  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const panel = page.locator("[data-panel=costs]");
  await expect(panel.getByRole("heading", { name: "Paid, by kind" })).toBeVisible();
  const rows = await panel
    .locator("[data-cost]")
    .evaluateAll((found) =>
      found.map((row) => [
        row.getAttribute("data-cost"),
        row.querySelector("dt")?.textContent,
        row.querySelector("dd")?.textContent,
      ]),
    );
  const sorted = Object.entries(costs).toSorted(([, one], [, other]) => other - one);
  expect(rows).toEqual(
    sorted.map(([kind, paid]) => [
      kind,
      kind.charAt(0).toUpperCase() + kind.slice(1),
      formatMetric(paid, "money"),
    ]),
  );
  // The same two stand among the metrics, under their own names.
  for (const [kind, metric] of [
    ["fees", "fees_paid"],
    ["slippage", "slippage_cost"],
  ] as const) {
    expect(costs[kind]).toBeCloseTo(metrics[metric] ?? Number.NaN, 6);
    await expect(page.locator(`[data-metric=${metric}] dd`).first()).toHaveText(
      formatMetric(costs[kind], "money"),
    );
  }
});
