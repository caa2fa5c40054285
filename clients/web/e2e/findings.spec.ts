// Faults that were found once by eye, each held by what one would see if it came back.

import type { Page } from "@playwright/test";
import { formatMetric } from "../src/format/value";
import { RunState } from "../src/gen/tradeforge/v1/types_pb";
import {
  backtest,
  finished,
  freshKeys,
  GATES,
  gatedSearch,
  openFirstGate,
  search,
  stateBadge,
  submit,
  TRIALS_PER_GATE,
  whenFinal,
} from "./arrange";
import { expect, test } from "./fixtures";

/** How much of a part of the page has another colour than panels have. */
async function unlikePanels(
  page: Page,
  clip: { x: number; y: number; width: number; height: number },
): Promise<number> {
  const picture = (await page.screenshot({ clip })).toString("base64");
  return page.evaluate(async (data) => {
    const probe = document.createElement("span");
    probe.style.color = "var(--color-surface)";
    document.body.append(probe);
    const surface = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).map(Number);
    probe.remove();
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
    context?.drawImage(image, 0, 0);
    const pixels = context?.getImageData(0, 0, image.width, image.height).data ?? [];
    let other = 0;
    for (let at = 0; at < pixels.length; at += 4) {
      const isOther = surface.some((value, part) => Math.abs((pixels[at + part] ?? 0) - value) > 2);
      other += Number(isOther);
    }
    return other / (pixels.length / 4);
  }, picture);
}

test("the headline has no hole however its figures break into lines", async ({ page, stage }) => {
  const runId = await finished(stage.api, backtest("sma_cross", { fast: 10, slow: 50 }));
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const headline = page.locator("[data-panel=headline]");
  await expect(headline).toBeVisible();
  let seen = 0;
  // 640 is what a usual screen has at twice the size.
  for (const width of [390, 560, 600, 640, 680, 720, 760, 800, 840, 880, 920, 960, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    const [frame, last] = [
      await headline.boundingBox(),
      await headline.locator("> div").last().boundingBox(),
    ];
    if (!frame || !last) {
      throw new Error("no headline");
    }
    const free = frame.x + frame.width - (last.x + last.width);
    if (free > 20) {
      // Where a figure would be if there were one more, without the lines round it.
      const clip = { x: last.x + last.width + 4, y: last.y + 4, width: free - 16, height: 20 };
      expect(await unlikePanels(page, clip), `at ${width}`).toBeLessThan(0.01);
      seen += 1;
    }
  }
  expect(seen, "widths at which a line is not full").toBeGreaterThan(2);
});

test("Run again runs the same once more, and Edit and run starts nothing", async ({
  page,
  ownStage: { api, server },
}) => {
  for (const submission of [
    backtest("sma_cross", { fast: 12, slow: 48 }),
    search("sma_cross", [
      ["fast", 3, 6],
      ["slow", 20, 24],
    ]),
  ]) {
    const runId = await finished(api, submission);
    const count = async () => Number((await api.runs.listRuns({})).totalSize);
    const before = await count();
    await page.goto(`${server.baseUrl}/runs/${runId}`);
    await page.getByRole("link", { name: "Edit and run" }).click();
    await expect(page).toHaveURL(new RegExp(`/new\\?from=${runId}$`));
    expect(await count()).toBe(before);
    await page.goBack();

    await page.getByRole("button", { name: "Run again" }).click();
    await expect(page).toHaveURL(/\/runs\/[0-9a-f-]{36}$/);
    await expect(page).not.toHaveURL(new RegExp(runId));
    const again = page.url().split("/").at(-1) ?? "";
    expect(await count()).toBe(before + 1);
    const [first, second] = [await whenFinal(api, runId), await whenFinal(api, again)];
    expect(second.state).toBe(RunState.COMPLETED);
    // Computed anew, and to the bit what it was: neither joined nor taken over.
    expect(second.createTime).not.toEqual(first.createTime);
    const [one, two] = [first.result, second.result];
    if (one.case === "backtest" && two.case === "backtest") {
      expect(two.value.metrics).toEqual(one.value.metrics);
    } else if (one.case === "optimization" && two.case === "optimization") {
      expect(two.value.bestTrial?.metrics).toEqual(one.value.bestTrial?.metrics);
    } else {
      throw new Error(`${one.case} became ${two.case}`);
    }
    await expect(page.getByText("Reused a result.")).toHaveCount(0);
  }
});

test("the list tells the best trial of a search that was cancelled, as the API keeps it", async ({
  page,
  ownStage: { api, server },
}) => {
  const first = freshKeys(GATES);
  const runId = await submit(api, gatedSearch(first));
  await page.goto(`${server.baseUrl}/runs/${runId}`);
  await openFirstGate(page, server, first);
  await expect
    .poll(async () => Number((await api.runs.getStatus({ runId })).status?.progress?.completed))
    .toBeGreaterThanOrEqual(TRIALS_PER_GATE);
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(stateBadge(page)).toHaveAttribute("data-state", "CANCELLED");
  const { trials } = await api.results.listTrials({ runId, orderBy: "metrics.total_return desc" });
  const best = (await api.runs.listRuns({})).runs[0]?.status?.progress?.bestTrial;
  expect(best?.trialIndex).toBe(trials[0]?.trialIndex);
  await page.goto(server.baseUrl);
  await expect(page.locator(`[data-run="${runId}"]`)).toContainText(
    formatMetric(best?.objectiveValue, "fraction"),
  );
});
