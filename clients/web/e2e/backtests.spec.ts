// Backtests from the form to the report: started, refused, shared, failed.

import type { Page } from "@playwright/test";
import { ReusePolicy } from "../src/gen/tradeforge/v1/run_service_pb";
import { backtest, finished, freshKeys, search, stateBadge, submit } from "./arrange";
import { expect, test } from "./fixtures";
import { paste } from "./shell";

/** The server tells of progress every 8,192 bars: the gate holds the run after the first time. */
const HELD_AFTER = 9_000;
const TOLD = 8_192;

async function fillGate(page: Page, key: number): Promise<void> {
  await page.getByLabel("Strategy", { exact: true }).selectOption("gate");
  await page.getByRole("textbox", { name: "bars", exact: true }).fill(String(HELD_AFTER));
  await page.getByRole("textbox", { name: "key", exact: true }).fill(String(key));
}

test("a backtest is filled in, watched bar by bar, and reported", async ({ page, stage }) => {
  const key = freshKeys(1);
  await page.goto(`${stage.server.baseUrl}/new`);
  await fillGate(page, key);
  await expect(page.locator("[data-total='20000']")).toContainText("bars");
  await page.getByRole("button", { name: "Start the backtest" }).click();

  const bar = page.getByRole("progressbar", { name: "Processed bars" });
  await expect(stateBadge(page)).toHaveAttribute("data-state", "RUNNING");
  await expect(bar).toHaveAttribute("aria-valuenow", String(TOLD));
  await stage.server.openGate(key);
  await expect(bar).toHaveAttribute("aria-valuenow", "20000");
  await expect(stateBadge(page)).toHaveAttribute("data-state", "COMPLETED");

  const runId = page.url().split("/").at(-1) ?? "";
  const { totalSize } = await stage.api.results.listTrades({ runId });
  await expect(page.locator("[data-panel=headline] [data-metric=total_return]")).toContainText("%");
  await expect(page.getByText(`${totalSize} in the order of closing`)).toBeVisible();
  const points = page.locator("[data-chart=lines]").first();
  await expect(points).toHaveAttribute("data-points", /^[1-9]\d\d+$/);
  await expect(page.locator("[data-chart=candles]")).toHaveAttribute("data-points", /^[1-9]\d+$/);
});

test("what the server has against a form stands at the fields, the first one focused", async ({
  page,
  stage,
}) => {
  await page.goto(`${stage.server.baseUrl}/new?strategy=sma_cross`);
  await page.getByRole("textbox", { name: "Fast length" }).fill("0");
  await page.getByLabel("Initial cash").fill("-5");
  await page.getByRole("group", { name: "How Slow length is set" }).getByText("Range").click();
  await page.getByLabel("Slow length From").fill("90");
  await page.getByLabel("Slow length to", { exact: true }).fill("60");
  await page.getByRole("button", { name: "Start the sweep" }).click();
  const fast = page.getByRole("textbox", { name: "Fast length" });
  await expect(fast).toBeFocused();
  await expect(fast).toHaveAccessibleDescription(/from 1 to 10000/);
  await expect(page.getByLabel("Initial cash")).toHaveAccessibleDescription(/-5/);
  await expect(page.getByRole("group", { name: "Slow length", exact: true })).toContainText("60");
  expect(page.url()).toContain("/new");
});

test("a form that was left is filled in on the way back, and a new one is empty", async ({
  page,
  stage,
}) => {
  await page.goto(`${stage.server.baseUrl}/new?strategy=sma_cross`);
  const cash = page.getByLabel("Initial cash");
  const fast = page.getByRole("textbox", { name: "Fast length" });
  await cash.fill("777");
  await fast.fill("33");
  await page.getByRole("link", { name: "Data", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Data" })).toBeVisible();
  await page.goBack();
  await expect(cash).toHaveValue("777");
  await expect(fast).toHaveValue("33");
  await page.reload();
  await expect(fast).toHaveValue("33");
  await page.getByRole("link", { name: "New run" }).first().click();
  await expect(cash).toHaveValue("10000");
});

test("runs that are compared are still selected on the way back", async ({ page, stage }) => {
  const one = await finished(stage.api, backtest("buy_and_hold", {}));
  const other = await finished(stage.api, backtest("sma_cross", { fast: 3, slow: 30 }));
  await page.goto(stage.server.baseUrl);
  for (const runId of [one, other]) {
    await page.locator(`[data-run="${runId}"]`).getByRole("checkbox").check();
  }
  await page.getByRole("button", { name: "Compare" }).click();
  await expect(page).toHaveURL(/\/compare/);
  await page.goBack();
  await expect(page.getByText("2 selected")).toBeVisible();
  for (const runId of [one, other]) {
    await expect(page.locator(`[data-run="${runId}"]`).getByRole("checkbox")).toBeChecked();
  }
});

test("a form on bars that are gone is refused at the bars", async ({ page, ownStage }) => {
  const { api, server } = ownStage;
  const runId = await finished(api, backtest("buy_and_hold", {}));
  const { series } = await api.marketData.listSeries({});
  await api.marketData.deleteSeries({ dataSha256: series[0]?.dataSha256 ?? "" });
  const other = { exchange: "SYN", symbol: "OTHER", timeframe: "1h" };
  const source = { case: "synthetic", value: { barCount: 100n } } as const;
  await api.marketData.importBars({ series: other, source });
  await page.goto(`${server.baseUrl}/new?from=${runId}`);
  await page.getByRole("button", { name: "Start the backtest" }).click();
  await expect(page.getByLabel("Series", { exact: true })).toBeFocused();
  await expect(page.locator("[data-fault='bars.0']").first()).toBeVisible();
});

test("the same work is joined while it runs and reused once it is done", async ({
  page,
  ownStage,
}) => {
  const { api, server } = ownStage;
  await page.goto(`${server.baseUrl}/new`);
  await fillGate(page, 1);
  await page.getByRole("button", { name: "Start the backtest" }).click();
  await expect(stateBadge(page)).toHaveAttribute("data-state", "RUNNING");
  const first = page.url();

  await page.goto(`${server.baseUrl}/new?from=${first.split("/").at(-1)}`);
  await page.getByRole("button", { name: "Start the backtest" }).click();
  await expect(page.getByText("Joined a running run.")).toBeVisible();
  expect(page.url()).toBe(first);

  await server.openGate(1);
  await expect(stateBadge(page)).toHaveAttribute("data-state", "COMPLETED");
  const { run } = await api.runs.getRun({ runId: first.split("/").at(-1) ?? "" });
  if (run?.spec.case !== "backtest") {
    throw new Error("it is a backtest");
  }
  const again = { spec: run.spec, reusePolicy: ReusePolicy.REUSE_COMPLETED };
  expect(first).toContain(await submit(api, again));
  await page.getByRole("link", { name: "Edit and run" }).click();
  await page.getByRole("button", { name: "Start the backtest" }).click();
  await expect(page.getByText("Reused a result.")).toBeVisible();
  await page.getByRole("link", { name: "Runs", exact: true }).click();
  await expect(page.locator("[data-run]")).toHaveCount(1);

  await page.goto(`${server.baseUrl}/new?from=${first.split("/").at(-1)}`);
  await page.getByLabel("Compute it afresh").check();
  await page.getByRole("button", { name: "Start the backtest" }).click();
  await expect(stateBadge(page)).toHaveAttribute("data-state", "COMPLETED");
  expect(page.url()).not.toBe(first);
});

test("a failed backtest says why, with its stack trace folded", async ({ page, stage }) => {
  const runId = await finished(stage.api, backtest("unlucky", { number: 13 }));
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const alert = page.getByRole("alert");
  await expect(alert).toContainText("this number brings bad luck");
  await expect(alert).toHaveAttribute("data-reason", "PANIC");
  const trace = alert.locator("pre");
  await expect(trace).toBeHidden();
  await alert.getByText("Stack trace").click();
  await expect(trace).toContainText("unlucky::Unlucky");
});

test("what is copied starts the same run from a terminal", async ({ page, stage }) => {
  const { api, server } = stage;
  const ranges = [
    ["fast", 5, 6],
    ["slow", 20, 21],
  ] as const;
  for (const submission of [
    backtest("sma_cross", { fast: 10, slow: 50 }),
    search("sma_cross", ranges),
  ]) {
    const runId = await finished(api, submission);
    const { run } = await api.runs.getRun({ runId });
    await page.goto(`${server.baseUrl}/runs/${runId}`);
    await page.getByRole("button", { name: "Copy as" }).click();
    const dialog = page.getByRole("dialog");
    const text = () => dialog.locator("pre").innerText();
    const command = await text();
    await dialog.getByRole("tab", { name: "Python" }).click();
    await expect(dialog).toContainText(/client\.(backtest|submit)\(/);
    await dialog.getByRole("tab", { name: "grpcurl" }).click();
    await expect(dialog).toContainText("tradeforge.v1.RunService/Submit");
    await dialog.getByRole("tab", { name: "JSON" }).click();
    const submit = `tradeforge submit run.json --server ${server.baseUrl}`;
    const json = { "run.json": await text() };

    // Equal work is known by its key; what was copied from is gone, so that nothing can be reused.
    for (const start of [() => paste(command), () => paste(submit, json)]) {
      const { runs } = await api.runs.listRuns({ filter: 'strategy = "sma_cross"' });
      for (const { runId: old } of runs) {
        await api.runs.deleteRun({ runId: old });
      }
      await start();
      const again = await api.runs.listRuns({ pageSize: 1 });
      expect(again.runs[0]?.runKey).toBe(run?.runKey);
    }
  }
});
