// What axe finds on a page, in each of the ways in which people look at it.

import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect } from "./fixtures";

const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };
/** What another theme may break. */
const OF_COLOR = ["color-contrast", "link-in-text-block"];
/** What a small screen may break. */
const OF_PHONE = ["target-size", "scrollable-region-focusable", "link-name", "button-name"];

export async function seriousFaults(page: Page, rules?: string[]): Promise<string[]> {
  // The rows of a table are alike: the first ones stand for all. No page has frames, which alone
  // need more than the legacy mode, and that takes half of the time.
  const axe = new AxeBuilder({ page }).exclude("tbody tr:nth-child(n + 4)").setLegacyMode();
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
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
