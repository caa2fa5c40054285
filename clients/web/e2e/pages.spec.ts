// What is around the reports: the tab's title, the end that is told, the proof, pictures and paper.

import { readFile } from "node:fs/promises";
import { formatMetric } from "../src/format/value";
import { backtest, finished, freshKeys, gatedSearch, submit, whenFinal } from "./arrange";
import { expect, test } from "./fixtures";

test("the tab tells how far a run is, and the system that it has ended", async ({
  page,
  stage,
}) => {
  await page.addInitScript(() => {
    const told: string[] = [];
    Object.assign(globalThis, {
      told,
      // What the system would show. The browser of tests has no system to show it.
      Notification: Object.assign(
        function told_(title: string, { body }: { body: string }) {
          told.push(`${title}: ${body}`);
        },
        { permission: "default", requestPermission: async () => "granted" },
      ),
    });
  });
  const key = freshKeys(5);
  const runId = await submit(stage.api, { ...gatedSearch(key), displayName: "Slow one" });
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  await page.getByRole("button", { name: "Tell me when it ends" }).click();
  await expect(page.getByRole("button", { name: "You will be told" })).toBeVisible();
  await stage.server.openGate(key);
  await expect(page).toHaveTitle(/^[1-9]\d? % · Slow one · TradeForge$/);
  // Somebody looks at another tab.
  await page.evaluate(() =>
    Object.defineProperty(document, "hidden", { get: () => true, configurable: true }),
  );
  for (let gate = key + 1; gate < key + 5; gate += 1) {
    await stage.server.openGate(gate);
  }
  await whenFinal(stage.api, runId);
  await expect(page).toHaveTitle("Slow one · TradeForge");
  const told = () => page.evaluate(() => (globalThis as unknown as { told: string[] }).told);
  await expect.poll(told).toEqual(["Slow one: Completed"]);
});

test("a result is proven by computing it again, which leaves no run behind", async ({
  page,
  ownStage,
}) => {
  const { api, server } = ownStage;
  const runId = await finished(api, backtest("sma_cross", { fast: 5, slow: 20 }));
  await page.goto(`${server.baseUrl}/runs/${runId}`);
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(page.locator("[data-verified=true]")).toContainText("the same result, to the bit");
  await expect.poll(async () => (await api.runs.listRuns({})).totalSize).toBe(1n);
});

test("charts are saved as pictures, and on paper every trade stands", async ({ page, stage }) => {
  const runId = await finished(stage.api, backtest("sma_cross", { fast: 20, slow: 60 }));
  const { totalSize } = await stage.api.results.listTrades({ runId });
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  await expect(page.locator("[data-chart=lines]").first()).toHaveAttribute("data-points", /[1-9]/);
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save Equity as a picture" }).click();
  const picture = await saved;
  expect(picture.suggestedFilename()).toBe("Equity.png");
  const bytes = await readFile(await picture.path());
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  // Both panes below each other, and a title: at least as tall as they are.
  expect(bytes.readUInt32BE(20)).toBeGreaterThan(390);
  expect(bytes.readUInt32BE(16)).toBeGreaterThan(500);

  const rows = page.getByRole("table", { name: "Trades", exact: true }).locator("tbody tr");
  await expect(rows.first()).toBeVisible();
  expect(await rows.count()).toBeLessThan(Number(totalSize));
  await page.emulateMedia({ media: "print" });
  await expect(rows).toHaveCount(Number(totalSize));
  await expect(page.getByRole("navigation", { name: "Main" })).toBeHidden();
});

test("a tear sheet is one file with every figure, every trade and the charts, and needs no server", async ({
  page,
  context,
  ownStage,
}) => {
  const { api, server } = ownStage;
  const runId = await finished(api, {
    ...backtest("sma_cross", { fast: 20, slow: 60 }),
    displayName: "For <the> file",
  });
  const { result } = await whenFinal(api, runId);
  const metrics = result.case === "backtest" ? result.value.metrics : {};
  const { totalSize } = await api.results.listTrades({ runId });
  await page.goto(`${server.baseUrl}/runs/${runId}`);
  await expect(page.locator("[data-chart=lines]").first()).toHaveAttribute("data-points", /[1-9]/);
  await expect(page.getByText("in the order of closing")).toBeVisible();
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Tear sheet" }).click();
  const file = await saved;
  expect(file.suggestedFilename()).toBe("For -the- file.html");
  const text = await readFile(await file.path(), "utf8");
  await page.close();

  const sheet = await context.newPage();
  const asked: string[] = [];
  sheet.on("request", (request) => asked.push(request.url()));
  await sheet.setContent(text);
  await expect(sheet.getByRole("heading", { name: "For <the> file" })).toBeVisible();
  const figure = sheet.locator("[data-panel=headline] [data-metric=total_return] dd");
  await expect(figure).toHaveText(formatMetric(metrics["total_return"], "fraction"));
  const rows = sheet.getByRole("table", { name: "Trades", exact: true }).locator("tbody tr");
  await expect(rows).toHaveCount(Number(totalSize));
  const widths = await sheet
    .locator("[data-chart=lines] img")
    .evaluateAll((pictures) => pictures.map((it) => (it as HTMLImageElement).naturalWidth));
  expect(widths.filter((width) => width > 300).length).toBeGreaterThan(1);
  await expect(sheet.getByRole("button")).toHaveCount(0);
  expect(asked.filter((url) => !url.startsWith("data:"))).toEqual([]);
});

test("another page is announced and has the focus, and rows are gone through by keys", async ({
  page,
  stage,
}) => {
  const runId = await finished(stage.api, backtest("sma_cross", { fast: 4, slow: 16 }));
  await page.goto(stage.server.baseUrl);
  await page.locator(`[data-run="${runId}"]`).getByRole("link").first().click();
  await expect(page.locator("[data-arrival]")).toHaveText("sma_cross");
  await expect(page.getByRole("main")).toBeFocused();
  await page.getByRole("button", { name: "Definitions" }).click();
  await expect(page.getByText("Final equity over initial cash, less one.")).toBeVisible();
  await page.getByRole("main").focus();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  await page.keyboard.press("j");
  const current = page.locator("tr[data-current=true]");
  await expect(current).toHaveAttribute("aria-rowindex", "3");
  await page.keyboard.press("Enter");
  await expect(page.locator("[data-chart=candles]")).toHaveAttribute("data-focus", /\d/);
});
