// Each panel that a page can show is held to the API by a test that is named here: one that is new
// needs its test, and a test that went is missed.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import { backtest, finished } from "./arrange";
import { expect, type Stage, test } from "./fixtures";
import { places } from "./places";
import { portfolio } from "./portfolioRun";

type Held = readonly [panel: RegExp, file: string, test: string];

/** By the titles of panels; those of findings are their own sentences. */
const HELD: readonly Held[] = [
  [/^Equity$/, "truth", "ten reports by chance say what the API says"],
  [/^Equity$/, "cuts", "the drawdowns that are shaded are the deepest"],
  [/@(\d+[mhdw])$/, "truth", "ten reports by chance say what the API says"],
  [/^Returns by month$/, "truth", "ten reports by chance say what the API says"],
  [/^Returns by month$/, "figures", "weekdays and hours come to what the equity curve"],
  [/^Rolling figures$/, "cuts", "rolling figures end where the API's report"],
  [/^Metrics$/, "truth", "ten reports by chance say what the API says"],
  [/^Metrics$/, "panels", "what was paid stands there by kind"],
  [/^Metrics$/, "figures", "compared runs have the API's metrics"],
  [/^Days and their tails$/, "figures", "figures of days, tails and trades"],
  [/^Trade analysis$/, "trades", "the analysis of trades is that of the metrics"],
  [/^Trades$/, "audit", "every cell of the trades is the API's"],
  [/^Orders of trade \d+$/, "orders", "the orders of a trade are the API's"],
  [/^Instruments$/, "portfolio", "what each instrument did stands there"],
  [/^Weights$/, "panels", "weights over time are the API's"],
  [/^Heat map$/, "truth", "three searches say what the API says"],
  [/^Heat map$/, "cuts", "the cuts through a chosen cell are the API's trials"],
  [/^Heat map$/, "cuts", "contours part the map"],
  [/^Along /, "truth", "three searches say what the API says"],
  [/^What matters$/, "figures", "how much an axis explains"],
  [/^Any two against each other$/, "points", "the scatter shows each trial"],
  [/^All parameters side by side$/, "points", "the scatter shows each trial"],
  [/^Trials$/, "searches", "ten thousand trials are sorted and filtered by the server"],
  [/ failed(, for \d+ reasons)?$/, "searches", "failed trials are counted, grouped, and found"],
  [/^How much of it is luck$/, "validation", "a sweep is judged from its page"],
  [/^Would it have been found in time$/, "begun", "a walk-forward is begun from its sweep"],
  [/^What it owes to its details$/, "robustness", "by chance says what the API says"],
  [/^What 1 could have become/, "robustness", "by chance says what the API says"],
  [
    /^(At other costs|With parameters near its own|Started later|Hearing of bars late)$/,
    "robustness",
    "by chance says what the API says",
  ],
  [/^What 1 became/, "walkForward", "by chance says what the API says"],
  [/^How it walks$/, "walkForward", "by chance says what the API says"],
  [/^Window by window$/, "walkForward", "by chance says what the API says"],
  [/^Window \d+, all its figures$/, "walkForward", "by chance says what the API says"],
  [/^The deepest fall of each path|^Its return /, "robustness", "by chance says what the API says"],
  [
    /^The best (by luck|over the bars)|^Where the best/,
    "validation",
    "by chance says what the API",
  ],
  [/^Equity from one start$/, "reading", "where each line ends"],
  [/^What differs$/, "reading", "of compared runs is told what differs"],
  [/^What is stored$/, "seriesPage", "the page of a series has the catalog's figures"],
  [/^Bars$/, "seriesPage", "the page of a series has the catalog's figures"],
  [/^The first and the last of them$/, "seriesPage", "the page of a series has the catalog's"],
  [/^(Version|Limits)$/, "figures", "strategies, series and the system are listed"],
  [/^Webhooks$/, "hooks", "a webhook is made with its key"],
];

/** What stands on pages of forms: what is typed there, and no figure. */
const FORMS = /^(Strategy|Parameters|Sweep|Backtest|Bars|Account and costs)$/;

/** The titles of the panels of a page. */
async function titles(page: Page): Promise<string[]> {
  const found = await page.locator("main section > header h2").allInnerTexts();
  return found.map((title) => title.trim());
}

/** The sentence of what was found out, which is the title of its panel. */
async function sentences({ api }: Stage): Promise<ReadonlySet<string>> {
  const { runs } = await api.runs.listRuns({ pageSize: 1_000 });
  return new Set(
    runs.flatMap(({ status }) => {
      const value = status?.result.value;
      return value && "sentence" in value ? [value.sentence] : [];
    }),
  );
}

test("every panel of every page is held to the API by a test, and a thing has one word on all", async ({
  page,
  stage,
  ownStage,
}) => {
  test.slow();
  const seen = new Map<string, string>();
  const words: string[] = [];
  const look = async (name: string) => {
    for (const title of await titles(page)) {
      seen.set(title, name);
    }
  };
  for (const { name, path, isReady } of await places(stage)) {
    await page.goto(`${stage.server.baseUrl}${path}`);
    await isReady(page);
    // What comes after what is waited for: below a report, and beside a map.
    await expect(page.locator("[role=status][aria-label]")).toHaveCount(0);
    // No sweep is an optimization there, and no run pending.
    const text = await page.locator("body").innerText();
    for (const [word] of text.matchAll(/optimi[sz]ation\w*|\bpending\b|up \/ across|makes? up/gi)) {
      words.push(`${name}: ${word}`);
    }
    const isForm = path.startsWith("/new");
    const panels = await titles(page);
    for (const title of panels.filter((it) => !isForm || !FORMS.test(it))) {
      seen.set(title, name);
    }
  }
  const runId = await portfolio(ownStage);
  await page.goto(`${ownStage.server.baseUrl}/runs/${runId}`);
  const trade = page.getByRole("table", { name: "Trades", exact: true }).getByRole("button");
  await trade.filter({ hasText: /^1$/ }).click();
  await expect(page.getByRole("heading", { name: /^Orders of trade/ })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Weights" })).toBeVisible();
  await look("portfolio");
  const line = await finished(stage.api, backtest("buy_and_hold", {}));
  await page.goto(`${stage.server.baseUrl}/runs/${line}`);
  await expect(page.getByRole("heading", { name: "Rolling figures" })).toBeVisible();
  await look("held");

  expect(words, "words that are another one elsewhere").toEqual([]);
  const found = await sentences(stage);
  const strategies = (await stage.api.strategies.listStrategies({})).strategies;
  const catalog = new Set(strategies.map(({ displayName, name }) => `${displayName} ${name}`));
  const bare = [...seen].filter(
    ([title]) =>
      !HELD.some(([panel]) => panel.test(title)) && !found.has(title) && !catalog.has(title),
  );
  expect(bare, "panels that no test holds to the API").toEqual([]);
  expect(seen.size, "panels that were seen").toBeGreaterThan(30);
});

test("each test that holds a panel is there", () => {
  const gone = HELD.filter(([, file, name]) => {
    const path = fileURLToPath(new URL(`${file}.spec.ts`, import.meta.url));
    return !readFileSync(path, "utf8").includes(name);
  });
  expect(gone).toEqual([]);
});
