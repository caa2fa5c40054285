// What the page of a walk-forward tells is what the API says: the account, and each window.

import type { Page } from "@playwright/test";
import type { Api } from "../src/api";
import { formatCount, formatDecimal, formatPercent } from "../src/format/number";
import { formatMetric, formatParams } from "../src/format/value";
import { InSampleMode, type Window } from "../src/gen/tradeforge/v1/types_pb";
import { columnValues, hasValue } from "../src/rpc/columns";
import { finished, search, whenFinal } from "./arrange";
import { chanceOf } from "./chance";
import { expect, test } from "./fixtures";
import { cells, figures } from "./told";

/** The dots of a window are its trials, the marked one is the chosen, and the correlation is theirs. */
async function drawsItsTrials(page: Page, api: Api, runId: string, window: Window) {
  const trials: { index: number; isFeasible: boolean; x: number; y: number }[] = [];
  const { windowIndex } = window;
  for await (const { rowCount, columns } of api.results.exportWindowTrials({
    runId,
    windowIndex,
  })) {
    const of = (name: string) => columns.find((it) => it.name === name);
    const value = (name: string, row: number) => {
      const column = of(name);
      return column && hasValue(column, row) ? columnValues(column)[row] : undefined;
    };
    for (let row = 0; row < rowCount; row += 1) {
      trials.push({
        index: Number(value("trial_index", row)),
        isFeasible: value("state", row) === "COMPLETED",
        x: Number(value("in_sample", row) ?? Number.NaN),
        y: Number(value("out_of_sample", row) ?? Number.NaN),
      });
    }
  }
  const drawn = trials.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
  const compared = drawn.filter(({ isFeasible }) => isFeasible);
  const plot = page.getByRole("application", {
    name: /of every trial, in sample and out of sample/,
  });
  await expect(plot).toHaveAttribute("data-points", String(drawn.length));
  const best = compared.reduce((high, next) => (next.x > high.x ? next : high));
  expect(best.index).toBe(Number(window.selectedTrial));
  const kept = page.locator("[data-kept]");
  await expect(kept).toHaveText(
    `${compared.length} that could be chosen: ranks kept ${formatDecimal(window.rankCorrelation)} (Spearman)`,
  );
  const ranks = (values: readonly number[]) =>
    values.map((value) => {
      const below = values.filter((other) => other < value).length;
      return below + (values.filter((other) => other === value).length + 1) / 2;
    });
  const [left, right] = [ranks(compared.map(({ x }) => x)), ranks(compared.map(({ y }) => y))];
  expect(correlation(left, right)).toBeCloseTo(window.rankCorrelation ?? Number.NaN, 9);
  // From dot to dot by keys: the last one to the right is the best of all that are drawn.
  await plot.focus();
  await plot.press("ArrowLeft");
  const rightmost = drawn.reduce((high, next) => (next.x >= high.x ? next : high));
  await expect(plot.locator("output")).toContainText(`Trial ${formatCount(rightmost.index)}`);
}

function correlation(left: readonly number[], right: readonly number[]): number {
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [middle, center] = [mean(left), mean(right)];
  const product = (a: readonly number[], b: readonly number[], of: number, to: number) =>
    a.reduce((sum, value, at) => sum + (value - of) * ((b[at] ?? 0) - to), 0);
  const spread = product(left, left, middle, middle) * product(right, right, center, center);
  return product(left, right, middle, center) / Math.sqrt(spread);
}

/** Two searches by chance, walked by days by chance. */
const SEEDS = [2, 31];

for (const seed of SEEDS) {
  test(`walk-forward ${seed} by chance says what the API says: the account, and each window`, async ({
    page,
    stage,
  }) => {
    test.slow();
    const chance = chanceOf(seed);
    const [fast, slow] = [chance(2, 12), chance(30, 70)];
    const { spec } = search("sma_cross", [
      ["fast", fast, fast + chance(2, 4)],
      ["slow", slow, slow + chance(2, 4)],
    ]);
    const [inSampleDays, outOfSampleDays] = [chance(150, 260), chance(50, 110)];
    const sweep = spec?.case === "optimization" ? spec.value : undefined;
    if (!sweep) {
      throw new Error("a search is none");
    }
    const scheme = {
      case: "rolling",
      value: { inSampleDays, outOfSampleDays },
    } as const;
    const runId = await finished(stage.api, {
      spec: {
        case: "walkForward",
        value: { search: sweep, scheme, inSampleMode: InSampleMode.CARRIED },
      },
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
      "Sharpe ratio a day": formatDecimal(metrics["sharpe_per_day"], 3),
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
      "Windows without a choice": formatCount(result.emptyWindowCount),
      "Trials that failed": formatCount(result.failed),
      "Choice changed": result.stability
        .map(({ axis, changedShare }) => `${axis} ${formatPercent(changedShare, 0)}`)
        .join(", "),
      "By how much": result.stability
        .map(({ axis, meanJump }) => `${axis} ${formatPercent(meanJump, 0)}`)
        .join(", "),
    });
    // How it walks is what the server says that was asked for.
    expect(await figures(page, "walk")).toMatchObject({
      "Chosen by": `the latest ${inSampleDays} days`,
      "Judged by": `${outOfSampleDays} days`,
      "A trial's days are": "cut from one simulation",
      "The position, at a change,": "is closed",
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

    // Where the lines of growth end: what the windows come to one after the other.
    const grown = (returns: readonly (number | undefined)[]) =>
      formatDecimal(
        returns.reduce<number>((worth, value) => worth * (1 + (value ?? 0)), 1),
        2,
      );
    for (const [label, returns] of [
      ["What was chosen", windows.map((it) => it.outOfSampleMetrics["total_return"])],
      ["All trials together", windows.map((it) => it.baselines["all_trials"])],
      ["Market held", windows.map((it) => it.baselines["buy_and_hold"])],
      ["Defaults", windows.map((it) => it.baselines["defaults"])],
    ] as const) {
      const line = page.locator("[data-chart=lines] .u-series", { hasText: label });
      await expect(line.locator(".u-value"), label).toHaveText(grown(returns));
    }

    // Of a window all its figures: in sample, out of sample, and in the one simulation over all days.
    const catalog = new Map(
      (await stage.api.strategies.listStrategies({})).strategies.flatMap((it) =>
        it.metrics.map((metric) => [metric.name, metric] as const),
      ),
    );
    for (const window of windows) {
      await page
        .locator(`[data-window="${window.windowIndex}"]`)
        .getByRole("button", { name: String(window.windowIndex + 1), exact: true })
        .click();
      await drawsItsTrials(page, stage.api, runId, window);
      const facts = await figures(page, "window");
      expect(facts["Trial chosen"]).toBe(String(window.selectedTrial));
      expect(facts["Its parameters"]).toBe(formatParams(window.params));
      expect(facts["Cash at the start"]).toBe(formatDecimal(Number(window.initialCash)));
      expect(facts["Hindsight"]).toBe(formatPercent(window.baselines["hindsight"]));
      expect(facts["Median trial"]).toBe(formatPercent(window.baselines["median_trial"]));
      expect(facts["Result hash"]).toBe(window.resultSha256.slice(0, 12));
      const sides = [window.inSampleMetrics, window.outOfSampleMetrics, window.carriedMetrics];
      for (const metrics of sides) {
        expect(Object.keys(metrics).length).toBeGreaterThan(3);
      }
      const names = [...new Set(sides.flatMap((metrics) => Object.keys(metrics)))].sort();
      const figuresOfIt = page.getByRole("table", { name: "Figures of the window" });
      const rows = await cells(figuresOfIt.locator("[data-row]"));
      expect(rows).toEqual(
        names.map((name) =>
          sides.map((metrics) => formatMetric(metrics[name], catalog.get(name)?.unit ?? "")),
        ),
      );
    }

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
}
