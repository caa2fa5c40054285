// Searches: the heat map that fills while trials land, the tables, the trials.

import { fromBinary } from "@bufbuild/protobuf";
import { WatchTrialsRequestSchema } from "../src/gen/tradeforge/v1/result_service_pb";
import { RunState } from "../src/gen/tradeforge/v1/types_pb";
import {
  finished,
  freshKeys,
  GATED_TRIALS,
  GATES,
  gatedSearch,
  heatMap,
  openFirstGate,
  openOtherGates,
  search,
  stateBadge,
  submit,
  TRIALS_PER_GATE,
  whenFinal,
} from "./arrange";
import { expect, test } from "./fixtures";

test("a search is filled in, and its map fills while it runs", async ({ page, stage }) => {
  const first = freshKeys(20);
  await page.goto(`${stage.server.baseUrl}/new?strategy=gate`);
  for (const [name, from, to] of [
    ["bars", 1, 2],
    ["key", first, first + 19],
  ] as const) {
    await page
      .getByRole("group", { name: `How ${name} is set` })
      .getByText("Range")
      .click();
    await page.getByLabel(`${name} From`).fill(String(from));
    await page.getByLabel(`${name} to`, { exact: true }).fill(String(to));
    await page.getByLabel(`${name} step`).fill("1");
  }
  await expect(page.locator("[data-total='40']")).toContainText("trials");
  await page.getByLabel("Compare trials by").selectOption("total_return");
  await page.getByRole("button", { name: "Start the sweep" }).click();

  // Trials go by their keys first: the first four land, and whatever comes next waits for its own.
  const map = heatMap(page);
  for (let key = first; key < first + 4; key += 1) {
    await stage.server.openGate(key);
  }
  await expect(map).toHaveAttribute("data-filled", "4");
  await expect(stateBadge(page)).toHaveAttribute("data-state", "RUNNING");
  await expect(page.getByRole("progressbar", { name: "Processed trials" })).toHaveAttribute(
    "aria-valuenow",
    "4",
  );
  for (let key = first + 4; key < first + 20; key += 1) {
    await stage.server.openGate(key);
  }
  await expect(map).toHaveAttribute("data-filled", "40");
  await expect(stateBadge(page)).toHaveAttribute("data-state", "COMPLETED");
  const status = await whenFinal(stage.api, page.url().split("/").at(-1) ?? "");
  const best = status.result.case === "optimization" ? status.result.value.bestTrial : undefined;
  await expect(map).toHaveAttribute("data-best", String(best?.trialIndex));
});

test("a cancelled search keeps the trials that landed", async ({ page, stage }) => {
  const first = freshKeys(GATES);
  const runId = await submit(stage.api, gatedSearch(first));
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  await openFirstGate(page, stage.server, first);
  await expect(heatMap(page)).toHaveAttribute("data-filled", String(TRIALS_PER_GATE));
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(stateBadge(page)).toHaveAttribute("data-state", "CANCELLED");
  await expect(page.getByRole("button", { name: "Cancel" })).toHaveCount(0);
  await expect(heatMap(page)).toHaveAttribute("data-filled", String(TRIALS_PER_GATE));
  await page.getByRole("tab", { name: "Trials" }).click();
  await expect(page.getByRole("table", { name: "Trials" }).locator("tbody tr")).toHaveCount(
    TRIALS_PER_GATE,
  );
});

test("a page loaded again while a search runs has every trial once", async ({ page, stage }) => {
  const first = freshKeys(GATES);
  const runId = await submit(stage.api, gatedSearch(first));
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  await openFirstGate(page, stage.server, first);
  const map = heatMap(page);
  await expect(map).toHaveAttribute("data-filled", String(TRIALS_PER_GATE));
  await page.reload();
  await expect(map).toHaveAttribute("data-filled", String(TRIALS_PER_GATE));
  await openOtherGates(stage.server, first);
  await expect(stateBadge(page)).toHaveAttribute("data-state", "COMPLETED");
  await expect(map).toHaveAttribute("data-filled", String(GATED_TRIALS));
});

test("failed trials are counted, grouped, and found", async ({ page, stage }) => {
  const runId = await finished(stage.api, search("unlucky", [["number", 1, 30]]));
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  await expect(stateBadge(page)).toHaveAttribute("data-state", "COMPLETED");
  await page.getByRole("tab", { name: "Failures (1)" }).click();
  const group = page.locator("[data-failure=PANIC]");
  await expect(group).toContainText("1 ×");
  await expect(group).toContainText("this number brings bad luck");
  await expect(group.locator("pre")).toBeHidden();
  await group.getByText("Stack trace").click();
  await expect(group.locator("pre")).toContainText("unlucky::Unlucky");
  await group.getByText("Its trials").click();
  await expect(group.getByRole("link", { name: "12 number=13" })).toBeVisible();
  await page.getByRole("link", { name: "Show these trials" }).click();
  await expect(page.getByRole("table", { name: "Trials" }).locator("tbody tr")).toHaveCount(1);
  await page.getByRole("link", { name: "12", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText("this number brings bad luck");
});

test("from a cell to its trial, and from the trial to a backtest with the same result", async ({
  page,
  stage,
}) => {
  const runId = await finished(
    stage.api,
    search("sma_cross", [
      ["fast", 5, 12],
      ["slow", 20, 27],
    ]),
  );
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const map = page.getByRole("application", { name: /Heat map of Total return/ });
  await expect(heatMap(page)).toHaveAttribute("data-filled", "64");
  const best = await heatMap(page).getAttribute("data-best");
  // The cursor begins at the best cell, and keys move it.
  await map.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/trials/${best}$`));
  const figure = page.locator("[data-panel=headline] [data-metric=total_return] dd");
  await expect(figure).toContainText("%");
  const ofTrial = await figure.innerText();

  await page.getByRole("link", { name: "Promote to a backtest" }).click();
  await page.getByRole("button", { name: "Start the backtest" }).click();
  await expect(stateBadge(page)).toHaveAttribute("data-state", "COMPLETED");
  await expect(figure).toHaveText(ofTrial);
});

test("another metric, other axes and one view of the map", async ({ page, stage }) => {
  const runId = await finished(
    stage.api,
    search("sma_cross", [
      ["fast", 5, 8],
      ["slow", 20, 24],
    ]),
  );
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const map = heatMap(page);
  await expect(map).toHaveAttribute("data-filled", "20");
  await expect(page.getByRole("application").locator("canvas")).toHaveCount(2);
  await page.getByRole("button", { name: "Plateaus" }).click();
  await expect(page.getByRole("application").locator("canvas")).toHaveCount(1);
  await page.getByLabel("Metric").selectOption("max_drawdown");
  await expect(map).toHaveAttribute("data-metric", "max_drawdown");
  await expect(map).toHaveAttribute("data-filled", "20");
  // To come back to a metric brings nothing anew: its trials are here.
  const again = page.waitForRequest((request) => request.url().endsWith("/WatchTrials"));
  await page.getByLabel("Metric").selectOption("total_return");
  // Five bytes frame the message.
  const asked = (await again).postDataBuffer()?.subarray(5) ?? new Uint8Array();
  expect(fromBinary(WatchTrialsRequestSchema, asked).afterCursor).toBeDefined();
  await expect(map).toHaveAttribute("data-filled", "20");
  await page.getByLabel("Metric").selectOption("max_drawdown");
  await expect(map).toHaveAttribute("data-filled", "20");
  await expect(page.getByLabel("Lower end")).toHaveValue(/%/);
  // Less drawdown is better, whatever the search was after.
  const { trials } = await stage.api.results.listTrials({ runId, orderBy: "metrics.max_drawdown" });
  await expect(map).toHaveAttribute("data-best", String(trials[0]?.trialIndex));
  await page.getByLabel("Across").selectOption({ label: "slow" });
  await expect(page.getByLabel("Up", { exact: true })).toHaveValue("0");
  await page.reload();
  await expect(map).toHaveAttribute("data-metric", "max_drawdown");
  await expect(page.getByLabel("Up", { exact: true })).toHaveValue("0");
  await expect(page.getByRole("application").locator("canvas")).toHaveCount(1);
});

test("ten thousand trials are sorted and filtered by the server, a few dozen rows drawn", async ({
  page,
  ownStage,
}, info) => {
  const { api, server } = ownStage;
  const tiny = { exchange: "SYN", symbol: "TINY", timeframe: "1h" };
  const source = { case: "synthetic", value: { barCount: 300n, seed: 7n } } as const;
  await api.marketData.importBars({ series: tiny, source });
  const ranges = [
    ["fast", 1, 100],
    ["slow", 101, 200],
  ] as const;
  const runId = await submit(api, search("sma_cross", ranges, tiny));
  expect((await whenFinal(api, runId)).state).toBe(RunState.COMPLETED);
  await page.goto(`${server.baseUrl}/runs/${runId}?tab=trials`);
  const rows = page.getByRole("table", { name: "Trials" }).locator("tbody tr");
  await expect(rows.first()).toContainText("completed");
  expect(await rows.count()).toBeLessThan(100);

  const orderBy = "metrics.max_drawdown desc";
  const worst = (await api.results.listTrials({ runId, orderBy, pageSize: 1 })).trials[0];
  const asked = Date.now();
  await page.getByRole("button", { name: "Max drawdown" }).click();
  await expect(rows.first().getByRole("link").first()).toHaveAttribute(
    "href",
    new RegExp(`/trials/${worst?.trialIndex}$`),
  );
  info.annotations.push({ type: "sorted in ms", description: String(Date.now() - asked) });

  const filtering = Date.now();
  await page.getByRole("textbox", { name: "Filter of trials" }).fill("params.fast = 7");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page.getByRole("tabpanel").getByText("100", { exact: true }).first()).toBeVisible();
  info.annotations.push({ type: "filtered in ms", description: String(Date.now() - filtering) });
  expect(await rows.count()).toBeLessThan(100);
  await expect(page).toHaveURL(/filter=params.fast/);

  await page.getByRole("textbox", { name: "Filter of trials" }).fill("params.quick = 7");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page.getByRole("alert")).toContainText("quick");
});

test("what a sweep says of its best: at a border, told among names, held by a click, counted", async ({
  page,
  stage,
}) => {
  const ranges = [
    ["fast", 2, 9],
    ["slow", 10, 17],
  ] as const;
  const metric = "max_drawdown";
  // A bound that half of them break.
  const free = await finished(stage.api, search("sma_cross", ranges));
  const { trials } = await stage.api.results.listTrials({
    runId: free,
    orderBy: `metrics.${metric}`,
    pageSize: 64,
  });
  const maxValue = trials[32]?.metrics[metric] ?? 0;
  const bounded = search("sma_cross", ranges, undefined, [{ metric, maxValue }]);
  const runId = await finished(stage.api, bounded);
  const count = async (filter: string) =>
    (await stage.api.results.listTrials({ runId, filter, pageSize: 1 })).totalSize;
  const infeasible = await count("state = INFEASIBLE");
  expect(infeasible > 0n && infeasible < 64n, String(infeasible)).toBe(true);
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const map = heatMap(page);
  await expect(map).toHaveAttribute("data-filled", "64");
  const progress = page.getByRole("region", { name: "Progress" });
  await expect(progress).toContainText(`Infeasible${infeasible}`);

  const status = await whenFinal(stage.api, runId);
  const best = status.result.case === "optimization" ? status.result.value.bestTrial : undefined;
  const at = (name: string) => Number(best?.params[name]?.kind.value);
  const edges = ranges.flatMap(([name, first, last]) =>
    at(name) === first || at(name) === last ? [name] : [],
  );
  await expect(page.locator("[data-edge]")).toHaveCount(edges.length > 0 ? 1 : 0);
  if (edges.length > 0) {
    await expect(page.locator("[data-edge]")).toHaveAttribute("data-edge", edges.join(" "));
  }

  // A click holds a cell while the mouse goes to what is said of it.
  const canvas = page.getByRole("application").locator("canvas").first();
  const box = await canvas.boundingBox();
  await canvas.click({ position: { x: (box?.width ?? 0) * 0.6, y: (box?.height ?? 0) * 0.4 } });
  const held = await page.locator("[data-pinned=true] h3").innerText();
  const link = page.getByRole("link", { name: /^Open trial/ });
  await link.hover();
  expect(await page.locator("[data-pinned=true] h3").innerText()).toBe(held);
  await link.click();
  await expect(page).toHaveURL(/\/trials\/\d+$/);
});
