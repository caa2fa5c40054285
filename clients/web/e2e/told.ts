// What a page tells, read from it: figures of panels, cells of tables.

import type { Locator, Page } from "@playwright/test";
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
