// What the page of a robustness run tells is what the API says: figures, paths, each backtest.

import { formatCount, formatDecimal, formatPercent } from "../src/format/number";
import { formatParams } from "../src/format/value";
import { RobustnessPart, type Variant } from "../src/gen/tradeforge/v1/types_pb";
import { backtest, finished, whenFinal } from "./arrange";
import { chanceOf } from "./chance";
import { expect, test } from "./fixtures";
import { cells, expectHistogram, figures, lists } from "./told";

/** The spec of a backtest as part of another. */
function base(fast: number, slow: number) {
  const { spec } = backtest("sma_cross", { fast, slow });
  if (spec?.case !== "backtest") {
    throw new Error("a backtest is none");
  }
  return spec.value;
}

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

/** Two strategies by chance. */
const SEEDS = [7, 41];

for (const seed of SEEDS) {
  test(`robustness run ${seed} by chance says what the API says: its figures, its paths, each backtest`, async ({
    page,
    stage,
  }) => {
    test.slow();
    const chance = chanceOf(seed);
    const value = {
      base: base(chance(8, 30), chance(60, 120)),
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
    const fall = result.spreads.find(({ metric }) => metric === "max_drawdown")?.observed ?? 0;
    const total = result.metrics["total_return"] ?? Number.NaN;
    for (const [title, name, mark, isTold] of [
      ["The deepest fall of each path", "paths.max_drawdown", fall, (it: number) => it > fall],
      ["Its return at random times", "random.total_return", total, (it: number) => it >= total],
      ["Its return with noise", "noise.total_return", total, (it: number) => it >= total],
    ] as const) {
      await expectHistogram(page, title, all.get(name) ?? [], mark, isTold);
    }

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
}
