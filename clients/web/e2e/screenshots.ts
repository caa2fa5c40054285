// The pictures of the documentation, of real runs: `npm run screenshots`.

import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import type { Page } from "@playwright/test";
import { createApi } from "../src/api";
import { RunState } from "../src/gen/tradeforge/v1/types_pb";
import { startDemo, startServer } from "../test/server";
import { backtest, finished, heatMap, search, submit } from "./arrange";
import { expect, test } from "./fixtures";

const FOLDER = "../../docs/images";
/** The bars of the demo in which there is something to find. */
const TRENDS = { exchange: "SYN", symbol: "TRENDS", timeframe: "1h" };

test.use({ viewport: { width: 1280, height: 860 }, deviceScaleFactor: 1 });

async function shoot(page: Page, name: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    // Charts are drawn anew in the frame after.
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(drawn)));
    const picture = await asWebp(page, await page.screenshot());
    await writeFile(`${FOLDER}/${name}-${colorScheme}.webp`, picture);
  }
}

/** A third of the size of a PNG, by the browser itself: on a page of no server, which may. */
async function asWebp(page: Page, png: Buffer): Promise<Buffer> {
  const blank = await page.context().newPage();
  const url = await blank.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes]));
    const canvas = document.createElement("canvas");
    canvas.width = image.width;
    canvas.height = image.height;
    canvas.getContext("2d")?.drawImage(image, 0, 0);
    return canvas.toDataURL("image/webp", 0.9);
  }, png.toString("base64"));
  await blank.close();
  return Buffer.from(url.replace(/^[^,]*,/, ""), "base64");
}

test("pictures of every screen, light and dark", async ({ page }) => {
  // However busy the machine: nothing is claimed here about time.
  test.setTimeout(600_000);
  await mkdir(FOLDER, { recursive: true });
  const { baseUrl, stop } = await startDemo();
  const api = createApi(createGrpcWebTransport({ baseUrl }));
  const reversion = await finished(api, backtest("rsi_reversion", { period: 10 }, TRENDS));
  const cross = await finished(api, backtest("sma_cross", { fast: 90, slow: 560 }, TRENDS));
  const map = await finished(
    api,
    search(
      "ema_cross",
      [
        ["fast", 2, 41],
        ["slow", 160, 199],
      ],
      TRENDS,
    ),
  );

  await page.goto(`${baseUrl}/runs/${map}`);
  await expect(heatMap(page)).toHaveAttribute("data-filled", "1600");
  await expect(page.getByText("Open trial")).toBeVisible();
  await shoot(page, "search");
  await page.getByLabel("Contours").check();
  await expect(page.locator("canvas[data-contours]")).toHaveCount(2);
  await heatMap(page).evaluate((it) => it.scrollIntoView());
  await shoot(page, "contours");
  await page.getByRole("tab", { name: "Trials" }).click();
  await expect(page.getByRole("table", { name: "Trials" })).toContainText("completed");
  await shoot(page, "trials");

  // Combinations that cross the wrong way round are refused by the strategy, one by one.
  const crossed = await finished(
    api,
    search(
      "ema_cross",
      [
        ["fast", 20, 39],
        ["slow", 36, 55],
      ],
      TRENDS,
    ),
  );
  await page.goto(`${baseUrl}/runs/${crossed}?tab=failures`);
  await page.getByText("Its trials").first().click();
  await expect(page.locator("[data-failure] a").nth(1)).toBeVisible();
  await shoot(page, "failures");

  await page.goto(`${baseUrl}/runs/${cross}`);
  await expect(page.locator("[data-chart=candles]")).toBeVisible();
  await shoot(page, "backtest");

  await page.goto(`${baseUrl}/compare?ids=${reversion},${cross}`);
  await expect(page.locator("[data-chart=lines]")).toBeVisible();
  await shoot(page, "compare");

  await page.goto(`${baseUrl}/runs/${map}?tab=points`);
  await expect(page.locator("[data-within='1600']")).toBeVisible();
  await shoot(page, "scatter");

  // A mistake with what mends it, as it is typed.
  await page.goto(`${baseUrl}/new?text`);
  await page.getByRole("textbox", { name: "Text of the strategy" }).click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(
    [
      'strategy "Dips of a trend"',
      "param length = 100 from 50 to 300 step 10 in bars",
      "param dip = 30 from 10 to 40",
      "trend = smaa(close, length)",
      "enter long when close > trend and crosses_below(rsi(close, 14), dip)",
      "exit long when position.bars >= 50",
    ].join("\n"),
  );
  await expect(page.getByRole("button", { name: "Write sma", exact: true })).toBeVisible();
  await shoot(page, "text");

  await page.goto(`${baseUrl}/new?from=${map}`);
  await expect(page.locator("[data-total='1600']")).toContainText(/trials, (about|less)/);
  await shoot(page, "new-run");

  for (const [path, name] of [
    ["/data", "data"],
    ["/strategies", "strategies"],
    ["/system", "system"],
  ] as const) {
    await page.goto(`${baseUrl}${path}`);
    await expect(page.locator("[data-series], tbody tr, dl").first()).toBeVisible();
    await shoot(page, name);
  }

  await page.goto(`${baseUrl}/data?series=SYN%3ATRENDS%401h`);
  await expect(page.locator("[data-chart=candles]")).toHaveAttribute("data-points", /[1-9]/);
  await expect(page.locator("[data-rows=bars] tbody tr")).toHaveCount(20);
  await shoot(page, "series");

  // The list is best with something under way: a search too long to end meanwhile.
  const ranges = [
    ["entry", 5, 300],
    ["exit", 5, 300],
  ] as const;
  const long = await submit(api, search("donchian_breakout", ranges, TRENDS));
  await page.goto(baseUrl);
  const row = page.locator(`[data-run="${long}"]`);
  await expect(row.getByText("left")).toBeVisible();
  await shoot(page, "runs");
  const { status } = await api.runs.cancel({ runId: long });
  expect(status?.state).not.toBe(RunState.COMPLETED);
  expect(await stop()).toBe(0);
});

test("pictures of a walk-forward, light and dark", async ({ page }) => {
  test.setTimeout(600_000);
  const { baseUrl, stop } = await startDemo();
  const api = createApi(createGrpcWebTransport({ baseUrl }));
  const { spec } = search(
    "ema_cross",
    [
      ["fast", 2, 21],
      ["slow", 160, 179],
    ],
    TRENDS,
  );
  if (spec?.case !== "optimization") {
    throw new Error("a search is none");
  }
  const walk = await finished(api, {
    spec: { case: "walkForward", value: { search: spec.value } },
  });
  await page.goto(`${baseUrl}/runs/${walk}`);
  await expect(page.locator("[data-chart=lines]")).toBeVisible();
  await expect(page.locator("[data-window]").first()).toBeVisible();
  await shoot(page, "walk-forward");
  expect(await stop()).toBe(0);
});

/** A folder of months of minutes, `ts,o,h,l,c,vol`, prices in hundredths; they are not of the project. */
const REAL_BARS = process.env["TRADEFORGE_REAL_BARS"];

test("pictures of a walk-forward over real months, light and dark", async ({ page }) => {
  test.skip(!REAL_BARS, "TRADEFORGE_REAL_BARS names no folder");
  test.setTimeout(600_000);
  const { baseUrl, stop } = await startServer();
  const lines = ["timestamp_ms,open,high,low,close,volume"];
  for (const name of (await readdir(REAL_BARS ?? "")).sort()) {
    const text = await readFile(`${REAL_BARS}/${name}`, "utf8");
    for (const line of text.trim().split("\n").slice(1)) {
      const [time, ...hundredths] = line.split(",");
      lines.push([time, ...hundredths.map((each) => (Number(each) / 100).toFixed(2))].join(","));
    }
  }
  const months =
    "exchange=BINANCE&symbol=BTCUSDT&timeframe=1m&price_tick=0.01&quantity_step=0.00001";
  const imported = await fetch(`${baseUrl}/import?${months}`, {
    method: "PUT",
    body: lines.join("\n"),
  });
  expect(imported.status, await imported.text()).toBe(201);
  const api = createApi(createGrpcWebTransport({ baseUrl }));
  const { spec } = search(
    "ema_cross",
    [
      ["fast", 5, 24],
      ["slow", 40, 59],
    ],
    { exchange: "BINANCE", symbol: "BTCUSDT", timeframe: "15m" },
  );
  if (spec?.case !== "optimization") {
    throw new Error("a search is none");
  }
  const value = { search: spec.value };
  const walk = await finished(api, { spec: { case: "walkForward", value } });
  await page.goto(`${baseUrl}/runs/${walk}`);
  await expect(page.locator("[data-chart=lines]")).toBeVisible();
  await expect(page.locator("[data-window]").first()).toBeVisible();
  await shoot(page, "walk-forward-months");
  expect(await stop()).toBe(0);
});

/** A strategy as somebody may write it first, with a slip of the finger. */
const IDEA = [
  'strategy "Dips of a trend"',
  "param length = 200 from 20 to 515 step 5 in bars",
  "param dip = 35 from 20 to 69.5 step 0.5",
  "enter long when close > smaa(close, length) and crosses_below(rsi(close, 14), dip)",
  "exit long when position.bars >= 50",
];
/** All pairs of the two. */
const VARIANTS = 10_000;

test("a first use, step by step: written, mended, tried, swept", async ({ page }) => {
  // Ten thousand texts, and all of them judged.
  test.setTimeout(1_800_000);
  const { baseUrl, stop } = await startDemo();
  await page.goto(`${baseUrl}/new?text`);
  await page.getByLabel("Series", { exact: true }).selectOption("SYN:TRENDS@1h");
  await page.getByRole("textbox", { name: "Text of the strategy" }).click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(IDEA.join("\n"));
  const mend = page.getByRole("button", { name: "Write sma", exact: true });
  await expect(mend).toBeVisible();
  await shoot(page, "first-use-1-mistake");

  await mend.click();
  await expect(page.getByText("No mistakes")).toBeVisible();
  await page.getByRole("button", { name: "Try it" }).click();
  await expect(page.locator("[data-tried] [data-metric=trade_count] dd")).not.toBeEmpty();
  await shoot(page, "first-use-2-tried");

  await page.getByRole("button", { name: "Sweep all" }).click();
  await expect(page.locator(`[data-total='${VARIANTS}']`)).toBeVisible();
  await page.getByRole("button", { name: "Start the sweep" }).click();
  await expect(page).toHaveURL(/\/runs\//);
  await expect(heatMap(page)).toHaveAttribute("data-filled", /[1-9]/);
  await shoot(page, "first-use-3-filling");
  await expect(heatMap(page)).toHaveAttribute("data-filled", String(VARIANTS), {
    timeout: 300_000,
  });
  await expect(page.getByText("Open trial")).toBeVisible();
  await shoot(page, "first-use-4-swept");

  const swept = page.url();
  await page.getByRole("button", { name: "Judge it" }).click();
  await expect(page).not.toHaveURL(swept);
  await expect(page.locator("[data-figure]").first()).toBeVisible({ timeout: 1_200_000 });
  await shoot(page, "first-use-5-judged");
  expect(await stop()).toBe(0);
});

test("pictures of a portfolio and of what a sweep can be asked, light and dark", async ({
  page,
}) => {
  test.setTimeout(600_000);
  const { baseUrl, stop } = await startDemo();
  const api = createApi(createGrpcWebTransport({ baseUrl }));
  const series = ["ALPHA", "BRAVO", "CHARLIE", "DELTA"].map((symbol) => ({
    exchange: "SYN",
    symbol,
    timeframe: "1h",
  }));
  for (const [at, each] of series.entries()) {
    const value = { barCount: 8_000n, seed: BigInt(at + 21) };
    await api.marketData.importBars({ series: each, source: { case: "synthetic", value } });
  }
  const whole = (value: bigint) => ({ kind: { case: "intValue", value } }) as const;
  const portfolio = await finished(api, {
    spec: {
      case: "backtest",
      value: {
        strategy: { name: "momentum_rotation" },
        params: { lookback: whole(400n), top: whole(2n), every: whole(168n) },
        subscriptions: series,
        simulation: { initialCash: "10000", commissionRate: "0.001", carry: { cashRate: "0.03" } },
      },
    },
  });
  await page.goto(`${baseUrl}/runs/${portfolio}`);
  const weights = page.getByRole("img", { name: /Share of each instrument/ });
  await expect(weights).toHaveAttribute("data-points", /[1-9]/);
  // The table of instruments stands above it, in the same picture.
  await page.getByRole("table", { name: "Instruments" }).evaluate((it) => it.scrollIntoView());
  await shoot(page, "portfolio");

  const ranges = [
    ["fast", 10, 29],
    ["slow", 160, 179],
  ] as const;
  const sweep = await finished(api, search("ema_cross", ranges, TRENDS));
  await page.goto(`${baseUrl}/runs/${sweep}`);
  await expect(heatMap(page)).toHaveAttribute("data-filled", "400");
  await page.getByText("How it is walked").click();
  await page.getByText("How it is judged").click();
  await page.getByText("Would it have been found in time").evaluate((it) => it.scrollIntoView());
  await shoot(page, "questions");
  expect(await stop()).toBe(0);
});
