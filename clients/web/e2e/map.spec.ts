// A part of a heat map: marked by the mouse and by keys, looked at alone, listed, searched finer.

import type { Page } from "@playwright/test";
import { finished, heatMap, search } from "./arrange";
import { expect, test } from "./fixtures";

const RANGES = [
  ["fast", 5, 14],
  ["slow", 31, 40],
] as const;

/** Drags over the raw map, from the middle of one cell to that of another, as parts of its frame. */
async function drag(page: Page, from: readonly [number, number], to: readonly [number, number]) {
  const canvas = heatMap(page).locator("canvas").first();
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  if (!box) {
    throw new Error("no map");
  }
  // Labels stand at the left and below: the cells are between these.
  const [left, right, top, bottom] = [60, box.width - 10, 8, box.height - 36];
  const at = ([across, up]: readonly [number, number]) =>
    [box.x + left + across * (right - left), box.y + bottom - up * (bottom - top)] as const;
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at(to), { steps: 4 });
  await page.mouse.up();
}

test("a part of the map is marked, looked at, listed and searched in finer steps", async ({
  page,
  stage,
}) => {
  const { api, server } = stage;
  const runId = await finished(api, search("sma_cross", RANGES));
  await page.goto(`${server.baseUrl}/runs/${runId}`);
  const map = heatMap(page);
  await expect(map).toHaveAttribute("data-filled", "100");
  await drag(page, [0.35, 0.15], [0.75, 0.65]);
  const part = page.locator("[data-part]");
  await expect(part).toHaveAttribute("data-part", "marked");
  await expect(map.locator("[data-box=raw]")).toBeVisible();
  const words = /fast (\d+) to (\d+) · slow (\d+) to (\d+)/.exec((await part.textContent()) ?? "");
  const [fastLow = 0, fastHigh = 0, slowLow = 0, slowHigh = 0] = (words ?? []).slice(1).map(Number);
  expect(fastLow).toBeGreaterThan(5);
  expect(fastHigh).toBeLessThan(14);
  expect(slowHigh - slowLow).toBeGreaterThan(2);

  // What the part holds is what the server says of those values.
  const filter = [
    `params.fast >= ${fastLow} AND params.fast <= ${fastHigh}`,
    `params.slow >= ${slowLow} AND params.slow <= ${slowHigh}`,
  ].join(" AND ");
  const { trials } = await api.results.listTrials({ runId, filter, pageSize: 1_000 });
  const best = trials.reduce((held, next) =>
    (next.objectiveValue ?? -Infinity) > (held.objectiveValue ?? -Infinity) ? next : held,
  );
  expect(trials).toHaveLength((fastHigh - fastLow + 1) * (slowHigh - slowLow + 1));
  await part.getByRole("button", { name: "Zoom in" }).click();
  await expect(part).toHaveAttribute("data-part", "shown");
  await expect(map).toHaveAttribute("data-best", String(best.trialIndex));
  await expect(map.locator("caption")).toContainText(
    `${fastHigh - fastLow + 1} by ${slowHigh - slowLow + 1} cells`,
  );
  await page.reload();
  await expect(map).toHaveAttribute("data-best", String(best.trialIndex));
  await expect(part).toContainText(`fast ${fastLow} to ${fastHigh}`);

  const list = part.getByRole("link", { name: "List its trials" });
  const href = new URL((await list.getAttribute("href")) ?? "", server.baseUrl);
  expect(href.searchParams.get("filter")).toBe(filter);
  await part.getByRole("link", { name: "Search this region finer" }).click();
  await expect(page.getByLabel("Fast length From")).toHaveValue(String(fastLow));
  await expect(page.getByLabel("Fast length to", { exact: true })).toHaveValue(String(fastHigh));
  await expect(page.getByLabel("Slow length to", { exact: true })).toHaveValue(String(slowHigh));
  await page.goBack();
  await part.getByRole("button", { name: "Show all" }).click();
  await expect(map.locator("caption")).toContainText("10 by 10 cells");
  await expect(part).toBeEmpty();
});

test("keys mark a part as well, and a click marks none", async ({ page, stage }) => {
  const runId = await finished(stage.api, search("sma_cross", RANGES));
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  await expect(heatMap(page)).toHaveAttribute("data-filled", "100");
  const part = page.locator("[data-part]");
  await page.getByRole("application").focus();
  for (let step = 0; step < 12; step += 1) {
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowDown");
  }
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Shift+ArrowUp");
  await expect(part).toContainText("Marked: fast 5 to 7 · slow 31 to 32");
  await page.keyboard.press("Escape");
  await expect(part).toBeEmpty();
  await drag(page, [0.5, 0.5], [0.5, 0.5]);
  await expect(part).toBeEmpty();
  await expect(page.locator("[data-pinned=true]")).toBeVisible();
});
