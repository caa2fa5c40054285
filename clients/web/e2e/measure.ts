// How fluid the heat map is, how soon a long curve opens, and a long table is another one:
// `npm run measure`, with a binary built for release with the test strategies, on a quiet machine.
// The page's own clock and frames tell: what drives it looks only now and then.

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
  whenFinal,
} from "./arrange";
import { expect, test } from "./fixtures";

const GRID = [
  ["fast", 1, 100],
  ["slow", 101, 200],
] as const;
/** 485,100 cells. */
const WIDE = [
  ["fast", 1, 700],
  ["slow", 1, 693],
] as const;
const LONG = { exchange: "SYN", symbol: "LONG", timeframe: "1m" };

declare global {
  interface Window {
    frames_: number[];
    drawn_: number | undefined;
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

/** Bars of an hour, so many that ten thousand trials over them take as long as is wanted. */
function market(symbol: string, barCount: bigint) {
  const series = { exchange: "SYN", symbol, timeframe: "1h" };
  const source = { case: "synthetic", value: { barCount, seed: 7n } } as const;
  return { series, source };
}

for (const [what, bars, ranges] of [
  ["ten thousand trials land as fast as they come", 1_000n, GRID],
  ["ten thousand trials land in a second or two", 100_000n, GRID],
  ["half a million trials land", 300n, WIDE],
] as const) {
  test(`frames while ${what}`, async ({ page, ownStage }) => {
    test.setTimeout(600_000);
    const { api, server } = ownStage;
    const count = ranges.reduce((product, [, min, max]) => product * (max - min + 1), 1);
    const tiny = market("TINY", bars);
    await api.marketData.importBars(tiny);
    // Searches that wait have all the places, so that the page is there before the first trial.
    const holding = await Promise.all(
      Array.from({ length: 8 }, () => submit(api, gatedSearch(freshKeys(5)))),
    );
    const runId = await submit(api, search("sma_cross", ranges, tiny.series));
    await page.goto(`${server.baseUrl}/runs/${runId}`);
    await expect(heatMap(page)).toHaveAttribute("data-filled", "0");
    await expect(stateBadge(page)).toHaveAttribute("data-state", "PENDING");
    const used = await mainThread(page);
    const before = await used();
    await noteFrames(page);
    await Promise.all(holding.map((held) => api.runs.cancel({ runId: held })));
    // An assertion that has to wait describes the whole page each time that it looks.
    await page.waitForFunction((all) => document.querySelector(`[data-filled='${all}']`), count, {
      polling: 100,
    });
    const busy = (await used()) - before;
    const times = await page.evaluate(() => window.frames_);
    const { state, progress } = await whenFinal(api, runId);
    expect(state).toBe(RunState.COMPLETED);
    const gaps = times.slice(1).map((time, at) => time - (times[at] ?? time));
    const sorted = gaps.toSorted((a, b) => a - b);
    const share = (part: number) => sorted[Math.floor(part * (sorted.length - 1))]?.toFixed(1);
    const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
    const late = gaps.filter((gap) => gap > 17.5).length;
    const { elapsed } = progress ?? {};
    console.log(
      `${count} trials in ${Number(elapsed?.seconds) + (elapsed?.nanos ?? 0) / 1e9} s; ` +
        `${(gaps.length / seconds).toFixed(1)} frames a second; a frame after ${share(0.5)} ms ` +
        `(median), ${share(0.95)} (95 %), ${share(1)} (longest); ${late} of ${gaps.length} late; ` +
        `${busy.toFixed(2)} s of the main thread in ${seconds.toFixed(1)} s`,
    );
    // However many frames a busy machine leaves out: what a frame costs lets sixty go into a second.
    expect(busy / gaps.length).toBeLessThan(1 / 60);
  });
}

test("an equity curve of a million bars", async ({ page, ownStage }) => {
  const { api, server } = ownStage;
  const source = { case: "synthetic", value: { barCount: 1_000_000n, seed: 7n } } as const;
  await api.marketData.importBars({ series: LONG, source });
  const runId = await finished(api, backtest("sma_cross", { fast: 50, slow: 200 }, LONG));
  await page.addInitScript(() => {
    const look = () => {
      if (document.querySelector("[data-chart=lines] canvas")) {
        window.drawn_ = performance.now();
      } else {
        requestAnimationFrame(look);
      }
    };
    requestAnimationFrame(look);
  });
  // At first not even the files of the page are in the browser's cache.
  for (const visit of ["first", "second", "third"]) {
    await page.goto(`${server.baseUrl}/runs/${runId}`);
    await page.waitForFunction(() => window.drawn_ !== undefined);
    const drawn = await page.evaluate(() => window.drawn_);
    console.log(`equity on the ${visit} visit ${drawn?.toFixed(0)} ms after it began`);
  }
  await expect(page.locator("[data-chart=lines]").first()).toHaveAttribute("data-points", /\d{4}/);
});

test("ten thousand trials in another order, and filtered", async ({ page, ownStage }) => {
  const { api, server } = ownStage;
  const tiny = market("TINY", 300n);
  await api.marketData.importBars(tiny);
  const runId = await finished(api, search("sma_cross", GRID, tiny.series));
  await page.goto(`${server.baseUrl}/runs/${runId}?tab=trials`);
  const table = page.getByRole("table", { name: "Trials" });
  await expect(table).toHaveAttribute("data-rows", "10000");
  for (const column of ["Max drawdown", "Max drawdown", "fast", "Trades", "Sharpe ratio"]) {
    const first = (await table.locator("tbody tr").first().innerText()).split(/\s/)[0] ?? "";
    const millis = await page.evaluate(
      ([name, before]) =>
        new Promise<number>((settle) => {
          const heads = document.querySelectorAll<HTMLElement>("thead button");
          const asked = performance.now();
          [...heads].find((head) => head.textContent?.startsWith(name))?.click();
          const look = () => {
            const row = document.querySelector("tbody tr td");
            if (row && row.textContent !== before) {
              settle(performance.now() - asked);
            } else {
              requestAnimationFrame(look);
            }
          };
          requestAnimationFrame(look);
        }),
      [column, first] as const,
    );
    console.log(`10,000 trials by ${column} after ${millis.toFixed(0)} ms`);
  }
  await page.getByRole("textbox", { name: "Filter of trials" }).fill("params.fast = 7");
  const millis = await page.evaluate(
    () =>
      new Promise<number>((settle) => {
        const asked = performance.now();
        document.querySelector("form")?.requestSubmit();
        const look = () => {
          if (document.querySelector("table[data-rows='100']")) {
            settle(performance.now() - asked);
          } else {
            requestAnimationFrame(look);
          }
        };
        requestAnimationFrame(look);
      }),
  );
  console.log(`100 of 10,000 trials by a filter after ${millis.toFixed(0)} ms`);
});

test("a map of half a million cells, and another metric of it", async ({ page, ownStage }) => {
  test.setTimeout(600_000);
  const { api, server } = ownStage;
  const tiny = market("TINY", 300n);
  await api.marketData.importBars(tiny);
  const runId = await submit(api, search("sma_cross", WIDE, tiny.series));
  const { status } = await api.runs.getStatus({ runId, wait: { seconds: 60n } });
  for (let state = status?.state; state !== RunState.COMPLETED; ) {
    ({
      status: { state } = { state: RunState.FAILED },
    } = await api.runs.getStatus({
      runId,
      wait: { seconds: 60n },
    }));
    expect(state).not.toBe(RunState.FAILED);
  }
  // What every page needs is loaded, and nothing of this one.
  await page.goto(server.baseUrl);
  await expect(page.locator("[data-run]")).toHaveCount(1);
  const used = await mainThread(page);
  const drawn = async (metric: string, ask: () => Promise<unknown>) => {
    const before = await used();
    const asked = Date.now();
    await ask();
    await page.waitForFunction(
      ([name]) => document.querySelector(`[data-metric=${name}][data-filled='485100']`),
      [metric],
      { polling: 100 },
    );
    // What is still to be drawn of it comes in the frames after.
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    const busy = (await used()) - before;
    return { busy, text: `${busy.toFixed(2)} s of the main thread in ${Date.now() - asked} ms` };
  };
  const link = page.getByRole("link", { name: "sma_cross" }).first();
  const first = await drawn("total_return", () => link.click());
  console.log(`485,100 cells: ${first.text}`);
  expect(first.busy).toBeLessThan(2);
  for (const [title, name] of [
    ["Win rate", "win_rate"],
    ["Total return", "total_return"],
    ["Max drawdown", "max_drawdown"],
    ["Sharpe ratio", "sharpe"],
  ] as const) {
    // What is brought beforehand has come once the page has nothing to do.
    for (let before = -1; (await used()) - before > 0.1; ) {
      before = await used();
      await new Promise((rested) => setTimeout(rested, 4_000));
    }
    const choose = () => page.getByLabel("Metric").selectOption({ label: title });
    const { busy, text } = await drawn(name, choose);
    console.log(`${title} of 485,100 cells: ${text}`);
    expect(busy).toBeLessThan(0.5);
  }
});
