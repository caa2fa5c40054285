// Every page of the client, with something to show.

import type { Page } from "@playwright/test";
import { backtest, finished, search } from "./arrange";
import { expect, type Stage } from "./fixtures";

const COLUMNS = "progress,result,time,owner,labels,notes,sharpe,max_drawdown,trade_count";

/** A page, and how to know that it is there. */
export interface Place {
  readonly name: string;
  readonly path: string;
  readonly isReady: (page: Page) => Promise<void>;
}

const known = new WeakMap<Stage, Promise<Place[]>>();

/** Those of a stage, for all tests that look at every page of it. */
export function places(stage: Stage): Promise<Place[]> {
  const found = known.get(stage) ?? arranged(stage);
  known.set(stage, found);
  return found;
}

async function arranged({ api }: Stage): Promise<Place[]> {
  const ranges = [
    ["fast", 5, 12],
    ["slow", 10, 17],
  ] as const;
  const sweep = await finished(api, search("sma_cross", ranges));
  const one = await finished(api, backtest("sma_cross", { fast: 10, slow: 50 }));
  const failed = await finished(api, backtest("unlucky", { number: 13 }));
  const { spec } = backtest("sma_cross", { fast: 10, slow: 50 });
  const base = spec?.case === "backtest" ? spec.value : {};
  const stressed = await finished(api, {
    spec: { case: "robustness", value: { base, pathCount: 100 } },
  });
  const judged = await finished(api, { spec: { case: "validation", value: { runId: sweep } } });
  const split = search("sma_cross", [
    ["fast", 5, 9],
    ["slow", 30, 31],
  ]).spec;
  const walked = await finished(api, {
    spec: {
      case: "walkForward",
      value: { search: split?.case === "optimization" ? split.value : {} },
    },
  });
  const shows = (selector: string) => (page: Page) =>
    expect(page.locator(selector).first()).toBeVisible();
  const drawn = async (page: Page) => {
    await shows("[data-chart=lines]")(page);
    await shows("[data-chart=candles]")(page);
    await expect(page.getByText("in the order of closing")).toBeVisible();
  };
  return [
    { name: "runs", path: "/", isReady: shows("[data-run]") },
    { name: "new run", path: `/new?from=${sweep}`, isReady: shows("[data-total]") },
    { name: "own text", path: "/new?text", isReady: shows("[data-total][data-current=true]") },
    { name: "backtest", path: `/runs/${one}`, isReady: drawn },
    { name: "failed", path: `/runs/${failed}`, isReady: shows("[role=alert]") },
    { name: "map", path: `/runs/${sweep}`, isReady: shows("[data-filled='64']") },
    {
      name: "contours",
      path: `/runs/${sweep}?contours=1`,
      isReady: shows("canvas[data-contours]"),
    },
    { name: "trials", path: `/runs/${sweep}?tab=trials`, isReady: shows("tbody tr") },
    { name: "points", path: `/runs/${sweep}?tab=points`, isReady: shows("[data-within]") },
    { name: "failures", path: `/runs/${sweep}?tab=failures`, isReady: shows("[data-failure]") },
    { name: "trial", path: `/runs/${sweep}/trials/9`, isReady: drawn },
    { name: "compare", path: `/compare?ids=${one},${sweep}`, isReady: shows("[data-chart=lines]") },
    { name: "robustness", path: `/runs/${stressed}`, isReady: shows("[data-variant]") },
    { name: "validation", path: `/runs/${judged}`, isReady: shows("[data-figure]") },
    { name: "walk-forward", path: `/runs/${walked}`, isReady: shows("[data-window]") },
    { name: "all columns", path: `/?columns=${COLUMNS}`, isReady: shows("[data-column]") },
    { name: "data", path: "/data", isReady: shows("[data-series]") },
    {
      name: "series",
      path: "/data?series=SYN%3ADEMO%401h",
      isReady: async (page) => {
        await shows("[data-chart=candles]")(page);
        await shows("[data-rows=bars]")(page);
      },
    },
    { name: "strategies", path: "/strategies", isReady: shows("tbody tr") },
    { name: "no page", path: `/runs/${sweep}/trials/none`, isReady: shows("main h1") },
    { name: "system", path: "/system", isReady: shows("dl") },
  ];
}
