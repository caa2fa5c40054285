// What a page tells is what the API says: figures, ends of lines, marks, legends, and what is found.

import type { Page } from "@playwright/test";
import { formatCount, formatPercent } from "../src/format/number";
import { formatMetric } from "../src/format/value";
import type { Trade } from "../src/gen/tradeforge/v1/result_service_pb";
import type { MetricSpec } from "../src/gen/tradeforge/v1/types_pb";
import { backtest, finished, heatMap, search, whenFinal } from "./arrange";
import { chanceOf } from "./chance";
import { expect, type Stage, test } from "./fixtures";

async function metricsOf({ api }: Stage): Promise<MetricSpec[]> {
  const { strategies } = await api.strategies.listStrategies({});
  return [
    ...new Map(strategies.flatMap(({ metrics }) => metrics.map((it) => [it.name, it]))).values(),
  ];
}

/** The figures of a panel by the names of their metrics. */
async function figures(page: Page, selector: string): Promise<Record<string, string>> {
  const rows = await page
    .locator(`${selector} [data-metric]`)
    .evaluateAll((found) =>
      found.map((row) => [row.getAttribute("data-metric"), row.querySelector("dd")?.textContent]),
    );
  return Object.fromEntries(rows);
}

async function legend(page: Page, label: string): Promise<string> {
  const chart = page.locator("[data-chart=lines]");
  return chart.locator(".u-series", { hasText: label }).first().locator(".u-value").innerText();
}

async function allTrades({ api }: Stage, runId: string): Promise<Trade[]> {
  const trades: Trade[] = [];
  for (let pageToken = ""; ; ) {
    const page = await api.results.listTrades({ runId, pageSize: 1_000, pageToken });
    trades.push(...page.trades);
    pageToken = page.nextPageToken;
    if (pageToken === "") {
      return trades;
    }
  }
}

test("ten reports by chance say what the API says, to the last figure and mark", async ({
  page,
  stage,
}) => {
  test.setTimeout(300_000);
  const metrics = await metricsOf(stage);
  const whole = chanceOf(17);
  let counted = 0;
  for (let run = 0; run < 10; run += 1) {
    const fast = whole(2, 60);
    const runId = await finished(
      stage.api,
      backtest("sma_cross", { fast, slow: fast + whole(1, 200) }),
    );
    const status = await whenFinal(stage.api, runId);
    const result = status.result.case === "backtest" ? status.result.value : undefined;
    const said = result?.metrics ?? {};
    const trades = await allTrades(stage, runId);
    await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
    const candles = page.locator("[data-chart=candles]");
    await expect(candles).toHaveAttribute("data-points", /[1-9]/);

    for (const { name, unit } of metrics) {
      const shown = formatMetric(said[name], unit);
      const places = page.locator(`[data-metric=${name}] dd`);
      for (const text of await places.allInnerTexts()) {
        expect(text, `${name} of ${runId}`).toBe(shown);
      }
    }
    expect(Object.keys(await figures(page, "main")).length).toBe(metrics.length);

    // Where the lines end: what the account came to, and what holding the instrument would have.
    const initial = 10_000;
    await expect(page.locator("[data-chart=lines]").first()).toHaveAttribute(
      "data-points",
      /[1-9]/,
    );
    expect(await legend(page, "Equity")).toBe(formatCount(said["final_equity"]));
    const held = initial * (1 + (said["buy_hold_return"] ?? 0));
    expect(await legend(page, "Buy and hold")).toBe(formatCount(held));

    // Over all days the rolling figures are the metrics; the scale does not change where a line ends.
    await page.getByLabel("Window").selectOption("0");
    await expect
      .poll(() => legend(page, "Rolling Sharpe"))
      .toBe(formatMetric(said["sharpe"], "ratio"));
    const volatility = await legend(page, "Rolling volatility");
    expect(volatility).toBe(formatMetric(said["volatility"], "fraction"));
    const exposure = await legend(page, "Rolling exposure");
    expect(exposure).toBe(formatMetric(said["mean_exposure"], "fraction"));
    await page.getByRole("button", { name: "%", exact: true }).click();
    expect(await legend(page, "Equity")).toBe(formatMetric(said["total_return"], "fraction"));
    await page.getByRole("button", { name: "Log", exact: true }).click();
    expect(await legend(page, "Equity")).toBe(formatCount(said["final_equity"]));

    // Each month is the API's, as are the years; none is there that the API has not.
    const { returns } = await stage.api.results.getReport({ runId });
    const months = page.locator("[data-calendar=months] tbody tr");
    const cells = await months.evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent)),
    );
    const names = await months.evaluateAll((rows) =>
      rows.map((row) => Number(row.getAttribute("data-year"))),
    );
    const wanted = names.map((year) =>
      [...Array.from({ length: 12 }, (_, at) => at + 1), 0].map((month) =>
        formatPercent(returns.find((it) => it.year === year && it.month === month)?.value),
      ),
    );
    expect(cells, `months of ${runId}`).toEqual(wanted);

    // What it hangs on, at the foot.
    const foot = page.locator("main footer");
    const { run: asked } = await stage.api.runs.getRun({ runId });
    for (const hash of [asked?.runKey, result?.resultSha256]) {
      await expect(foot.locator(`[title="${hash}"]`)).toContainText(hash?.slice(0, 12) ?? "none");
    }

    // All years together are the whole, and the deepest drawdown is the metric's.
    const years = page.locator("[data-calendar=months] tbody tr");
    await expect(years).toHaveCount(3);
    const growth = await years
      .locator("td:last-child")
      .evaluateAll((cells) =>
        cells.reduce((all, { textContent }) => all * (1 + Number.parseFloat(textContent) / 100), 1),
      );
    // Each year is written to a thousandth.
    expect(growth).toBeCloseTo(1 + (said["total_return"] ?? 0), 2);
    const deepest = page.locator("[data-calendar=drawdowns] tbody tr td").first();
    await expect(deepest).toHaveText(formatMetric(said["max_drawdown"], "fraction"));

    // Each entry and each exit has its mark, or is counted.
    const events = trades.length + trades.filter(({ exitTime }) => exitTime).length;
    const isCounted = trades.length > 200;
    counted += Number(isCounted);
    await expect(candles).toHaveAttribute("data-marks", String(isCounted ? 0 : events));
    await expect(candles).toHaveAttribute("data-counted", String(isCounted ? events : 0));
    await expect(page.getByText(`${formatCount(trades.length)} trades in view`)).toBeVisible();
    const table = page.getByRole("table", { name: "Trades" });
    await expect(table).toHaveAttribute("data-rows", String(trades.length));
  }
  expect([counted > 0, counted < 10], "some of each sort").toEqual([true, true]);
});

test("any part of a word finds the runs that it names, as it is typed", async ({
  page,
  ownStage,
}) => {
  const { api, server } = ownStage;
  const named = async (displayName: string, strategy: string, desk: string) =>
    (
      await api.runs.submit({
        ...backtest(strategy, strategy === "sma_cross" ? { fast: 5, slow: 50 } : {}),
        displayName,
        labels: { desk },
      })
    ).runId;
  const cross = await named("Evening trend", "sma_cross", "rates");
  const held = await named("Benchmark", "buy_and_hold", "equities");
  await page.goto(server.baseUrl);
  const box = page.getByRole("searchbox", { name: "Search runs" });
  const rows = page.locator("[data-run]");
  await expect(rows).toHaveCount(2);
  for (const [typed, found] of [
    ["sma", [cross]],
    ["ning tr", [cross]],
    ["HOLD", [held]],
    ["equit", [held]],
    ["syn", [held, cross]],
    ["be", [held]],
    ["demo trend", [cross]],
    [held.slice(0, 8), held.slice(0, 8) === cross.slice(0, 8) ? [held, cross] : [held]],
    [held, [held]],
    ["donchian", []],
    ['strategy = "sma_cross"', [cross]],
  ] as const) {
    await box.fill(typed);
    await expect(rows, typed).toHaveCount(found.length);
    for (const runId of found) {
      await expect(page.locator(`[data-run="${runId}"]`), typed).toBeVisible();
    }
    await expect(page.getByRole("alert")).toHaveCount(0);
  }
});

test("zoomed in to a few days the candles show each trade of them", async ({ page, stage }) => {
  const runId = await finished(stage.api, backtest("sma_cross", { fast: 2, slow: 4 }));
  const trades = await allTrades(stage, runId);
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const candles = page.locator("[data-chart=candles]");
  await expect(candles).toHaveAttribute("data-counted", /[1-9]/);
  await candles.scrollIntoViewIfNeeded();
  const box = await candles.boundingBox();
  await page.mouse.move((box?.x ?? 0) + 300, (box?.y ?? 0) + 150);
  // Until each trade in view has its mark.
  await expect(async () => {
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -400);
    await page.keyboard.up("Control");
    await expect(candles).toHaveAttribute("data-counted", "0", { timeout: 1_500 });
  }).toPass();
  await expect(candles).toHaveAttribute("data-marks", /[1-9]/);
  // In one look, since both are of one answer of the server.
  const shown = await candles.evaluate((chart) => ({
    span: chart.getAttribute("data-span") ?? "",
    marks: Number(chart.getAttribute("data-marks")),
  }));
  const [from = 0, to = 0] = shown.span.split(" ").map(Number);
  const within = (seconds: bigint | undefined) =>
    seconds !== undefined && Number(seconds) * 1000 >= from && Number(seconds) * 1000 < to;
  const marks = trades.flatMap(({ entryTime, exitTime }) =>
    [entryTime, exitTime].filter((time) => within(time?.seconds)),
  );
  expect(shown.marks).toBe(marks.length);
  expect(marks.length).toBeGreaterThan(0);
});

test("three searches say what the API says: best, counts, ends of the colours", async ({
  page,
  stage,
}) => {
  for (const [submission, metric, picture] of [
    [
      search("sma_cross", [
        ["fast", 2, 9],
        ["slow", 5, 24],
      ]),
      "max_drawdown",
      "map",
    ],
    [search("sma_cross", [["fast", 2, 41]]), "total_return", "line"],
    [
      search("donchian_breakout", [
        ["entry", 5, 12],
        ["exit", 3, 9],
      ]),
      "trade_count",
      "map",
    ],
  ] as const) {
    const runId = await finished(stage.api, submission);
    const status = await whenFinal(stage.api, runId);
    const metrics = new Map((await metricsOf(stage)).map((spec) => [spec.name, spec]));
    const spec = metrics.get(metric);
    const { trials } = await stage.api.results.listTrials({ runId, pageSize: 1_000 });
    await page.goto(`${stage.server.baseUrl}/runs/${runId}?metric=${metric}`);
    const map = heatMap(page);
    await expect(map).toHaveAttribute("data-filled", String(trials.length));
    const values = trials.flatMap((trial) => trial.metrics[metric] ?? []).toSorted((a, b) => a - b);
    const isMaximized = metric !== "max_drawdown";
    const best = isMaximized ? values.at(-1) : values[0];
    const at = trials.find((trial) => trial.metrics[metric] === best)?.trialIndex;
    await expect(map).toHaveAttribute("data-best", String(at));
    // The best value has the colour of an end: nothing that is looked for is cut off. A line has
    // no colours.
    if (picture === "map") {
      const end = page.getByLabel(isMaximized ? "Upper end" : "Lower end");
      await expect(end).toHaveValue(formatMetric(best, spec?.unit ?? ""));
    }
    const processed = page.getByRole("region", { name: "Progress" });
    await expect(processed).toContainText(
      `${formatCount(trials.length)} / ${formatCount(status.progress?.total)} trials`,
    );
  }
});
