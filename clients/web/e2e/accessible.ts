// What axe finds on a page, in each of the ways in which people look at it.

import type { Page } from "@playwright/test";
import axe, { type default as Axe } from "axe-core";
import { expect } from "./fixtures";

const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };
/** What another theme may break. */
const OF_COLOR = ["color-contrast", "link-in-text-block"];
/** What a small screen may break. */
const OF_PHONE = ["target-size", "scrollable-region-focusable", "link-name", "button-name"];

export async function seriousFaults(page: Page, rules?: string[]): Promise<string[]> {
  // It stays on a page: to read half a megabyte of it again for each theme takes longer than the look.
  if (!(await page.evaluate(() => "axe" in window))) {
    await page.evaluate(axe.source);
  }
  const violations = await page.evaluate(async (values) => {
    // Colours on their way from one theme to the next are nobody's.
    for (const animation of document.getAnimations()) {
      if (animation.effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY) {
        animation.finish();
      }
    }
    const { axe } = window as unknown as { axe: typeof Axe };
    // The rows of a table are alike: the first ones stand for all.
    const context = { exclude: ["tbody tr:nth-child(n + 4)"] };
    const only = values && { runOnly: { type: "rule" as const, values } };
    const found = await axe.run(context, { resultTypes: ["violations"], ...only });
    return found.violations.map(({ id, impact, nodes }) => ({
      impact,
      text: `${id}: ${nodes.map(({ html }) => html).join(" ")}`,
    }));
  }, rules);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ text }) => text);
}

/** In light, in dark, in the colours that the system forces, and on a phone, where nothing is too wide. */
export async function expectAccessible(page: Page, name: string): Promise<void> {
  expect(await seriousFaults(page), name).toEqual([]);
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await seriousFaults(page, OF_COLOR), `${name} in dark`).toEqual([]);
  await page.emulateMedia({ colorScheme: "light", forcedColors: "active" });
  expect(await seriousFaults(page, OF_COLOR), `${name} in forced colours`).toEqual([]);
  await page.emulateMedia({ forcedColors: "none" });
  await page.setViewportSize(PHONE);
  const width = () => page.evaluate(() => document.documentElement.scrollWidth);
  await expect.poll(width, name).toBeLessThanOrEqual(PHONE.width);
  expect(await seriousFaults(page, OF_PHONE), `${name} on a phone`).toEqual([]);
  await page.setViewportSize(DESKTOP);
}
