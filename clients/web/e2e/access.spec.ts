// For everyone: every page in light, dark and forced colours, on a phone, and without a mouse.

import { readFile } from "node:fs/promises";
import { RunSchema } from "../src/gen/tradeforge/v1/types_pb";
import { expectAccessible, seriousFaults } from "./accessible";
import { backtest, finished, heatMap, stateBadge } from "./arrange";
import { expect, test } from "./fixtures";
import { places } from "./places";

/** In turns, since each of them is looked at four times. */
const TURNS = 3;

for (let turn = 0; turn < TURNS; turn += 1) {
  test(`no page has a serious fault of accessibility in any theme, or is too wide for a phone: ${turn + 1} of ${TURNS}`, async ({
    page,
    stage,
  }) => {
    test.slow();
    await page.emulateMedia({ reducedMotion: "reduce" });
    const all = await places(stage);
    for (const { name, path, isReady } of all.filter((_, at) => at % TURNS === turn)) {
      await page.goto(`${stage.server.baseUrl}${path}`);
      await isReady(page);
      await expectAccessible(page, name);
    }
  });
}

test("each route, each sort of run and each view of a sweep is among the pages that are looked at", async ({
  stage,
}) => {
  const paths = (await places(stage)).map(({ path }) => path);
  const source = (name: string) => readFile(new URL(`../src/${name}`, import.meta.url), "utf8");
  const all = (text: string, pattern: RegExp) =>
    [...text.matchAll(pattern)].map(([, found = ""]) => found);
  const routes = all(await source("app/App.tsx"), /<Route path="([^"]+)"/g);
  expect(routes.length).toBeGreaterThan(5);
  for (const route of routes) {
    const pattern = new RegExp(`^${route.replace(/:\w+/g, "[^/?]+")}(\\?.*)?$`);
    expect(
      paths.some((path) => pattern.test(path)),
      `a page of ${route}`,
    ).toBe(true);
  }
  const tabs = all(await source("reports/SweepReport.tsx"), /\{ key: "(\w+)"/g);
  expect(tabs.length).toBeGreaterThan(3);
  for (const tab of tabs.filter((it) => it !== "map")) {
    expect(
      paths.some((path) => path.endsWith(`?tab=${tab}`)),
      `the view ${tab}`,
    ).toBe(true);
  }
  const runs = paths.flatMap((path) => /^\/runs\/([^/?]+)$/.exec(path)?.[1] ?? []);
  const kinds = await Promise.all(
    runs.map(async (runId) => (await stage.api.runs.getRun({ runId })).run?.spec.case),
  );
  const known = RunSchema.oneofs.find(({ localName }) => localName === "spec")?.fields ?? [];
  expect(known.length).toBeGreaterThan(4);
  for (const { localName } of known) {
    expect(kinds, `a run that is a ${localName}`).toContain(localName);
  }
});

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
  await page.goto(`${stage.server.baseUrl}/data`);
  await page
    .getByRole("button", { name: /^Look at/ })
    .first()
    .click();
  await looks("SYN:DEMO@1h");
  await page.keyboard.press("?");
  await looks("Keyboard");
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
