// What a page tells, read from it: figures of panels, cells of tables.

import type { Locator, Page } from "@playwright/test";
import { formatCount, formatDecimal } from "../src/format/number";
import { expect, type Stage } from "./fixtures";

/** The figures of a panel by their names. */
export async function figures(page: Page, panel: string): Promise<Record<string, string>> {
  const rows = page.locator(`[data-panel=${panel}] [data-figure]`);
  await expect(rows.first()).toBeVisible();
  return Object.fromEntries(
    await rows.evaluateAll((found) =>
      found.map((row) => [
        row.getAttribute("data-figure") ?? "",
        row.querySelector("dd")?.textContent ?? "",
      ]),
    ),
  );
}

/** The cells of each row. */
export function cells(rows: Locator): Promise<string[][]> {
  return rows.evaluateAll((found) =>
    found.map((row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent)),
  );
}

/** What the words below a histogram say: how many of its values are told of, and where its line is. */
export async function expectHistogram(
  page: Page,
  title: string,
  values: readonly number[],
  mark: number,
  isTold: (value: number) => boolean,
): Promise<void> {
  const panel = page.locator("section", { has: page.getByRole("heading", { name: title }) }).last();
  expect(values.length, title).toBeGreaterThan(0);
  const share = (100 * values.filter(isTold).length) / values.length;
  const words = panel.locator("figcaption");
  await expect(words).toContainText(
    `${formatDecimal(share, 1)} % of ${formatCount(values.length)} `,
  );
  await expect(words).toContainText(`The line is at ${formatDecimal(mark, 2)}.`);
}

/** The distributions of a run by their names. */
export async function lists(
  { api }: Stage,
  runId: string,
): Promise<Map<string, readonly number[]>> {
  const { columns } = await api.results.getDistributions({ runId });
  return new Map(
    columns.map(({ name, values }) => [name, values.case === "doubles" ? values.value.values : []]),
  );
}
