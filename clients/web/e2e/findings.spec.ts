// What the pages of months, robustness, walk-forwards and validations tell is what the API says, to
// the last figure.

import type { Locator, Page } from "@playwright/test";
import { formatCount, formatDecimal, formatPercent } from "../src/format/number";
import { formatMetric, formatParams } from "../src/format/value";
import { RobustnessPart, type Variant } from "../src/gen/tradeforge/v1/types_pb";
import { backtest, finished, heatMap, search, whenFinal } from "./arrange";
import { expect, type Stage, test } from "./fixtures";

/** The figures of a panel by their names. */
async function figures(page: Page, panel: string): Promise<Record<string, string>> {
  const rows = page.locator(`[data-panel=${panel}] [data-figure]`);
  await expect(rows.first()).toBeVisible();
  return Object.fromEntries(
    await rows.evaluateAll((found) =>
      found.map((row) => [
        row.getAttribute("data-figure") ?? "",
        row.querySelector("dd")?.textContent ?? "",
      ]),
    ),
  );
}

/** The cells of each row. */
function cells(rows: Locator): Promise<string[][]> {
  return rows.evaluateAll((found) =>
    found.map((row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent)),
  );
}

/** The spec of a backtest as part of another. */
function base(fast: number, slow: number) {
  const { spec } = backtest("sma_cross", { fast, slow });
  if (spec?.case !== "backtest") {
    throw new Error("a backtest is none");
  }
  return spec.value;
}

async function lists({ api }: Stage, runId: string): Promise<Map<string, readonly number[]>> {
  const { columns } = await api.results.getDistributions({ runId });
  return new Map(
    columns.map(({ name, values }) => [name, values.case === "doubles" ? values.value.values : []]),
  );
}

test("months, years and drawdowns are those of the server's report", async ({ page, stage }) => {
  for (const [strategy, params] of [
    ["sma_cross", { fast: 9, slow: 77 }],
    ["donchian_breakout", { entry: 31, exit: 12 }],
    ["buy_and_hold", {}],
  ] as const) {
    const runId = await finished(stage.api, backtest(strategy, params));
    const { returns, drawdowns } = await stage.api.results.getReport({ runId });
    await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
    const rows = page.locator("[data-calendar=months] tbody tr");
    const years = returns.filter(({ month }) => month === 0).map(({ year }) => year);
    await expect(rows).toHaveCount(years.length);
    const of = (year: number, month: number) =>
      formatPercent(returns.find((it) => it.year === year && it.month === month)?.value);
    const wanted = years.map((year) => [
      ...Array.from({ length: 12 }, (_, at) => of(year, at + 1)),
      of(year, 0),
    ]);
    expect(await cells(rows), strategy).toEqual(wanted);
    // The server's falls are of days, the page's of bars: none of these is less deep.
    const told = await cells(page.locator("[data-calendar=drawdowns] tbody tr"));
    const depth = Number.parseFloat(told[0]?.[0] ?? "");
    expect(depth).toBeGreaterThanOrEqual(100 * (drawdowns[0]?.depth ?? 1) - 0.005);
  }
});

/** What stands in the row of a variant, as the page writes it. */
function variantCells({ part, name, amount, params, metrics }: Variant): string[] {
  const what =
    part === RobustnessPart.UNSPECIFIED
      ? "as it is"
      : part === RobustnessPart.NEIGHBOURS
        ? formatParams(params)
        : part === RobustnessPart.STARTS
          ? `${formatCount(amount)} days later`
          : part === RobustnessPart.DELAYS
            ? `${formatCount(amount)} bars late`
            : name === "commission"
              ? `fees times ${formatDecimal(amount, 1)}`
              : `fills ${formatCount(amount)} ticks worse`;
  return [
    what,
    formatDecimal(metrics["sharpe"]),
    "",
    formatPercent(metrics["total_return"]),
    formatPercent(metrics["max_drawdown"]),
    formatDecimal(metrics["trade_count"], 0),
  ];
}

test("a robustness run says what the API says: its figures, its paths, each backtest", async ({
  page,
  stage,
}) => {
  test.slow();
  const value = {
    base: base(20, 90),
    pathCount: 200,
    noiseCount: 5,
    randomEntryCount: 20,
    startShiftDays: 4,
    delayBars: [1, 2],
    commissionFactors: [0, 2],
    slippageTicks: [1],
    ruinLevels: [0.5, 0.8],
  };
  const runId = await finished(stage.api, { spec: { case: "robustness", value } });
  const status = await whenFinal(stage.api, runId);
  if (status.result.case !== "robustness") {
    throw new Error(`no findings: ${status.error?.message}`);
  }
  const result = status.result.value;
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  await expect(page.getByRole("heading", { name: result.sentence })).toBeVisible();
  const told = await figures(page, "robustness");
  const countOf = (part: number | undefined, whole: number) =>
    part === undefined ? "–" : `${formatCount(part)} of ${formatCount(whole)}`;
  const wanted: Record<string, string> = {
    Return: formatPercent(result.metrics["total_return"]),
    "Sharpe ratio": formatDecimal(result.metrics["sharpe"]),
    "No profit at ticks worse": formatDecimal(result.breakevenSlippageTicks, 1),
    "Neighbours with half the Sharpe ratio": countOf(
      result.neighboursKeepingHalf,
      result.neighbourCount,
    ),
    "Later starts with a profit": countOf(result.startsWithProfit, result.startCount),
    "With noise on prices, a profit": countOf(result.noiseWithProfit, result.noiseCount),
    "As good at random times": countOf(result.randomEntriesAsGood, result.randomEntryCount),
    Paths: formatCount(result.pathCount),
    "Days of a block": formatDecimal(result.meanBlockDays, 1),
    "Paths that lose": formatPercent(result.probabilityOfLoss, 1),
  };
  for (const { level, probability } of result.ruin) {
    wanted[`Paths that fall below ${formatPercent(level, 0)}`] = formatPercent(probability, 1);
  }
  expect(result.ruin.length).toBe(2);
  expect(told).toMatchObject(wanted);
  // Those beside them say from where on the profit is gone.
  const left = Object.keys(told).filter((name) => !(name in wanted));
  expect(left).toEqual(["No profit at fees times", "No profit at bars late"]);

  // Of a hundred paths so many are below.
  const shares = ["total_return", "cagr", "max_drawdown", "shuffle.max_drawdown"];
  for (const { metric, quantiles, observed, rank } of result.spreads) {
    const format = (one: number | undefined) =>
      shares.includes(metric) ? formatPercent(one, 1) : formatDecimal(one, 2);
    const [row] = await cells(page.locator(`[data-spread="${metric}"]`));
    const numbers = [...quantiles.map(format), format(observed), formatPercent(rank, 0)];
    expect(row, metric).toEqual([metric, ...numbers]);
  }
  expect(result.spreads.length).toBeGreaterThan(0);

  // Where the paths end, and how many of them fall deeper.
  const all = await lists(stage, runId);
  const end = (name: string) => formatDecimal(all.get(`fan.${name}`)?.at(-1), 2);
  const fan = page.locator("figcaption", { hasText: "90 of 100 paths" });
  await expect(fan).toContainText(`between ${end("p05")} and ${end("p95")}`);
  await expect(fan).toContainText(`half of them above ${end("p50")}`);
  await expect(fan).toContainText(`the days made ${end("observed")}`);
  const falls = all.get("paths.max_drawdown") ?? [];
  const observed = result.spreads.find(({ metric }) => metric === "max_drawdown")?.observed ?? 0;
  const deeper = falls.filter((fall) => fall > observed).length / falls.length;
  await expect(page.locator("figcaption", { hasText: "paths fall deeper" })).toContainText(
    `${formatDecimal(deeper * 100, 1)} % of ${formatCount(falls.length)}`,
  );

  // Each backtest in its part, and the one that was changed above each part.
  const { variants } = await stage.api.results.listVariants({ runId });
  const shown = new Set<RobustnessPart>();
  for (const variant of variants) {
    const rows = page.locator(`[data-variant="${variant.place}"]`);
    const found = await cells(rows);
    const isShown = found.length > 0;
    if (isShown) {
      shown.add(variant.part);
      expect(found[0], `backtest ${variant.place}`).toEqual(variantCells(variant));
    }
  }
  const parts = [
    RobustnessPart.COSTS,
    RobustnessPart.NEIGHBOURS,
    RobustnessPart.STARTS,
    RobustnessPart.DELAYS,
  ];
  expect([...shown].sort()).toEqual([RobustnessPart.UNSPECIFIED, ...parts].sort());
  const listed = variants.filter(({ part }) => parts.includes(part)).length;
  const rows = page.locator("[data-variant]");
  await expect(rows).toHaveCount(listed + parts.length);
});

test("a walk-forward says what the API says: the account, and each window", async ({
  page,
  stage,
}) => {
  test.slow();
  const { spec } = search("sma_cross", [
    ["fast", 5, 9],
    ["slow", 40, 43],
  ]);
  const sweep = spec?.case === "optimization" ? spec.value : undefined;
  if (!sweep) {
    throw new Error("a search is none");
  }
  const scheme = {
    case: "rolling",
    value: { inSampleDays: 200, outOfSampleDays: 60 },
  } as const;
  const runId = await finished(stage.api, {
    spec: { case: "walkForward", value: { search: sweep, scheme } },
  });
  const status = await whenFinal(stage.api, runId);
  if (status.result.case !== "walkForward") {
    throw new Error(`no findings: ${status.error?.message}`);
  }
  const { value: result } = status.result;
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  await expect(page.getByRole("heading", { name: result.sentence })).toBeVisible();
  const { metrics, baselines } = result;
  expect(await figures(page, "walk-forward")).toEqual({
    Return: formatPercent(metrics["total_return"]),
    "Deepest fall": formatPercent(metrics["max_drawdown"]),
    Trades: formatDecimal(metrics["trade_count"], 0),
    "As one account": formatPercent(result.carried?.metrics["total_return"]),
    "Its deepest fall": formatPercent(result.carried?.metrics["max_drawdown"]),
    "All trials together": formatPercent(baselines["all_trials"]),
    "Median trial": formatPercent(baselines["median_trial"]),
    "Market held": formatPercent(baselines["buy_and_hold"]),
    Defaults: formatPercent(baselines["defaults"]),
    Hindsight: formatPercent(baselines["hindsight"]),
    Efficiency: formatDecimal(result.efficiency),
    "Ranks kept": formatDecimal(result.rankCorrelation),
    "Its t": formatDecimal(result.rankCorrelationT, 1),
    "Windows with a profit": `${result.profitableWindowCount} of ${result.windowCount}`,
    "Choice changed": result.stability
      .map(({ axis, changedShare }) => `${axis} ${formatPercent(changedShare, 0)}`)
      .join(", "),
  });
  const { windows } = await stage.api.results.listWindows({ runId });
  expect(windows.length).toBe(result.windowCount);
  const rows = await cells(page.locator("[data-window]"));
  const wanted = windows.map(({ params, outOfSampleMetrics, baselines: beside, ...window }) => [
    formatParams({ fast: params["fast"], slow: params["slow"] } as typeof params),
    formatDecimal(window.inSampleObjective),
    formatPercent(outOfSampleMetrics["total_return"]),
    formatPercent(beside["all_trials"]),
    formatPercent(beside["buy_and_hold"]),
    formatDecimal(window.outOfSampleRank, 0),
    formatDecimal(window.rankCorrelation),
  ]);
  expect(rows.map((row) => row.slice(2))).toEqual(wanted);

  // What was chosen is one backtest, which comes to the same.
  await page.getByRole("button", { name: "Open as one backtest" }).click();
  await page.waitForURL((url) => !url.pathname.endsWith(runId));
  const opened = page.url().split("/").at(-1) ?? "";
  const again = await whenFinal(stage.api, opened);
  expect(again.result.case === "backtest" && again.result.value.resultSha256).toBe(
    result.carried?.resultSha256,
  );
  await expect(page.getByText(/changing (once|\d+ times)/)).toBeVisible();
  await expect(page.getByRole("link", { name: "Edit and run" })).toHaveCount(0);
});

test("a validation says what the API says, and its charts count what they say", async ({
  page,
  stage,
}) => {
  test.slow();
  const subject = await finished(
    stage.api,
    search("sma_cross", [
      ["fast", 5, 10],
      ["slow", 30, 35],
    ]),
  );
  const runId = await finished(stage.api, {
    spec: {
      case: "validation",
      value: { runId: subject, permutationCount: 5, combinatorial: { groups: 6, testGroups: 2 } },
    },
  });
  const status = await whenFinal(stage.api, runId);
  if (status.result.case !== "validation") {
    throw new Error(`no findings: ${status.error?.message}`);
  }
  const { value: result } = status.result;
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  // It has no bars of its own: what it is of leads there.
  const header = page.getByRole("main").locator("header").first();
  await expect(header).toContainText(`Validation of ${subject.slice(-8)}`);
  const link = header.getByRole("link", { name: subject.slice(-8) });
  await expect(link).toHaveAttribute("href", `/runs/${subject}`);
  await expect(header).not.toContainText(/\bon\b/);
  await expect(page.getByRole("heading", { name: result.sentence })).toBeVisible();
  const share = (value: number | undefined) => formatDecimal(value, 3);
  const told = await figures(page, "validation");
  expect(told).toEqual({
    "p, best of all (SPA)": share(result.spaP),
    "Lower bound": share(result.spaPLower),
    "Upper bound": share(result.spaPUpper),
    "p, bars in other orders": share(result.permutationP),
    "p, reality check": share(result.realityCheckP),
    "Overfitting (PBO)": share(result.pbo),
    "Loss in the other half": share(result.probabilityOfLoss),
    "PSR 2012": share(result.psr2012),
    "PSR 2026": share(result.psr2026),
    "DSR 2014": share(result.dsr2014),
    "Independent trials": formatDecimal(result.impliedTrials, 1),
    "Days to be 95 % sure": formatDecimal(result.minTrackRecordDays, 0),
    "Days of noise with it": formatDecimal(result.minBacktestDays, 0),
    "Survivors (BH)": formatCount(result.discoveriesBh),
    "Survivors (BY)": formatCount(result.discoveriesBy),
    "Survivors (Bonferroni)": formatCount(result.discoveriesBonferroni),
    "Survivors (Holm)": formatCount(result.discoveriesHolm),
    "Survivors (StepM)": formatCount(result.discoveriesStepm),
    "Paths through groups": "5 of 15 choices",
    "Middle path, ratio a day": share(result.paths?.quantiles[3]),
    "Least path": share(result.paths?.quantiles[0]),
    "Greatest path": share(result.paths?.quantiles[6]),
    "Paths that lose": share(result.paths?.shareBelowZero),
    "Tried ever": formatCount(result.triedEver),
    "DSR, implied trials": share(result.dsrImplied),
    "DSR over all tries": share(result.dsrEver),
  });
  const logits = (await lists(stage, runId)).get("logits") ?? [];
  const low = logits.filter((value) => value <= 0).length / logits.length;
  await expect(page.locator("figcaption", { hasText: "no better than the median" })).toContainText(
    `${formatDecimal(low * 100, 1)} % of ${formatCount(logits.length)}`,
  );
});

test("the list of trials and the best of a map are those of the API", async ({ page, stage }) => {
  const runId = await finished(
    stage.api,
    search("sma_cross", [
      ["fast", 3, 9],
      ["slow", 11, 19],
    ]),
  );
  const metrics = new Map(
    (await stage.api.strategies.listStrategies({})).strategies.flatMap((it) =>
      it.metrics.map((spec) => [spec.displayName, spec] as const),
    ),
  );
  const { trials } = await stage.api.results.listTrials({ runId, pageSize: 1_000 });
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  await expect(heatMap(page)).toHaveAttribute("data-filled", String(trials.length));
  // The best first: the objective of the first row is the greatest of all.
  const objectives = trials.flatMap(({ objectiveValue }) => objectiveValue ?? []);
  const best = trials.find(({ objectiveValue }) => objectiveValue === Math.max(...objectives));
  await page.goto(`${stage.server.baseUrl}/runs/${runId}?tab=trials`);
  const table = page.getByRole("table", { name: "Trials" });
  await expect(table).toHaveAttribute("data-rows", String(trials.length));
  const heads = (await table.locator("thead th").allInnerTexts()).map((head) =>
    head.replace(/\s*[↑↓]$/, ""),
  );
  const rows = table.locator("tbody tr");
  await expect(rows.first().locator("td").first()).toHaveText(String(best?.trialIndex));
  const shown = Math.min(10, await rows.count());
  expect(shown).toBeGreaterThan(5);
  let compared = 0;
  for (let at = 0; at < shown; at += 1) {
    const texts = await rows.nth(at).locator("td").allInnerTexts();
    const trial = trials.find(({ trialIndex }) => String(trialIndex) === texts[0]);
    expect(trial, `a trial of row ${at}`).toBeDefined();
    for (const [column, head] of heads.entries()) {
      const metric = metrics.get(head);
      const value = metric && trial?.metrics[metric.name];
      if (metric && value !== undefined) {
        expect(texts[column], `${head} of row ${at}`).toBe(formatMetric(value, metric.unit));
        compared += 1;
      }
    }
  }
  expect(compared).toBeGreaterThan(20);
});

test("a sweep is judged from its page: as usual, and by paths through groups of days", async ({
  page,
  stage,
}) => {
  test.slow();
  const { api, server } = stage;
  const subject = await finished(
    api,
    search("sma_cross", [
      ["fast", 5, 8],
      ["slow", 31, 34],
    ]),
  );
  const sweepPage = `${server.baseUrl}/runs/${subject}`;
  const judged = async () => {
    await expect(page).not.toHaveURL(sweepPage);
    const runId = new URL(page.url()).pathname.replace("/runs/", "");
    const status = await whenFinal(api, runId);
    if (status.result.case !== "validation") {
      throw new Error(`no findings: ${status.error?.message}`);
    }
    await expect(page.getByRole("heading", { name: status.result.value.sentence })).toBeVisible();
    return { result: status.result.value, run: (await api.runs.getRun({ runId })).run };
  };
  await page.goto(sweepPage);
  await page.getByRole("button", { name: "Judge it" }).click();
  const usual = await judged();
  expect(usual.result.paths).toBeUndefined();

  await page.goto(sweepPage);
  await page.getByText("How it is judged").click();
  await page.getByRole("checkbox", { name: /Paths through groups of days/ }).check();
  const field = (name: string) => page.getByRole("textbox", { name, exact: true });
  await field("Groups of days").fill("2");
  await expect(page.locator("[data-fault=groups]")).toHaveText(
    'Must be a whole number from 3 to 20, not "2"',
  );
  await expect(page.getByRole("button", { name: "Judge it" })).toBeDisabled();
  await field("Groups of days").fill("6");
  await field("Days left out before each").fill("3");
  await field("Days left out after each").fill("0");
  await page.getByRole("button", { name: "Judge it" }).click();
  const { result, run } = await judged();
  const asked = run?.spec.case === "validation" ? run.spec.value.combinatorial : undefined;
  expect(asked).toMatchObject({ groups: 6, testGroups: 2, purgeDays: 3, embargoDays: 0 });
  expect(result.paths?.pathCount).toBe(5n);
  await expect(page.locator('[data-figure="Paths through groups"]')).toContainText("5 of 15");
});
