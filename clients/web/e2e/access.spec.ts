// For everyone: every page in light and dark, on a phone, and without a mouse.

import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { backtest, finished, heatMap, stateBadge } from "./arrange";
import { expect, test } from "./fixtures";
import { places } from "./places";

const DESKTOP = { width: 1280, height: 900 };
/** What another theme may break. */
const OF_COLOR = ["color-contrast", "link-in-text-block"];
/** What a small screen may break. */
const OF_PHONE = ["target-size", "scrollable-region-focusable", "link-name", "button-name"];
const PHONE = { width: 390, height: 844 };

async function seriousFaults(page: Page, rules?: string[]): Promise<string[]> {
  // The rows of a table are alike: the first ones stand for all. No page has frames, which alone
  // need more than the legacy mode, and that takes half of the time.
  const axe = new AxeBuilder({ page }).exclude("tbody tr:nth-child(n + 4)").setLegacyMode();
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

/** In turns, since each of them is looked at three times. */
const TURNS = 3;

for (let turn = 0; turn < TURNS; turn += 1) {
  test(`no page has a serious fault of accessibility in light or dark, or is too wide for a phone: ${turn + 1} of ${TURNS}`, async ({
    page,
    stage,
  }) => {
    test.slow();
    await page.emulateMedia({ reducedMotion: "reduce" });
    const all = await places(stage);
    for (const { name, path, isReady } of all.filter((_, at) => at % TURNS === turn)) {
      await page.goto(`${stage.server.baseUrl}${path}`);
      await isReady(page);
      expect(await seriousFaults(page), name).toEqual([]);
      await page.emulateMedia({ colorScheme: "dark" });
      expect(await seriousFaults(page, OF_COLOR), `${name} in dark`).toEqual([]);
      await page.emulateMedia({ colorScheme: "light" });
      await page.setViewportSize(PHONE);
      const width = () => page.evaluate(() => document.documentElement.scrollWidth);
      await expect.poll(width, name).toBeLessThanOrEqual(PHONE.width);
      expect(await seriousFaults(page, OF_PHONE), `${name} on a phone`).toEqual([]);
      await page.setViewportSize(DESKTOP);
    }
  });
}

test("what opens over the list and over a run has no serious fault, in light and dark", async ({
  page,
  stage,
}) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const runId = await finished(stage.api, backtest("buy_and_hold", {}));
  const looks = async (name: string) => {
    const dialog = page.getByRole("dialog", { name });
    await expect(dialog).toBeVisible();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await seriousFaults(page), `${name} in ${colorScheme}`).toEqual([]);
    }
    await page.keyboard.press("Escape");
    await expect(dialog).toBeHidden();
  };
  await page.goto(stage.server.baseUrl);
  await page.getByRole("button", { name: "Columns" }).click();
  await looks("Columns");
  await page.getByRole("button", { name: "All found…" }).click();
  await looks("All runs found");
  await page.getByLabel("View").selectOption({ label: "Save or remove…" });
  await looks("Views");
  await page.locator("[data-run] input[type=checkbox]").first().check();
  await page.getByRole("button", { name: "Label" }).click();
  await looks("Label 1 run");
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await looks("What is said of this run");
});

test("a search is started and its best trial opened without a mouse", async ({ page, stage }) => {
  await finished(stage.api, backtest("buy_and_hold", {}));
  await page.goto(stage.server.baseUrl);
  await expect(page.getByRole("button", { name: "Completed" })).toBeVisible();
  await page.keyboard.press("n");
  const strategy = page.getByLabel("Strategy", { exact: true });
  await expect(strategy).toBeVisible();
  await strategy.focus();
  await page.keyboard.type("SMA");
  await page.getByRole("group", { name: "How Fast length is set" }).getByText("Range").focus();
  await page.keyboard.press("Enter");
  await page.getByLabel("Fast length From").focus();
  await page.keyboard.press("Enter");
  await expect(stateBadge(page)).toHaveAttribute("data-state", "COMPLETED");
  await expect(heatMap(page)).toHaveAttribute("data-filled", /^[1-9]/);
  await page.getByRole("application").focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/trials\/\d+$/);
});

test("rows are chosen and compared by keys", async ({ page, stage }) => {
  await finished(stage.api, backtest("buy_and_hold", {}));
  await finished(stage.api, backtest("sma_cross", { fast: 5, slow: 20 }));
  await page.goto(stage.server.baseUrl);
  await expect(page.locator("[data-run]").first()).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.keyboard.press("c");
  await expect(page.getByRole("heading", { name: "Compare 2 runs" })).toBeVisible();
  await expect(page.locator("[data-chart=lines]")).toBeVisible();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog", { name: "Keyboard" })).toBeHidden();
});
