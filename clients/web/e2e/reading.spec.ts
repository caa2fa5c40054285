// What pages tell beside the figures of a report: what differs, what was cancelled, what is stored.

import { formatMetric } from "../src/format/value";
import { backtest, finished, freshKeys, search, submit, whenFinal } from "./arrange";
import { expect, test } from "./fixtures";

test("of compared runs is told what differs, where each line ends, and which one is gone", async ({
  page,
  stage,
  complaints,
}) => {
  complaints.expect(/status of 404|NOT_FOUND/);
  const runs = await Promise.all(
    [
      { fast: 5, slow: 40 },
      { fast: 9, slow: 40 },
    ].map((params) => finished(stage.api, backtest("sma_cross", params))),
  );
  const gone = await finished(stage.api, backtest("buy_and_hold", {}));
  await stage.api.runs.deleteRun({ runId: gone });
  await page.goto(`${stage.server.baseUrl}/compare?ids=${[...runs, gone].join(",")}`);
  await expect(page.getByRole("alert")).toContainText(gone.slice(-8));
  const rows = page.locator("[data-table=differences] tbody tr");
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText(/fast\s*5\s*9/);
  const legend = page.locator("[data-chart=lines] .u-legend").first();
  const statuses = await Promise.all(runs.map((runId) => whenFinal(stage.api, runId)));
  for (const [at, { result }] of statuses.entries()) {
    const metrics = result.case === "backtest" ? result.value.metrics : {};
    const ends = legend.locator(".u-series", { hasText: `sma_cross ${at + 1}` });
    await expect(ends.locator(".u-value")).toHaveText(percent(metrics["total_return"]));
    const held = legend.locator(".u-series", { hasText: "Buy and hold" });
    await expect(held.locator(".u-value")).toHaveText(percent(metrics["buy_hold_return"]));
  }
});

function percent(fraction: number | undefined): string {
  return `${((fraction ?? 0) * 100).toFixed(1)} %`;
}

test("of a cancelled run is told when and why, and every run shows its labels", async ({
  page,
  stage,
}) => {
  const key = freshKeys(5);
  const runId = await submit(stage.api, {
    ...search("gate", [["key", key, key + 4]]),
    labels: { desk: "rates" },
  });
  await stage.api.runs.cancel({ runId, reason: "a better idea" });
  await stage.server.openGate(key);
  await whenFinal(stage.api, runId);
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const header = page.getByRole("main").locator("header").first();
  await expect(header).toContainText(/cancelled \d{4}-\d\d-\d\d [\d:]+.*: a better idea/);
  await expect(header).toContainText("desk: rates");
});

test("a look at stored bars shows the first and the last as they are", async ({ page, stage }) => {
  const { series } = await stage.api.marketData.listSeries({});
  const demo = series.find(({ spec }) => spec?.symbol === "DEMO");
  const { exchange = "", symbol = "", timeframe = "" } = demo?.spec ?? {};
  const subscription = { exchange, symbol, timeframe, dataSha256: demo?.dataSha256 ?? "" };
  const { close, low, high } = await stage.api.marketData.getBars({ subscription, maxBars: 400 });
  await page.goto(`${stage.server.baseUrl}/data`);
  await page.getByRole("button", { name: "Look at SYN:DEMO@1h" }).click();
  const look = page.locator("[data-look]");
  const rows = look.locator("tbody tr");
  await expect(rows).toHaveCount(6);
  const number = (text: string) => Number(text.replaceAll(",", ""));
  const ends = await rows.locator("td:nth-child(5)").allInnerTexts();
  expect(number(ends.at(-1) ?? "")).toBe(close.at(-1));
  await expect(rows.first()).toContainText("2020-01-01 00:00");
  const text = await look.locator("p").innerText();
  const [, from = "", to = ""] = /From (\S+) to ([\d,.]*\d)/.exec(text) ?? [];
  expect(number(from)).toBeCloseTo(Math.min(...low), 0);
  expect(number(to)).toBeCloseTo(Math.max(...high), 0);
});

test("costs are taken in percent, and what is wrong with a form is named and led to", async ({
  page,
  stage,
}) => {
  await page.goto(`${stage.server.baseUrl}/new?strategy=sma_cross`);
  await page.getByLabel("Commission").fill("0.1%");
  await expect(page.getByText("per fill: 0.100 %")).toBeVisible();
  await page.getByRole("textbox", { name: "Slow length" }).fill("many");
  await page.getByRole("button", { name: "Slow", exact: true }).click();
  await expect(page.getByRole("textbox", { name: "Slow length" })).toBeFocused();
  await page.getByRole("textbox", { name: "Slow length" }).fill("60");
  await page.getByRole("button", { name: "Last 3 months" }).click();
  await expect(page.getByLabel("From (UTC)")).toHaveValue("2022-01-13");
  // By the calendar, which knows the days of the bars.
  const calendar = page.getByLabel("Choose the day after the last");
  await expect(calendar).toHaveAttribute("min", "2020-01-01");
  await expect(calendar).toHaveAttribute("max", "2022-04-13");
  await calendar.fill("2022-03-01");
  await expect(page.getByLabel("To (UTC)")).toHaveValue("2022-03-01");
  await page.getByRole("button", { name: "Start the backtest" }).click();
  await expect(page).toHaveURL(/\/runs\//);
  const runId = page.url().split("/").at(-1) ?? "";
  const { run } = await stage.api.runs.getRun({ runId });
  const spec = run?.spec.case === "backtest" ? run.spec.value : undefined;
  expect(spec?.simulation?.commissionRate).toBe("0.001");
  expect(spec?.timeRange?.startTime?.seconds).toBe(BigInt(Date.UTC(2022, 0, 13) / 1000));
  expect(spec?.timeRange?.endTime?.seconds).toBe(BigInt(Date.UTC(2022, 2, 1) / 1000));
  const { result } = await whenFinal(stage.api, runId);
  const metrics = result.case === "backtest" ? result.value.metrics : {};
  const shown = page.locator("[data-panel=headline] [data-metric=total_return] dd");
  await expect(shown).toHaveText(formatMetric(metrics["total_return"], "fraction"));
});

test("an open trade is told apart from those that the metrics count", async ({ page, stage }) => {
  const runId = await finished(stage.api, backtest("buy_and_hold", {}));
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  await expect(page.getByText("1 in the order of closing, 1 still open")).toBeVisible();
});

test("a form begins without costs and says so, until there are some", async ({ page, stage }) => {
  await page.goto(`${stage.server.baseUrl}/new?strategy=sma_cross`);
  const commission = page.getByLabel("Commission");
  await expect(commission).toHaveValue("0");
  const note = page.locator("[data-note=costs]");
  await expect(note).toBeVisible();
  await commission.fill("0.1%");
  await expect(note).toHaveCount(0);
});

test("definitions of metrics are read without a mouse, each as the API has it", async ({
  page,
  stage,
}) => {
  const runId = await finished(stage.api, backtest("buy_and_hold", {}));
  const { strategies } = await stage.api.strategies.listStrategies({});
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const button = page.getByRole("button", { name: "Definitions" });
  await button.focus();
  await page.keyboard.press("Enter");
  await expect(button).toHaveAttribute("aria-pressed", "true");
  for (const { name, description } of strategies[0]?.metrics ?? []) {
    await expect(page.locator(`[data-metric=${name}]`).last()).toContainText(description);
  }
});
