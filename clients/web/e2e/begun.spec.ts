// What is begun from the page besides backtests and plain sweeps: walk-forwards, and one score over
// several series.

import { formatCount } from "../src/format/number";
import { formatMetric } from "../src/format/value";
import {
  Across,
  Handover,
  InSampleMode,
  RunState,
  Smoothing,
} from "../src/gen/tradeforge/v1/types_pb";
import { finished, search, whenFinal } from "./arrange";
import { expect, test } from "./fixtures";

test("a walk-forward is begun from its sweep: as usual, and with carried windows of so many days", async ({
  page,
  stage,
}) => {
  test.slow();
  const { api, server } = stage;
  const ranges = [
    ["fast", 5, 8],
    ["slow", 31, 34],
  ] as const;
  const subject = await finished(api, search("sma_cross", ranges));
  const sweepPage = `${server.baseUrl}/runs/${subject}`;
  const walked = async () => {
    await expect(page).not.toHaveURL(sweepPage);
    const runId = new URL(page.url()).pathname.replace("/runs/", "");
    const status = await whenFinal(api, runId);
    expect(status.state, status.error?.message).toBe(RunState.COMPLETED);
    const { run } = await api.runs.getRun({ runId });
    const { windows } = await api.results.listWindows({ runId });
    await expect(page.locator("[data-window]")).toHaveCount(windows.length);
    if (run?.spec.case !== "walkForward") {
      throw new Error("no walk-forward");
    }
    return { spec: run.spec.value, windows };
  };
  await page.goto(sweepPage);
  await page.getByRole("button", { name: "Walk it forward" }).click();
  const usual = await walked();
  expect(usual.windows).toHaveLength(8);
  expect(usual.spec).toMatchObject({
    inSampleMode: InSampleMode.FLAT,
    smoothing: Smoothing.NONE,
    handover: Handover.CLOSE,
    scheme: { case: "rolling" },
  });
  expect(usual.spec.search?.axes.map(({ name }) => name)).toEqual(["fast", "slow"]);

  await page.goto(sweepPage);
  await page.getByText("How it is walked").click();
  const field = (name: string) => page.getByRole("textbox", { name, exact: true });
  await field("Windows over all days").fill("1");
  await expect(page.locator("[data-fault=windows]")).toHaveText(
    'Must be a whole number from 2 to 200, not "1"',
  );
  await expect(page.getByRole("button", { name: "Walk it forward" })).toBeDisabled();
  await page.getByRole("checkbox", { name: "Windows of so many days" }).check();
  await field("Days to choose by").fill("200");
  await field("Days to judge by, after them").fill("100");
  await field("Days between the two left out").fill("2");
  await page.getByRole("checkbox", { name: /parts of one simulation/ }).check();
  await page.getByRole("checkbox", { name: /all days before/ }).check();
  await page
    .getByRole("combobox", { name: "Where the choice changes, a position" })
    .selectOption("is taken over by what was chosen");
  await page.getByRole("button", { name: "Walk it forward" }).click();
  const { spec, windows } = await walked();
  expect(spec).toMatchObject({
    inSampleMode: InSampleMode.CARRIED,
    handover: Handover.KEEP,
    scheme: {
      case: "anchored",
      value: { inSampleDays: 200, outOfSampleDays: 100, stepDays: 100, purgeDays: 2 },
    },
  });
  // Only those that are parts of one simulation have metrics of their part.
  expect(windows.every(({ carriedMetrics }) => Object.keys(carriedMetrics).length > 0)).toBe(true);
});

test("one score over several series is asked for in the form, shown, and kept by who edits", async ({
  page,
  ownStage,
}) => {
  const { api, server } = ownStage;
  const other = { exchange: "SYN", symbol: "OTHER", timeframe: "1h" };
  const source = { case: "synthetic", value: { barCount: 20_000n, seed: 5n } } as const;
  await api.marketData.importBars({ series: other, source });
  await page.goto(`${server.baseUrl}/new?strategy=sma_cross`);
  const score = page.getByRole("combobox", { name: "Score over the series" });
  await page.getByRole("button", { name: "Sweep all" }).click();
  await expect(score).toHaveCount(0);
  await page.getByRole("button", { name: "More bars" }).click();
  await page.getByRole("checkbox", { name: /Search on each by itself/ }).check();
  await score.selectOption("the worst of them");
  await page.getByRole("button", { name: "Start the sweep" }).click();
  await expect(page).toHaveURL(/\/runs\//);
  const runId = new URL(page.url()).pathname.replace("/runs/", "");
  const status = await whenFinal(api, runId);
  expect(status.state, status.error?.message).toBe(RunState.COMPLETED);
  const { run } = await api.runs.getRun({ runId });
  const asked = run?.spec.case === "optimization" ? run.spec.value : undefined;
  expect(asked).toMatchObject({ across: Across.LEAST });
  expect(asked?.subscriptionAxis).toHaveLength(2);
  const best = status.result.case === "optimization" ? status.result.value.bestTrial : undefined;
  const shown = formatMetric(best?.acrossValue, "ratio");
  await expect(page.getByText("across series")).toBeVisible();
  await expect(page.getByRole("region", { name: "Progress" })).toContainText(shown);
  // It can be walked forward, and cannot be judged, which so is not offered.
  await expect(page.getByText("across series")).toBeVisible();
  await page.evaluate((code) => import(code), "/Questions.js");
  await expect(page.getByRole("button", { name: "Judge it" })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Walk it forward" })).toBeVisible();

  // The trials by that score, each with the series that it was on.
  await page.goto(`${server.baseUrl}/runs/${runId}?tab=trials`);
  const table = page.getByRole("table", { name: "Trials" });
  const { trials } = await api.results.listTrials({ runId, orderBy: "across desc", pageSize: 20 });
  const rows = table.locator("tbody tr");
  await expect(rows.nth(10)).toContainText("completed");
  const told = await rows.evaluateAll((found) =>
    found.slice(0, 10).map((row) => {
      const cells = [...row.querySelectorAll("td")].map((cell) => cell.textContent);
      return cells.slice(0, 3);
    }),
  );
  expect(told).toEqual(
    trials
      .slice(0, 10)
      .map(({ trialIndex, subscription, acrossValue }) => [
        formatCount(trialIndex),
        `${subscription?.exchange}:${subscription?.symbol}@${subscription?.timeframe}`,
        formatMetric(acrossValue, "ratio"),
      ]),
  );
  const seen = new Set<string | undefined>();
  for (const direction of ["desc", "asc"]) {
    await table.getByRole("button", { name: /^Trial( |$)/ }).click();
    const orderBy = `trial_index ${direction}`;
    const first = (await api.results.listTrials({ runId, orderBy, pageSize: 1 })).trials[0];
    await expect(rows.first().locator("td").nth(0)).toHaveText(formatCount(first?.trialIndex));
    const { exchange, symbol, timeframe } = first?.subscription ?? {};
    const series = `${exchange}:${symbol}@${timeframe}`;
    await expect(rows.first().locator("td").nth(1)).toHaveText(series);
    seen.add(series);
  }
  expect(seen.size).toBe(2);

  await page.goto(`${server.baseUrl}/new?from=${runId}`);
  await expect(score.locator("option:checked")).toHaveText("the worst of them");
});
