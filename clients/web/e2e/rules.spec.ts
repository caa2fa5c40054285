// A strategy as text: a mistake is underlined where it is, mended, tried, and swept.

import type { Page } from "@playwright/test";
import { formatMetric } from "../src/format/value";
import { heatMap, stateBadge, whenFinal } from "./arrange";
import { expect, test } from "./fixtures";

const LINES = [
  'strategy "Two averages"',
  "param fast = 10 from 2 to 11 in bars",
  "param slow = 15 from 6 to 15 in bars",
  "require fast < slow",
  "enter long when crosses_above(smaa(close, fast), sma(close, slow))",
  "exit long when crosses_below(sma(close, fast), sma(close, slow))",
];
/** Of 10 × 10 pairs those of which fast is the lesser. */
const SWEPT = 79;

function editor(page: Page) {
  return page.getByRole("textbox", { name: "Text of the strategy" });
}

async function write(page: Page, text: string): Promise<void> {
  await editor(page).click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText(text);
}

test("an own idea is written, its mistake underlined and mended, tried, and swept", async ({
  page,
  stage,
}) => {
  await page.goto(`${stage.server.baseUrl}/new`);
  await page.getByRole("button", { name: "Own text" }).click();
  await write(page, LINES.join("\n"));

  // Underlined are the letters that are wrong, and no others.
  const underlined = page.locator(".cm-lintRange-error");
  await expect(underlined).toHaveText("smaa");
  const faults = page.getByRole("list", { name: "Mistakes of the text" });
  await expect(faults).toContainText("5:31");
  await expect(faults).toContainText("there is no function smaa (did you mean sma?)");
  await expect(page.getByRole("button", { name: "Try it" })).toBeDisabled();
  await page.getByRole("button", { name: "Start the backtest" }).click();
  await expect(editor(page)).toBeFocused();
  expect(page.url()).toContain("/new");

  await faults.getByRole("button", { name: "Write sma" }).click();
  await expect(underlined).toHaveCount(0);
  await expect(page.getByText("No mistakes: Two averages, 2 parameters")).toBeVisible();
  await expect(editor(page)).toContainText("crosses_above(sma(close, fast)");

  // What it comes to at once, without leaving the page: the figures of the API.
  await page.getByRole("button", { name: "Try it" }).click();
  const tried = page.locator("[data-tried]");
  const triedId = (await tried.getAttribute("data-tried")) ?? "";
  const { result } = await whenFinal(stage.api, triedId);
  const metrics = result.case === "backtest" ? result.value.metrics : {};
  expect(metrics["trade_count"]).toBeGreaterThan(0);
  for (const [name, unit] of [
    ["total_return", "fraction"],
    ["trade_count", "count"],
  ] as const) {
    const shown = tried.locator(`[data-metric=${name}] dd`);
    await expect(shown).toHaveText(formatMetric(metrics[name], unit));
  }

  // A parameter of the text is a field of the form, and follows the text.
  const fast = page.getByRole("textbox", { name: "fast", exact: true });
  await expect(fast).toHaveValue("10");
  await write(page, LINES.join("\n").replace("smaa", "sma").replace("fast = 10", "fast = 9"));
  await expect(fast).toHaveValue("9");

  await page.getByRole("button", { name: "Sweep all" }).click();
  await expect(page.locator(`[data-total='${SWEPT}']`)).toContainText("trials");
  await page.getByRole("button", { name: "Start the sweep" }).click();
  await expect(page).toHaveURL(/\/runs\//);
  const runId = page.url().split("/").at(-1) ?? "";
  const best = (await whenFinal(stage.api, runId)).progress?.bestTrial;
  await expect(stateBadge(page)).toHaveAttribute("data-state", "COMPLETED");
  await expect(heatMap(page)).toHaveAttribute("data-filled", String(SWEPT));
  expect(best?.objectiveValue).toBeDefined();
  await expect(page.getByRole("main")).toContainText(formatMetric(best?.objectiveValue, "ratio"));

  // Back is the form as it was left; the run's own form has its text; to run it again is no fault.
  await page.goBack();
  await expect(editor(page)).toContainText("fast = 9");
  await expect(page.getByLabel("fast From")).toHaveValue("2");
  await page.goto(`${stage.server.baseUrl}/new?from=${runId}`);
  await expect(editor(page)).toContainText("fast = 9");
  await expect(page.locator(`[data-total='${SWEPT}']`)).toContainText("trials");
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  await page.getByRole("button", { name: "Run again" }).click();
  await expect(page).not.toHaveURL(new RegExp(runId));
  await expect(heatMap(page)).toHaveAttribute("data-filled", String(SWEPT));
});

test("what is typed is completed, and what a word means is told", async ({ page, stage }) => {
  await page.goto(`${stage.server.baseUrl}/new?text`);
  await write(page, "enter long when close > ");
  await page.keyboard.type("sm");
  const offered = page.getByRole("listbox").getByRole("option", { name: /^sma\b/ });
  await expect(offered).toBeVisible();
  await offered.click();
  await expect(editor(page)).toContainText("close > sma");
  await page.keyboard.type("(close, 50)");
  await expect(page.getByText("No mistakes")).toBeVisible();
  await page.getByText("sma", { exact: true }).hover();
  await expect(page.locator(".cm-meaning")).toContainText("sma(");
  // Letters are letters here, and no shortcuts of the page.
  await page.keyboard.type(" # jkcn?");
  await expect(page.getByText("No mistakes")).toBeVisible();
  expect(page.url()).toContain("/new?text");
});
