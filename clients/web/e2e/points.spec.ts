// Trials as points and as lines: the front, a range, the list and the finer search that it leads to.

import { finished, search } from "./arrange";
import { expect, test } from "./fixtures";

test("the scatter shows each trial and who is on the front, as the API has them", async ({
  page,
  stage,
}) => {
  const runId = await finished(
    stage.api,
    search(
      "sma_cross",
      [
        ["fast", 2, 13],
        ["slow", 8, 25],
      ],
      undefined,
      [{ metric: "trade_count", maxValue: 700 }],
    ),
  );
  const { trials } = await stage.api.results.listTrials({ runId, pageSize: 1_000 });
  const known = trials.filter(({ metrics }) => "max_drawdown" in metrics);
  await page.goto(`${stage.server.baseUrl}/runs/${runId}?tab=points`);
  const scatter = page.locator("[data-chart=scatter]");
  await expect(scatter).toHaveAttribute("data-points", String(known.length));
  // Completed ones of which none is at least as good in both and better in one.
  const feasible = (
    await stage.api.results.listTrials({ runId, filter: "state = COMPLETED", pageSize: 1_000 })
  ).trials;
  const points = feasible.map(({ trialIndex, metrics }) => ({
    trial: Number(trialIndex),
    down: metrics["max_drawdown"] ?? Number.NaN,
    gain: metrics["total_return"] ?? Number.NaN,
  }));
  expect([points.length > 0, points.length < trials.length]).toEqual([true, true]);
  const free = points.filter(
    (one) =>
      !points.some(
        (other) =>
          other.down <= one.down &&
          other.gain >= one.gain &&
          (other.down < one.down || other.gain > one.gain),
      ),
  );
  const told = (await page.locator("[data-front]").getAttribute("data-front")) ?? "";
  expect(
    told
      .split(" ")
      .map(Number)
      .sort((a, b) => a - b),
  ).toEqual(free.map(({ trial }) => trial).sort((a, b) => a - b));

  // By its keys: from point to point, and into the trial.
  await scatter.focus();
  await page.keyboard.press("ArrowRight");
  const least = points.concat().sort((a, b) => a.down - b.down)[0];
  expect(least).toBeDefined();
  await expect(scatter.locator("output")).toContainText(/Trial [\d,]+ .*Max drawdown/);

  // A range of an axis: so many trials as the server finds, there and in the list.
  const parallel = page.locator("[data-chart=parallel]");
  const axes = ((await parallel.getAttribute("data-axes")) ?? "").split(" ");
  expect(axes[0]).toBe("params.fast");
  await parallel.scrollIntoViewIfNeeded();
  const box = await parallel.boundingBox();
  const [left, top] = [(box?.x ?? 0) + 56, box?.y ?? 0];
  await page.mouse.move(left, top + 30);
  await page.mouse.down();
  await page.mouse.move(left, top + 140, { steps: 4 });
  await page.mouse.up();
  await page.getByRole("link", { name: "List them" }).click();
  await expect(page).toHaveURL(/tab=trials/);
  const filter = new URL(page.url()).searchParams.get("filter") ?? "";
  const { totalSize } = await stage.api.results.listTrials({ runId, filter, pageSize: 1 });
  expect(totalSize).toBeGreaterThan(0n);
  expect(totalSize).toBeLessThan(BigInt(trials.length));
  await page.goBack();
  await expect(page).toHaveURL(/tab=points/);
});

test("a region that was chosen is searched finer, within its steps", async ({ page, stage }) => {
  const runId = await finished(
    stage.api,
    search("sma_cross", [
      ["fast", 2, 9],
      ["slow", 10, 29],
    ]),
  );
  await page.goto(`${stage.server.baseUrl}/runs/${runId}?tab=points`);
  const parallel = page.locator("[data-chart=parallel]");
  await parallel.scrollIntoViewIfNeeded();
  const box = await parallel.boundingBox();
  // The second axis, from its top down to the middle: 252 px stand for 10 to 29.
  const axes = ((await parallel.getAttribute("data-axes")) ?? "").split(" ");
  const x = (box?.x ?? 0) + 56 + ((box?.width ?? 0) - 112) / (axes.length - 1);
  await page.mouse.move(x, (box?.y ?? 0) + 20);
  await page.mouse.down();
  await page.mouse.move(x, (box?.y ?? 0) + 26 + 126, { steps: 4 });
  await page.mouse.up();
  const told = page.locator("[data-within]");
  await expect(told).toHaveAttribute("data-within", String(8 * 10));
  await page.getByRole("link", { name: "Search this region finer" }).click();
  await expect(page.getByLabel("Slow length From")).toHaveValue("20");
  await expect(page.getByLabel("Slow length to", { exact: true })).toHaveValue("29");
  await expect(page.locator("[data-total='80']")).toContainText("trials");
});
