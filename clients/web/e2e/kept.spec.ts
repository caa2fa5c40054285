// What a page keeps: its place, its pace, its zone, and what is said of rows that are not in view.

import type { Request } from "@playwright/test";
import { formatCount } from "../src/format/number";
import {
  backtest,
  finished,
  freshKeys,
  gatedSearch,
  heatMap,
  openFirstGate,
  openOtherGates,
  search,
  stateBadge,
  submit,
  TRIALS_PER_GATE,
} from "./arrange";
import { expect, LOST, test } from "./fixtures";

test("a metric and axes that were chosen are still there after a look at the trials", async ({
  page,
  stage,
}) => {
  const runId = await finished(
    stage.api,
    search("sma_cross", [
      ["fast", 3, 6],
      ["slow", 20, 24],
    ]),
  );
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  await page.getByLabel("Metric").selectOption("win_rate");
  await page.getByLabel("Across").selectOption({ label: "slow" });
  await expect(heatMap(page)).toHaveAttribute("data-metric", "win_rate");
  await page.getByRole("tab", { name: "Trials" }).click();
  await expect(page.getByRole("table", { name: "Trials" })).toHaveAttribute("data-rows", "20");
  await page.getByRole("tab", { name: "Heat map" }).click();
  await expect(heatMap(page)).toHaveAttribute("data-metric", "win_rate");
  await expect(page.getByLabel("Across").locator("option:checked")).toHaveText("slow");
});

test("of more trials than are listed it is told, and the middle of the list has its rows", async ({
  page,
  stage,
}) => {
  test.slow();
  const series = { exchange: "SYN", symbol: "SHORT", timeframe: "1h" };
  const source = { case: "synthetic", value: { barCount: 200n, seed: 3n } } as const;
  await stage.api.marketData.importBars({ series, source });
  const ranges = [
    ["fast", 1, 110],
    ["slow", 1, 100],
  ] as const;
  const runId = await finished(stage.api, search("sma_cross", ranges, series));
  const orderBy = "params.slow asc";
  await page.goto(`${stage.server.baseUrl}/runs/${runId}?tab=trials&order=${orderBy}`);
  await expect(
    page.getByText(`the first ${formatCount(10_000)} of ${formatCount(11_000)}`),
  ).toBeVisible();
  const rows = page.getByRole("table", { name: "Trials" });
  await expect(rows).toHaveAttribute("data-rows", "10000");
  // Row by row as the server has them, from page to page.
  const wanted: bigint[] = [];
  for (let pageToken = ""; wanted.length < 3_000; ) {
    const answer = await stage.api.results.listTrials({
      runId,
      orderBy,
      pageToken,
      pageSize: 1_000,
    });
    wanted.push(...answer.trials.map(({ trialIndex }) => trialIndex));
    pageToken = answer.nextPageToken;
  }
  const scroller = page.getByRole("region", { name: "Trials" });
  await scroller.evaluate((found) => found.scrollTo(0, 30 * 2_500));
  const row = rows.locator('tr[aria-rowindex="2502"]');
  await expect(row.getByRole("link").first()).toHaveText(formatCount(wanted[2_500]), {
    timeout: 30_000,
  });
});

test("the trials of a live search are asked for at most once in two seconds", async ({
  page,
  stage,
}) => {
  const first = freshKeys(5);
  const runId = await submit(stage.api, gatedSearch(first));
  const asked: number[] = [];
  page.on("request", (request: Request) => {
    if (request.url().endsWith("/ListTrials")) {
      asked.push(Date.now());
    }
  });
  await page.goto(`${stage.server.baseUrl}/runs/${runId}?tab=trials`);
  await openFirstGate(page, stage.server, first);
  const rows = page.getByRole("table", { name: "Trials" });
  await expect(rows).toHaveAttribute("data-rows", String(TRIALS_PER_GATE));
  await expect.poll(() => asked.length, { timeout: 20_000 }).toBeGreaterThan(4);
  const gaps = asked.slice(1).map((time, at) => time - (asked[at] ?? time));
  // The first is of the page before the search ran; clocks of timers are a little early.
  expect(Math.min(...gaps.slice(1))).toBeGreaterThan(1_900);
  await openOtherGates(stage.server, first);
  await expect(stateBadge(page)).toHaveAttribute("data-state", "COMPLETED");
});

test("to select a run moves none of them, and a ninth one to compare is refused in words", async ({
  page,
  ownStage,
}) => {
  const { api, server } = ownStage;
  for (let fast = 2; fast < 11; fast += 1) {
    await finished(api, backtest("sma_cross", { fast, slow: 60 }));
  }
  await page.goto(server.baseUrl);
  const rows = page.locator("[data-run]");
  await expect(rows).toHaveCount(9);
  const tops = () =>
    rows.evaluateAll((found) => found.map((row) => row.getBoundingClientRect().top));
  const before = await tops();
  for (let row = 0; row < 9; row += 1) {
    await rows.nth(row).getByRole("checkbox").check();
  }
  expect(await tops()).toEqual(before);
  await page.getByRole("button", { name: "Compare" }).click();
  await expect(page.getByText("At most 8 runs can be compared.")).toBeVisible();
  await rows.first().getByRole("checkbox").uncheck();
  await page.getByRole("button", { name: "Compare" }).click();
  await expect(page).toHaveURL(/\/compare/);
});

test("a run whose name is blanks has the name of its strategy, and is opened by it", async ({
  page,
  ownStage,
}) => {
  const { api, server } = ownStage;
  const blank = await finished(api, { ...backtest("buy_and_hold", {}), displayName: "   " });
  // What would turn round the words beside it is no name at all.
  const turned = api.runs.submit({ ...backtest("buy_and_hold", {}), displayName: "a\u202eb" });
  await expect(turned).rejects.toThrow(/display_name.*control character/);
  await page.goto(server.baseUrl);
  const row = page.locator(`[data-run="${blank}"]`);
  await row.getByRole("link", { name: "buy_and_hold", exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`/runs/${blank}`));
});

test("the wheel scrolls on over the candles, which show all of a run on a phone, too", async ({
  page,
  stage,
}) => {
  const runId = await finished(stage.api, backtest("sma_cross", { fast: 30, slow: 90 }));
  const trades = await stage.api.results.listTrades({ runId, pageSize: 1 });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const candles = page.locator("[data-chart=candles]");
  await expect(candles).toHaveAttribute("data-span", /\d/);
  await expect(
    page.getByText(`${formatCount(trades.totalSize)} trades in view`, { exact: false }),
  ).toBeVisible();
  await candles.scrollIntoViewIfNeeded();
  const box = await candles.boundingBox();
  await page.mouse.move((box?.x ?? 0) + 100, (box?.y ?? 0) + 100);
  const span = await candles.getAttribute("data-span");
  const top = async () => (await candles.boundingBox())?.y ?? 0;
  const before = await top();
  await page.mouse.wheel(0, 120);
  await expect.poll(top).toBeLessThan(before);
  expect(await candles.getAttribute("data-span")).toBe(span);
});

test("another width, another theme and the nearest look leave the candles what they show", async ({
  page,
  stage,
}) => {
  const runId = await finished(stage.api, backtest("sma_cross", { fast: 25, slow: 75 }));
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const candles = page.locator("[data-chart=candles]");
  await expect(candles).toHaveAttribute("data-span", /\d/);
  const shown = () =>
    candles.evaluate((found) => [found.dataset["span"], found.dataset["points"]].join(" of "));
  const before = await shown();
  for (const [width, colorScheme] of [
    [2560, "light"],
    [390, "dark"],
    [820, "light"],
    [1280, "dark"],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    // What came to rest is told, and asked for, a moment later.
    await page.waitForTimeout(700);
    expect(await shown(), `${width} ${colorScheme}`).toBe(before);
  }
  await candles.scrollIntoViewIfNeeded();
  const box = await candles.boundingBox();
  await page.mouse.move((box?.x ?? 0) + 400, (box?.y ?? 0) + 150);
  for (let turn = 0; turn < 12; turn += 1) {
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -1_000);
    await page.keyboard.up("Control");
    await page.waitForTimeout(150);
  }
  await expect(candles).toHaveAttribute("data-points", /^[1-9]/);
  const span = async () => ((await candles.getAttribute("data-span")) ?? "").split(" ").map(Number);
  await expect
    .poll(async () => ((await span())[1] ?? 0) - ((await span())[0] ?? 0))
    .toBeLessThan(9 * 3_600_000);
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("each new best of a live search is shown and not spoken, a cell that was chosen is", async ({
  page,
  stage,
}) => {
  const first = freshKeys(5);
  const runId = await submit(stage.api, gatedSearch(first));
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  await openFirstGate(page, stage.server, first);
  await expect(heatMap(page)).toHaveAttribute("data-filled", String(TRIALS_PER_GATE));
  const readOut = page.locator("[data-pinned]");
  await expect(readOut).toContainText("Best so far");
  await expect(readOut).toHaveAttribute("aria-live", "off");
  await page.getByRole("application").focus();
  await page.keyboard.press("ArrowRight");
  await expect(readOut).toHaveAttribute("aria-live", "polite");
  await openOtherGates(stage.server, first);
  await expect(stateBadge(page)).toHaveAttribute("data-state", "COMPLETED");
});

test("a page whose code was out of reach comes by itself once the server is back", async ({
  page,
  ownStage,
  complaints,
}) => {
  complaints.expect(LOST);
  const { server } = ownStage;
  await page.route("**/StrategiesPage.js", (route) => route.abort("connectionrefused"));
  await page.goto(server.baseUrl);
  await expect(page.locator("[data-message=no-runs]")).toBeVisible();
  await server.kill();
  const banner = page.locator("[data-connection=lost]");
  await expect(banner).toContainText("its runs resume when it is back");
  await page.getByRole("link", { name: "Strategies" }).click();
  await expect(page.locator("[data-message=page-broken]")).toBeVisible();
  await page.unroute("**/StrategiesPage.js");
  await server.restart();
  await expect(banner).toHaveCount(0);
  await expect(page.getByRole("heading", { name: "Strategies", exact: true })).toBeVisible();
  await expect(page.getByText("SMA crossover").first()).toBeVisible();
});

test.describe("in New York", () => {
  test.use({ timezoneId: "America/New_York" });

  test("times are local everywhere once that is chosen, the candles' as well", async ({
    page,
    stage,
  }) => {
    const runId = await finished(stage.api, backtest("sma_cross", { fast: 30, slow: 90 }));
    const { trades } = await stage.api.results.listTrades({ runId, pageSize: 1 });
    const entry = Number(trades[0]?.entryTime?.seconds) * 1000;
    const written = (timeZone: string) =>
      new Intl.DateTimeFormat("sv-SE", {
        timeZone,
        dateStyle: "short",
        timeStyle: "short",
      }).format(entry);
    await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
    const row = page.getByRole("table", { name: "Trades" }).locator("tbody tr").first();
    const candles = page.locator("[data-chart=candles]");
    await expect(row).toContainText(written("UTC"));
    await expect(candles).toHaveAttribute("data-zone", "utc");
    await page.getByRole("button", { name: "Times are UTC; switch" }).click();
    await expect(row).toContainText(written("America/New_York"));
    await expect(candles).toHaveAttribute("data-zone", "local");
    expect(written("UTC")).not.toBe(written("America/New_York"));
  });
});
