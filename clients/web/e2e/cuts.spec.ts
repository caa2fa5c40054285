// Pictures that lie upon others: drawdowns shaded on the equity, windows of days, contours on a map
// and cuts through it. What they show is what the API says.

import { LEVELS } from "../src/charts/contours";
import { formatPercent } from "../src/format/number";
import { formatMetric } from "../src/format/value";
import { backtest, finished, heatMap, search } from "./arrange";
import { expect, test } from "./fixtures";

test("the drawdowns that are shaded are the deepest of every point of the curve", async ({
  page,
  stage,
}) => {
  const runId = await finished(stage.api, backtest("sma_cross", { fast: 9, slow: 70 }));
  const curve = await stage.api.results.getEquityCurve({ runId, maxPoints: 40_000 });
  expect(curve.isThinned).toBe(false);
  const falls: { from: number; to: number; depth: number }[] = [];
  let [peak, from, depth, isBelow] = [-Infinity, 0, 0, false];
  curve.equity.forEach((equity, at) => {
    const time = Number(curve.timeUnixMs[at]) / 1000;
    if (equity >= peak) {
      if (isBelow) {
        falls.push({ from, to: time, depth });
      }
      [peak, from, depth, isBelow] = [equity, time, 0, false];
    } else {
      [depth, isBelow] = [Math.max(depth, 1 - equity / peak), true];
    }
  });
  if (isBelow) {
    falls.push({ from, to: Number(curve.timeUnixMs.at(-1)) / 1000, depth });
  }
  const deepest = falls.toSorted((a, b) => b.depth - a.depth).slice(0, 5);
  expect(deepest).toHaveLength(5);
  expect(deepest[0]?.depth).toBeCloseTo(Math.max(...curve.drawdown), 9);
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const chart = page.locator("[data-chart=lines]").first();
  const bands = deepest.map(({ from, to }) => `${from} ${to}`).join(", ");
  await expect(chart).toHaveAttribute("data-bands", bands);
  await expect(page.getByText("the 5 deepest drawdowns shaded")).toBeVisible();
  const table = page.locator("[data-calendar=drawdowns] tbody tr td:first-child");
  await expect(table.nth(4)).toHaveText(formatPercent(deepest[4]?.depth, 2));
});

test("rolling figures end where the API's report of the same window does", async ({
  page,
  stage,
}) => {
  const runId = await finished(stage.api, backtest("donchian_breakout", { entry: 30, exit: 12 }));
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const chosen = page.getByLabel("Window");
  await expect(chosen).toHaveValue("63");
  for (const rollingDays of [63, 21, 252]) {
    const report = await stage.api.results.getReport({ runId, rollingDays });
    expect(report.rollingExposure).toHaveLength(report.rollingVolatility.length);
    await chosen.selectOption(String(rollingDays));
    for (const [label, text] of [
      ["Rolling Sharpe", formatMetric(report.rollingSharpe.at(-1), "ratio")],
      ["Rolling volatility", formatPercent(report.rollingVolatility.at(-1), 2)],
      ["Rolling exposure", formatPercent(report.rollingExposure.at(-1), 2)],
    ] as const) {
      const value = page
        .locator("[data-chart=lines] .u-series", { hasText: label })
        .locator(".u-value");
      await expect(value, `${label} of ${rollingDays}`).toHaveText(text);
    }
  }
});

test("a figure that stands still is drawn as one line, though floats differ by dust", async ({
  page,
  stage,
}) => {
  const runId = await finished(stage.api, backtest("buy_and_hold", {}));
  const { rollingExposure } = await stage.api.results.getReport({ runId });
  const [least, most] = [Math.min(...rollingExposure), Math.max(...rollingExposure)];
  expect(most - least).toBeLessThan(1e-2);
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const value = page.locator("[data-chart=lines] .u-series", { hasText: "Rolling exposure" });
  await expect(value.locator(".u-value")).toHaveText(formatPercent(rollingExposure.at(-1), 2));
});

test("contours part the map between its least and its greatest value, and the address keeps them", async ({
  page,
  stage,
}) => {
  const runId = await finished(
    stage.api,
    search("sma_cross", [
      ["fast", 3, 14],
      ["slow", 20, 43],
    ]),
  );
  await page.goto(`${stage.server.baseUrl}/runs/${runId}?metric=max_drawdown`);
  const map = heatMap(page);
  await expect(map).toHaveAttribute("data-filled", "288");
  await expect(map.locator("canvas[data-contours]")).toHaveCount(0);
  await page.getByLabel("Contours").check();
  const lines = map.locator("canvas[data-contours]");
  await expect(lines).toHaveCount(2);
  const { trials } = await stage.api.results.listTrials({ runId, pageSize: 1_000 });
  const values = trials.flatMap((trial) => trial.metrics["max_drawdown"] ?? []);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const levels = ((await lines.first().getAttribute("data-contours")) ?? "").split(" ").map(Number);
  expect(levels).toHaveLength(LEVELS);
  for (const level of levels) {
    expect(level).toBeGreaterThan(least);
    expect(level).toBeLessThan(most);
  }
  // Of the raw map each level parts neighbours: there is a line for each.
  const pieces = ((await lines.first().getAttribute("data-pieces")) ?? "").split(" ").map(Number);
  expect(pieces.filter((count) => count > 0)).toHaveLength(LEVELS);
  await page.reload();
  await expect(map.locator("canvas[data-contours]")).toHaveCount(2);
  await page.getByLabel("Contours").uncheck();
  await expect(map.locator("canvas[data-contours]")).toHaveCount(0);
});

test("the cuts through a chosen cell are the API's trials along each parameter", async ({
  page,
  stage,
}) => {
  const runId = await finished(
    stage.api,
    search("sma_cross", [
      ["fast", 3, 12],
      ["slow", 20, 34],
    ]),
  );
  const { trials } = await stage.api.results.listTrials({ runId, pageSize: 1_000 });
  const valueAt = (fast: number, slow: number) => {
    const found = trials.find(({ params }) => {
      const number = (name: string) => Number(params[name]?.kind.value);
      return number("fast") === fast && number("slow") === slow;
    });
    return found?.metrics["sharpe"];
  };
  await page.goto(`${stage.server.baseUrl}/runs/${runId}?metric=sharpe`);
  await expect(heatMap(page)).toHaveAttribute("data-filled", "150");
  // To the cell of the lowest values, and from there by two and one.
  await page.getByRole("application").focus();
  for (let step = 0; step < 15; step += 1) {
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowDown");
  }
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowUp");
  for (const [axis, beside, wanted] of [
    ["fast", "slow 21", Array.from({ length: 10 }, (_, at) => valueAt(3 + at, 21))],
    ["slow", "fast 5", Array.from({ length: 15 }, (_, at) => valueAt(5, 20 + at))],
  ] as const) {
    const cut = page.locator(`[data-cut=${axis}]`);
    await expect(cut).toContainText(`Along ${axis}, at ${beside}`);
    const told = ((await cut.getAttribute("data-values")) ?? "").split(" ").map(Number);
    expect(told).toEqual(wanted);
    const known = wanted.filter((value) => value !== undefined);
    await expect(cut.locator("[data-range]")).toHaveText(
      `${formatMetric(Math.min(...known), "ratio")} to ${formatMetric(Math.max(...known), "ratio")}`,
    );
  }
  // A click on a cut holds the cell there: another cut goes through it.
  const drawn = page.locator("[data-cut=fast] svg");
  const box = await drawn.boundingBox();
  await drawn.click({ position: { x: (box?.width ?? 0) * 0.95, y: 40 } });
  await expect(page.locator("[data-cut=slow]")).toContainText("at fast 12");
  await expect(page.locator("[data-pinned=true]")).toBeVisible();
});
