// What a heat map paints while trials land is what it would paint at once, and its colours are those
// of the values.

import type { Page } from "@playwright/test";
import { colorOf, isDivergingMetric, paletteOf, scaleOf } from "../src/charts/colorScale";
import { RunState } from "../src/gen/tradeforge/v1/types_pb";
import {
  finished,
  freshKeys,
  GATED_TRIALS,
  gatedSearch,
  heatMap,
  openFirstGate,
  openOtherGates,
  search,
  stateBadge,
  submit,
  TRIALS_PER_GATE,
} from "./arrange";
import { expect, test } from "./fixtures";

/** What the browser says of the test's own reading of pixels. */
const READING = /willReadFrequently/;

/** The bytes of every pixel of both maps, once nothing is to be painted any more. */
async function pictures(page: Page): Promise<Buffer[]> {
  await page.evaluate(async () => {
    for (let frame = 0; frame < 3; frame += 1) {
      await new Promise((painted) => requestAnimationFrame(painted));
    }
  });
  const read = await page
    .getByRole("application")
    .locator("canvas")
    .evaluateAll((found) =>
      (found as HTMLCanvasElement[]).map((canvas) => {
        const { data } = canvas
          .getContext("2d")
          ?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
        let text = "";
        for (let at = 0; at < data.length; at += 32_768) {
          text += String.fromCharCode(...data.slice(at, at + 32_768));
        }
        return btoa(text);
      }),
    );
  return read.map((base64) => Buffer.from(base64, "base64"));
}

const ROUNDED = 2;

/** By how much the two differ where they differ most, of 255; a smooth edge may be rounded by one. */
function difference(one: readonly Buffer[], other: readonly Buffer[]): number {
  expect(one.map(({ length }) => length)).toEqual(other.map(({ length }) => length));
  let most = 0;
  one.forEach((bytes, at) => {
    bytes.forEach((byte, place) => {
      most = Math.max(most, Math.abs(byte - (other[at]?.[place] ?? 0)));
    });
  });
  return most;
}

async function paintedAnew(page: Page, filled: number): Promise<Buffer[]> {
  await page.reload();
  await expect(heatMap(page)).toHaveAttribute("data-filled", String(filled));
  await expect(page.getByText("Open trial")).toBeVisible();
  return pictures(page);
}

test("a map that fills bit by bit is in the end the one that is painted at once", async ({
  page,
  stage,
  complaints,
}) => {
  complaints.expect(READING);
  const first = freshKeys(5);
  const runId = await submit(stage.api, gatedSearch(first));
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const map = heatMap(page);
  await openFirstGate(page, stage.server, first);
  await expect(map).toHaveAttribute("data-filled", String(TRIALS_PER_GATE));
  // What lies at the border only because nothing beside it has been tried is not said to.
  await expect(page.getByRole("heading", { name: "Best so far" })).toBeVisible();
  await expect(page.locator("[data-edge~=key]")).toHaveCount(0);
  const partly = await pictures(page);
  await openOtherGates(stage.server, first);
  await expect(stateBadge(page)).toHaveAttribute("data-state", "COMPLETED");
  await expect(map).toHaveAttribute("data-filled", String(GATED_TRIALS));
  await expect(page.getByText("Open trial")).toBeVisible();
  const filled = await pictures(page);
  expect(filled).toHaveLength(2);
  expect(difference(filled, partly)).toBeGreaterThan(ROUNDED);
  expect(difference(filled, await paintedAnew(page, GATED_TRIALS))).toBeLessThanOrEqual(ROUNDED);
});

test("so is a large one, whose colours wait while trials land", async ({
  page,
  ownStage,
  complaints,
}) => {
  test.slow();
  complaints.expect(READING);
  const { api, server } = ownStage;
  const series = { exchange: "SYN", symbol: "TINY", timeframe: "1h" };
  const source = { case: "synthetic", value: { barCount: 200n, seed: 5n } } as const;
  await api.marketData.importBars({ series, source });
  const ranges = [
    ["fast", 1, 160],
    ["slow", 1, 140],
  ] as const;
  // Searches that wait have all the places, so that the page is there before the first trial.
  const holding: string[] = [];
  for (let place = 0; place < 8; place += 1) {
    holding.push(await submit(api, gatedSearch(freshKeys(5))));
  }
  const runId = await submit(api, search("sma_cross", ranges, series));
  await page.goto(`${server.baseUrl}/runs/${runId}`);
  await expect(heatMap(page)).toHaveAttribute("data-filled", "0");
  await Promise.all(holding.map((held) => api.runs.cancel({ runId: held })));
  await expect(heatMap(page)).toHaveAttribute("data-filled", "22400", { timeout: 60_000 });
  await expect(stateBadge(page)).toHaveAttribute("data-state", "COMPLETED");
  await expect(page.getByText("Open trial")).toBeVisible();
  const filled = await pictures(page);
  expect(difference(filled, await paintedAnew(page, 22_400))).toBeLessThanOrEqual(ROUNDED);
  const { run } = await api.runs.getRun({ runId });
  expect(run?.status?.state).toBe(RunState.COMPLETED);
  const result = run?.status?.result;
  const best = result?.case === "optimization" ? result.value.bestTrial?.trialIndex : undefined;
  await expect(heatMap(page)).toHaveAttribute("data-best", String(best));
});

test("under the mouse stand the trial's own parameters, in the colour of its value", async ({
  page,
  stage,
  complaints,
}) => {
  complaints.expect(READING);
  const metric = "total_return";
  const runId = await finished(
    stage.api,
    search("sma_cross", [
      ["fast", 4, 11],
      ["slow", 20, 27],
    ]),
  );
  const { trials } = await stage.api.results.listTrials({ runId, pageSize: 1_000 });
  const values = Float64Array.from(trials, (trial) => trial.metrics[metric] ?? Number.NaN);
  const scale = scaleOf(values, isDivergingMetric(metric));
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  await expect(heatMap(page)).toHaveAttribute("data-filled", String(trials.length));
  const canvas = page.getByRole("application").locator("canvas").first();
  const box = await canvas.boundingBox();
  const title = page.locator("[data-pinned] h3");
  await expect(page.getByText("Open trial")).toBeVisible();
  const untouched = await pictures(page);
  const seen = new Set<string>();
  for (const across of [0.2, 0.35, 0.6, 0.9]) {
    for (const down of [0.1, 0.4, 0.7]) {
      const [x, y] = [across * (box?.width ?? 0), down * (box?.height ?? 0)];
      await canvas.hover({ position: { x, y } });
      await expect(title).toContainText(/fast \d+ · slow \d+/);
      const [, fast, slow] = /fast (\d+) · slow (\d+)/.exec(await title.innerText()) ?? [];
      seen.add(`${fast} ${slow}`);
      const trial = trials.find(
        ({ params }) =>
          String(params["fast"]?.kind.value) === fast &&
          String(params["slow"]?.kind.value) === slow,
      );
      const wanted = colorOf(
        trial?.metrics[metric] ?? Number.NaN,
        scale,
        paletteOf(scale.kind, false),
      );
      const painted = await canvas.evaluate(
        (found, [at, below]) => {
          const context = (found as HTMLCanvasElement).getContext("2d");
          const density = devicePixelRatio;
          const { data } = context?.getImageData(
            Math.floor((at ?? 0) * density),
            Math.floor((below ?? 0) * density),
            1,
            1,
          ) ?? { data: [] };
          return [...data];
        },
        [x, y],
      );
      const bytes = [0, 8, 16, 24].map((shift) => (wanted >>> shift) & 255);
      expect(painted, `fast ${fast}, slow ${slow}`).toEqual(bytes);
    }
  }
  expect(seen.size).toBe(12);
  // The mouse leaves nothing behind, neither on the map nor on its twin.
  expect(difference(untouched, await pictures(page))).toBeGreaterThan(ROUNDED);
  await page.mouse.move(0, 0);
  expect(difference(untouched, await pictures(page))).toBeLessThanOrEqual(ROUNDED);
});
