// The page of the bars of a series: its figures, its candles and its rows are those of the API.

import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { formatBytes, formatCount } from "../src/format/number";
import { formatMinute, formatTime } from "../src/format/time";
import { expectAccessible } from "./accessible";
import { DEMO_SERIES } from "./arrange";
import { expect, test } from "./fixtures";

test("the page of a series has the catalog's figures, and its first and last bars", async ({
  page,
  stage: { api, server },
}) => {
  const { series } = await api.marketData.listSeries({});
  const own = series.find(({ spec }) => spec?.symbol === DEMO_SERIES.symbol);
  await page.goto(`${server.baseUrl}/data`);
  await page.getByRole("link", { name: "SYN:DEMO@1h", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("SYN:DEMO@1h");
  for (const [key, text] of Object.entries({
    bars: formatCount(own?.barCount),
    from: formatMinute(own?.firstBarTime, "utc"),
    to: formatMinute(own?.endTime, "utc"),
    gaps: formatCount(own?.gapCount),
    tick: own?.spec?.priceTick ?? "",
    step: own?.spec?.quantityStep ?? "",
    size: formatBytes(own?.sizeBytes ?? 0n),
    source: own?.source ?? "",
    stored: formatTime(own?.importTime, "utc"),
    version: own?.dataSha256.slice(0, 16) ?? "",
  })) {
    await expect(page.locator(`[data-fact=${key}]`), key).toHaveText(text);
  }
  const candles = page.locator("[data-chart=candles]");
  const whole = await api.marketData.getBars({ subscription: DEMO_SERIES, maxBars: 1_500 });
  await expect(candles).toHaveAttribute("data-points", String(whole.timeUnixMs.length));

  const hour = 3_600_000;
  const [first, end] = [own?.firstBarTime, own?.endTime].map((it) => Number(it?.seconds) * 1000);
  const bars = (from: number, to: number) =>
    api.marketData.getBars({
      subscription: DEMO_SERIES,
      timeRange: { startTime: timestampFromMs(from), endTime: timestampFromMs(to) },
    });
  const head = await bars(first ?? 0, (first ?? 0) + 10 * hour);
  const tail = await bars((end ?? 0) - 10 * hour, end ?? 0);
  const rows = page.locator("[data-rows=bars] tbody tr");
  await expect(rows).toHaveCount(20);
  const told = await rows.evaluateAll((found) =>
    found.map((row) =>
      [...row.querySelectorAll("td")].map((cell) => cell.textContent?.replaceAll(",", "") ?? ""),
    ),
  );
  const wanted = [head, tail].flatMap((part) =>
    part.timeUnixMs.map((ms, at) => ({
      time: new Date(Number(ms)).toISOString().slice(0, 16).replace("T", " "),
      prices: [part.open[at], part.high[at], part.low[at], part.close[at]],
    })),
  );
  expect(told.map(([time]) => time)).toEqual(wanted.map(({ time }) => time));
  for (const [at, { prices }] of wanted.entries()) {
    expect(told[at]?.slice(1, 5).map(Number)).toEqual(prices);
  }
  await expectAccessible(page, "series");

  await page.goto(`${server.baseUrl}/data?series=SYN%3ANONE%401h`);
  await expect(page.getByText("There are no such bars")).toBeVisible();
});

test("a closer look at a series loads its own bars", async ({ page, stage: { api, server } }) => {
  await page.goto(`${server.baseUrl}/data?series=SYN%3ADEMO%401h`);
  const candles = page.locator("[data-chart=candles]");
  await expect(candles).toHaveAttribute("data-points", /[1-9]/);
  await expect(page.getByText(/bars of (?!1h)/).first()).toBeVisible();
  await candles.scrollIntoViewIfNeeded();
  const box = await candles.boundingBox();
  await page.mouse.move((box?.x ?? 0) + 300, (box?.y ?? 0) + 150);
  await expect(async () => {
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -400);
    await page.keyboard.up("Control");
    await expect(page.getByText(/bars of 1h/).first()).toBeVisible({ timeout: 1_500 });
  }).toPass();
  const count = Number(await candles.getAttribute("data-points"));
  const { series } = await api.marketData.listSeries({});
  expect(count).toBeGreaterThan(10);
  expect(count).toBeLessThan(Number(series[0]?.barCount));
});
