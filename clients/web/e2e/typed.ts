// A word that is typed among five thousand runs: what is found is right, and how long it took is
// printed. From the key's own event to the frame in which the list stands there.

import type { Page } from "@playwright/test";
import type { Api } from "../src/api";
import { backtest, DEMO_SERIES } from "./arrange";
import { expect, test } from "./fixtures";

const RUNS = 5_000;
const AT_ONCE = 50;
/** The words of names; each run has one of each list. */
const FIRST = ["Evening", "Morning", "Midday", "Weekend", "Opening"];
const SECOND = ["trend", "reversal", "breakout", "carry", "drift", "spread", "squeeze"];

function nameOf(at: number): string {
  return `${FIRST[at % FIRST.length]} ${SECOND[at % SECOND.length]} ${at}`;
}

async function fill(api: Api): Promise<void> {
  const tiny = { ...DEMO_SERIES, symbol: "TINY" };
  const source = { case: "synthetic", value: { barCount: 20n, seed: 1n } } as const;
  await api.marketData.importBars({ series: tiny, source });
  for (let first = 0; first < RUNS; first += AT_ONCE) {
    await Promise.all(
      Array.from({ length: AT_ONCE }, (_, at) =>
        api.runs.submit({
          ...backtest("buy_and_hold", {}, tiny),
          displayName: nameOf(first + at),
          labels: { desk: (first + at) % 2 === 0 ? "rates" : "equities" },
        }),
      ),
    );
  }
  for (;;) {
    const { totalSize } = await api.runs.listRuns({ filter: "state = COMPLETED", pageSize: 1 });
    if (totalSize === BigInt(RUNS)) {
      return;
    }
    const { runs } = await api.runs.listRuns({ filter: "state != COMPLETED", pageSize: 1 });
    const [left] = runs;
    if (left) {
      await api.runs.getStatus({ runId: left.runId, wait: { seconds: 10n } });
    }
  }
}

/** Milliseconds from the last key to the frame after which as many as are wanted are said to be found. */
function noteTyping(page: Page, said: string): Promise<number> {
  return page.evaluate(
    (wanted) =>
      new Promise<number>((settle) => {
        let typed = Number.POSITIVE_INFINITY;
        document.querySelector("[data-filter]")?.addEventListener("input", ({ timeStamp }) => {
          typed = timeStamp;
        });
        const look = () => {
          if (document.querySelector("main header")?.textContent?.includes(wanted)) {
            requestAnimationFrame((frame) => settle(frame - typed));
            return true;
          }
          return false;
        };
        const changes = new MutationObserver(() => look() && changes.disconnect());
        changes.observe(document.body, { childList: true, subtree: true, characterData: true });
      }),
    said,
  );
}

test("a word typed among five thousand runs finds those that it names, at once", async ({
  page,
  ownStage,
}) => {
  test.setTimeout(300_000);
  const { api, server } = ownStage;
  const begun = Date.now();
  await fill(api);
  console.log(`${RUNS} runs after ${Date.now() - begun} ms`);
  await page.goto(server.baseUrl);
  await expect(page.getByText("5,000 in all")).toBeVisible();
  const box = page.getByRole("searchbox", { name: "Search runs" });
  const all = Array.from({ length: RUNS }, (_, at) => nameOf(at));
  // Letters that no id has, which is searched, too.
  for (const word of ["evening", "breakout", "squeeze", "eekend carry", "rates"]) {
    const parts = word.toLowerCase().split(" ");
    const isFound = (name: string, at: number) => {
      const text = `${name} ${at % 2 === 0 ? "rates" : "equities"}`.toLowerCase();
      return parts.every((part) => text.includes(part));
    };
    const found = all.filter(isFound);
    const told = noteTyping(page, `${found.length.toLocaleString("en-US")} found`);
    await box.pressSequentially(word);
    const millis = await told;
    const rows = page.locator("[data-run]");
    await expect(rows).toHaveCount(Math.min(50, found.length));
    for (const text of await rows.allInnerTexts()) {
      expect(parts.every((part) => text.toLowerCase().includes(part)) || word === "rates").toBe(
        true,
      );
    }
    const asked = await page.evaluate(() =>
      performance
        .getEntriesByType("resource")
        .filter(({ name }) => name.endsWith("/ListRuns"))
        .at(-1)
        ?.duration.toFixed(0),
    );
    console.log(
      `"${word}": ${millis.toFixed(0)} ms to the picture, ${asked} ms of them the server`,
    );
    await box.fill("");
    await expect(page.getByText("5,000 in all")).toBeVisible();
  }
});
