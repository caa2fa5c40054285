// What is only there for some runs, or once something is chosen, is as accessible and readable as the
// rest: a portfolio's report, the orders of a trade, a window of a walk-forward, the way in.

import type { Page } from "@playwright/test";
import { startServer } from "../test/server";
import { expectAccessible } from "./accessible";
import { finished, search } from "./arrange";
import { expect, test } from "./fixtures";
import { portfolio } from "./portfolioRun";
import { unreadable } from "./textLooks";

const WIDTHS = [390, 1_440, 2_560];

/** In all themes, and where it is looked at by widths. */
async function expectGoodLooks(page: Page, name: string): Promise<void> {
  await expectAccessible(page, name);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 1_000 });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(drawn)));
      expect(await unreadable(page), `${name}, ${width} wide, ${colorScheme}`).toEqual([]);
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1_280, height: 900 });
}

test.beforeEach(async ({ page }) => {
  test.slow();
  await page.emulateMedia({ reducedMotion: "reduce" });
});

test("a portfolio's report, with the orders of one of its trades", async ({
  page,
  ownStage: stage,
}) => {
  const runId = await portfolio(stage);
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const weights = page.getByRole("img", { name: /Share of each instrument/ });
  await expect(weights).toHaveAttribute("data-points", /[1-9]/);
  await expect(page.locator("[data-instrument]").first()).toBeVisible();
  await page
    .getByRole("table", { name: "Trades", exact: true })
    .locator("tbody tr button")
    .first()
    .click();
  await expect(page.locator("[data-fill]").first()).toBeVisible();
  await expect(page.locator("[data-chart=candles]")).toHaveAttribute("data-focus", /\d/);
  await expectGoodLooks(page, "portfolio");
});

test("a walk-forward with one of its windows opened", async ({ page, stage }) => {
  const { spec } = search("sma_cross", [
    ["fast", 5, 9],
    ["slow", 30, 31],
  ]);
  const value = { search: spec?.case === "optimization" ? spec.value : {} };
  const runId = await finished(stage.api, { spec: { case: "walkForward", value } });
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  await page.locator("[data-window='1']").getByRole("button").click();
  await expect(page.locator("[data-row]").first()).toBeVisible();
  await expectGoodLooks(page, "walk-forward");
});

test("the way in of a server that asks who calls, and what its admin sees", async ({ page }) => {
  const server = await startServer(["--access", "on"]);
  const token = await server.firstToken();
  await page.goto(`${server.baseUrl}/system`);
  await expect(page.getByLabel("Token")).toBeVisible();
  await expectGoodLooks(page, "way in");
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Signed in" })).toBeVisible();
  await expectGoodLooks(page, "system of an admin");
  await page.close();
  await server.stop();
});
