// What stands beside the metrics of a report, in the catalogs and on the system's page is what the API
// says: recomputed here from its columns, by other code than the page's.

import { formatCount, formatPercent } from "../src/format/number";
import { formatMetric, formatParam } from "../src/format/value";
import type { MetricSpec } from "../src/gen/tradeforge/v1/types_pb";
import { backtest, finished, heatMap, search, whenFinal } from "./arrange";
import { expect, type Stage, test } from "./fixtures";

/** Each once, as all strategies have the same. */
async function catalogOf({ api }: Stage): Promise<ReadonlyMap<string, MetricSpec>> {
  const { strategies } = await api.strategies.listStrategies({});
  return new Map(strategies.flatMap(({ metrics }) => metrics.map((it) => [it.name, it] as const)));
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

test("weekdays and hours come to what the equity curve of the API did in them", async ({
  page,
  stage,
}) => {
  const runId = await finished(stage.api, backtest("sma_cross", { fast: 7, slow: 33 }));
  const curve = await stage.api.results.getEquityCurve({ runId, maxPoints: 40_000 });
  expect(curve.isThinned).toBe(false);
  const weekdays = new Map<string, number>();
  const hours = new Map<string, number>();
  curve.timeUnixMs.forEach((time, at) => {
    const [before, after] = [curve.equity[at - 1], curve.equity[at]];
    if (before === undefined || after === undefined) {
      return;
    }
    // A bar belongs to the day and the hour in which it was, not to the moment of its end.
    const within = new Date(Number(time) - 1);
    const grow = (map: Map<string, number>, key: string) =>
      map.set(key, (map.get(key) ?? 1) * (after / before));
    grow(weekdays, DAYS[within.getUTCDay()] ?? "");
    grow(hours, String(within.getUTCHours()).padStart(2, "0"));
  });
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  for (const [title, wanted, count] of [
    ["By weekday", weekdays, 7],
    ["By hour", hours, 24],
  ] as const) {
    const rows = page.locator(`[data-calendar="${title}"] tbody tr`);
    await expect(rows).toHaveCount(count);
    const told = await rows.evaluateAll((found) =>
      found.map((row) => [
        row.querySelector("th")?.textContent?.slice(0, 3) ?? "",
        row.querySelector("td:last-child")?.textContent ?? "",
      ]),
    );
    for (const [name = "", text] of told) {
      expect(text, `${title}, ${name}`).toBe(formatPercent((wanted.get(name) ?? Number.NaN) - 1));
    }
  }
});

test("how much an axis explains is the share of variance between the means of the API's trials", async ({
  page,
  stage,
}) => {
  for (const [strategy, ranges] of [
    [
      "sma_cross",
      [
        ["fast", 3, 10],
        ["slow", 21, 40],
      ],
    ],
    [
      "donchian_breakout",
      [
        ["entry", 6, 20],
        ["exit", 2, 5],
      ],
    ],
  ] as const) {
    const runId = await finished(stage.api, search(strategy, ranges));
    const { trials } = await stage.api.results.listTrials({ runId, pageSize: 1_000 });
    const values = trials.flatMap(({ metrics, params }) => {
      const value = metrics["total_return"];
      return value === undefined ? [] : [{ value, params }];
    });
    const mean = (all: readonly number[]) => all.reduce((sum, it) => sum + it, 0) / all.length;
    const middle = mean(values.map(({ value }) => value));
    const whole = values.reduce((sum, { value }) => sum + (value - middle) ** 2, 0);
    await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
    await expect(heatMap(page)).toHaveAttribute("data-filled", String(trials.length));
    for (const [axis] of ranges) {
      const groups = new Map<string, number[]>();
      for (const { value, params } of values) {
        const key = formatParam(params[axis]);
        groups.set(key, [...(groups.get(key) ?? []), value]);
      }
      const between = [...groups.values()].reduce(
        (sum, group) => sum + group.length * (mean(group) - middle) ** 2,
        0,
      );
      await expect(page.locator(`[data-axis="${axis}"] header span`)).toHaveText(
        `explains ${formatPercent(between / whole, 0)}`,
      );
    }
  }
});

test("compared runs have the API's metrics, each in its column, and their last drawdown", async ({
  page,
  stage,
}) => {
  const catalog = await catalogOf(stage);
  const runs = [
    await finished(stage.api, backtest("sma_cross", { fast: 6, slow: 48 })),
    await finished(stage.api, backtest("donchian_breakout", { entry: 24, exit: 9 })),
    await finished(stage.api, backtest("buy_and_hold", {})),
  ];
  const metrics = await Promise.all(
    runs.map(async (runId) => {
      const { result } = await whenFinal(stage.api, runId);
      return result.case === "backtest" ? result.value.metrics : {};
    }),
  );
  await page.goto(`${stage.server.baseUrl}/compare?ids=${runs.join(",")}`);
  const panel = page.locator("[data-table=metrics]");
  await expect(panel.locator("tbody tr").nth(1)).toBeVisible();
  const rows = await panel.locator("tbody tr").evaluateAll((found) =>
    found.flatMap((row) => {
      const cells = [...row.querySelectorAll("td")].map((cell) => cell.textContent);
      return cells.length > 0 ? [[row.querySelector("th")?.textContent ?? "", cells] as const] : [];
    }),
  );
  expect(rows.length).toBe(catalog.size);
  const shown = new Map(rows);
  for (const { name, displayName, unit } of catalog.values()) {
    expect(shown.get(displayName), name).toEqual(metrics.map((of) => formatMetric(of[name], unit)));
  }
  const legends = page.locator("[data-chart=lines] .u-legend");
  for (const [at, runId] of runs.entries()) {
    const { drawdown } = await stage.api.results.getEquityCurve({ runId, maxPoints: 1_000 });
    const value = legends
      .nth(1)
      .locator(".u-series")
      .nth(at + 1)
      .locator(".u-value");
    await expect(value).toHaveText(formatPercent(drawdown.at(-1), 1));
  }
});

test("figures of days, tails and trades are those of the API's report", async ({ page, stage }) => {
  const units: Readonly<Record<string, string>> = {
    omega: "ratio",
    tail_ratio: "ratio",
    average_mae: "money",
    average_mfe: "money",
    funding_paid: "money",
    dividends_paid: "money",
    borrowing_paid: "money",
    interest_paid: "money",
  };
  for (const submission of [
    backtest("sma_cross", { fast: 11, slow: 29 }),
    backtest("donchian_breakout", { entry: 40, exit: 20 }),
    backtest("buy_and_hold", {}),
  ]) {
    const runId = await finished(stage.api, submission);
    const { figures } = await stage.api.results.getReport({ runId });
    await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
    const rows = page.locator("[data-panel=tails] [data-tail]");
    await expect(rows).toHaveCount(Object.keys(figures).length);
    for (const [name, value] of Object.entries(figures)) {
      const told = page.locator(`[data-tail=${name}] dd`);
      await expect(told, name).toHaveText(formatMetric(value, units[name] ?? "fraction"));
    }
    expect(Object.keys(figures)).toEqual(expect.arrayContaining(["value_at_risk", "omega"]));
  }
});

test("a trial's report has the API's metrics, and each trial of a page has its own", async ({
  page,
  stage,
}) => {
  const catalog = await catalogOf(stage);
  const ranges = [
    ["fast", 4, 7],
    ["slow", 44, 46],
  ] as const;
  const runId = await finished(stage.api, search("sma_cross", ranges));
  for (const trialIndex of [0n, 5n, 11n]) {
    const { trial } = await stage.api.results.getTrial({ runId, trialIndex });
    await page.goto(`${stage.server.baseUrl}/runs/${runId}/trials/${trialIndex}`);
    const all = page.locator("main [data-metric]");
    await expect(all.nth(20)).toBeVisible();
    const told = await all.evaluateAll((found) =>
      found.map((row) => [
        row.getAttribute("data-metric") ?? "",
        row.querySelector("dd")?.textContent ?? "",
      ]),
    );
    expect(told.length).toBeGreaterThanOrEqual(catalog.size);
    for (const [name = "", text] of told) {
      const unit = catalog.get(name)?.unit ?? "";
      expect(text, `${name} of trial ${trialIndex}`).toBe(formatMetric(trial?.metrics[name], unit));
    }
  }
});

test("strategies, series and the system are listed as the API has them", async ({
  page,
  stage: { api, server },
}) => {
  const { strategies } = await api.strategies.listStrategies({});
  await page.goto(`${server.baseUrl}/strategies`);
  for (const { displayName, params } of strategies) {
    const table = page.getByRole("table", { name: `Parameters of ${displayName}`, exact: true });
    await expect(table).toHaveCount(params.length > 0 ? 1 : 0);
    if (params.length > 0) {
      await expect(table.locator("tbody tr")).toHaveCount(params.length);
      const defaults = await table.locator("tbody tr td:nth-child(3)").allTextContents();
      expect(defaults).toEqual(params.map(({ defaultValue }) => formatParam(defaultValue)));
    }
  }

  const { series } = await api.marketData.listSeries({});
  await page.goto(`${server.baseUrl}/data`);
  await expect(page.locator("[data-series]")).toHaveCount(series.length);
  const counts = await page
    .locator("[data-series]")
    .evaluateAll((rows) =>
      rows.map((row) => [3, 4].map((at) => row.querySelectorAll("td")[at]?.textContent)),
    );
  const wanted = series.map(({ barCount, gapCount }) => [barCount, gapCount].map(formatCount));
  expect(counts.toSorted()).toEqual(wanted.toSorted());

  const info = await api.system.getServerInfo({});
  await page.goto(`${server.baseUrl}/system`);
  const fact = (name: string) => page.locator("dl").locator(`dt:text-is("${name}") + dd`).first();
  await expect(fact("Program")).toHaveText(info.version);
  await expect(fact("Engine")).toHaveText(info.engineVersion);
  await expect(fact("Computing threads")).toHaveText(formatCount(info.workerThreads));
  const most = info.limits?.maxTrialsPerRun ?? 0n;
  await expect(fact("Trials of a sweep")).toHaveText(most === 0n ? "no limit" : formatCount(most));
});
