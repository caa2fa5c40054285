// Trials as files, as the browser saves them.

import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { finished, search } from "./arrange";
import { expect, test } from "./fixtures";
import { paste } from "./shell";

async function downloaded(page: Page, format: string): Promise<Buffer> {
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: format, exact: true }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^trials-.*\.(csv|jsonl|parquet)$/);
  return readFile(await file.path());
}

test("trials are saved as CSV, JSON Lines and Parquet: all, or those of the filter", async ({
  page,
  stage,
}) => {
  const ranges = [
    ["fast", 5, 12],
    ["slow", 20, 27],
  ] as const;
  const runId = await finished(stage.api, search("sma_cross", ranges));
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const lines = (file: Buffer) => file.toString("utf8").trimEnd().split("\n");
  const [head, ...rows] = lines(await downloaded(page, "CSV"));
  expect(head).toContain("params.fast");
  expect(rows).toHaveLength(64);
  const parquet = await downloaded(page, "Parquet");
  const [first, last] = [parquet.subarray(0, 4), parquet.subarray(-4)];
  expect([first.toString(), last.toString()]).toEqual(["PAR1", "PAR1"]);

  await page.getByRole("tab", { name: "Trials" }).click();
  await page.getByRole("textbox", { name: "Filter of trials" }).fill("params.fast = 7");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page.getByRole("button", { name: "Clear" })).toBeVisible();
  const trials = lines(await downloaded(page, "JSON Lines")).map((line) => JSON.parse(line));
  expect(trials).toHaveLength(8);
  const best = await page.getByRole("table", { name: "Trials" }).locator("tbody a").first();
  await expect(best).toHaveText(String(trials[0].trial_index));
});

test("a run is saved as one file that proves itself without the server", async ({
  page,
  stage,
}) => {
  const runId = await finished(stage.api, search("sma_cross", [["fast", 5, 12]]));
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Bundle", exact: true }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe(`${runId}.tfrun`);
  await paste(
    `tradeforge verify "${await file.path()}" > told
     grep -q "^run ${runId}, " told
     grep -q "^result   ok .* 8 trials have the hash " told`,
  );
});
