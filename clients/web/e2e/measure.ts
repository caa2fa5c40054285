// How fluid the heat map is and how soon a long curve opens: `npm run measure`, on a quiet machine.

import type { Page } from "@playwright/test";
import { RunState } from "../src/gen/tradeforge/v1/types_pb";
import {
  backtest,
  finished,
  freshKeys,
  gatedSearch,
  heatMap,
  search,
  stateBadge,
  submit,
} from "./arrange";
import { expect, test } from "./fixtures";

const TINY = { exchange: "SYN", symbol: "TINY", timeframe: "1h" };
const LONG = { exchange: "SYN", symbol: "LONG", timeframe: "1m" };

declare global {
  interface Window {
    frames_: number[];
  }
}

/** Notes the time of every frame from now on. */
function noteFrames(page: Page): Promise<void> {
  return page.evaluate(() => {
    window.frames_ = [];
    const note = (time: number) => {
      window.frames_.push(time);
      requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
  });
}

/** Seconds of processor time that the page's main thread has used. */
async function mainThread(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN;
  };
}

test("frames while ten thousand trials land", async ({ page, ownStage }) => {
  const { api, server } = ownStage;
  const source = { case: "synthetic", value: { barCount: 1_000n, seed: 7n } } as const;
  await api.marketData.importBars({ series: TINY, source });
  // Searches that wait have all the places, so that the page is there before the first trial.
  const holding = await Promise.all(
    Array.from({ length: 8 }, () => submit(api, gatedSearch(freshKeys(5)))),
  );
  const ranges = [
    ["fast", 1, 100],
    ["slow", 101, 200],
  ] as const;
  const runId = await submit(api, search("sma_cross", ranges, TINY));
  await page.goto(`${server.baseUrl}/runs/${runId}`);
  await expect(heatMap(page)).toHaveAttribute("data-filled", "0");
  await expect(stateBadge(page)).toHaveAttribute("data-state", "PENDING");
  const used = await mainThread(page);
  const before = await used();
  await noteFrames(page);
  await Promise.all(holding.map((held) => api.runs.cancel({ runId: held })));
  await expect(heatMap(page)).toHaveAttribute("data-filled", "10000");
  const busy = (await used()) - before;
  const times = await page.evaluate(() => window.frames_);
  const { run } = await api.runs.getRun({ runId });
  expect(run?.status?.state).toBe(RunState.COMPLETED);
  const gaps = times.slice(1).map((time, at) => time - (times[at] ?? time));
  const sorted = gaps.toSorted((a, b) => a - b);
  const share = (part: number) => sorted[Math.floor(part * (sorted.length - 1))]?.toFixed(1);
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
  const late = gaps.filter((gap) => gap > 17.5).length;
  const elapsed = run?.status?.progress?.elapsed;
  console.log(
    `10,000 trials in ${Number(elapsed?.seconds) + (elapsed?.nanos ?? 0) / 1e9} s; ` +
      `${(gaps.length / seconds).toFixed(1)} frames a second; a frame after ${share(0.5)} ms ` +
      `(median), ${share(0.95)} (95 %), ${share(1)} (longest); ${late} of ${gaps.length} late; ` +
      `${busy.toFixed(2)} s of the main thread in ${seconds.toFixed(1)} s`,
  );
});

test("an equity curve of a million bars", async ({ page, ownStage }) => {
  const { api, server } = ownStage;
  const source = { case: "synthetic", value: { barCount: 1_000_000n, seed: 7n } } as const;
  await api.marketData.importBars({ series: LONG, source });
  const runId = await finished(api, backtest("sma_cross", { fast: 50, slow: 200 }, LONG));
  // The files of the page are in the browser's cache, as on every visit but the first.
  await page.goto(`${server.baseUrl}/system`);
  for (const visit of ["first", "second"]) {
    const asked = performance.now();
    await page.goto(`${server.baseUrl}/runs/${runId}`);
    await expect(page.locator("[data-chart=lines] canvas").first()).toBeVisible();
    console.log(`equity on the ${visit} visit after ${(performance.now() - asked).toFixed(0)} ms`);
  }
  await expect(page.locator("[data-chart=lines]")).toHaveAttribute("data-points", /\d{4}/);
});
