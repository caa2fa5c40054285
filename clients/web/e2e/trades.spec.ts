// What is told of trades: by side, spread, in a row; and each of them on the candles.

import { create } from "@bufbuild/protobuf";
import { formatCount, formatDecimal, formatPercent, formatSigned } from "../src/format/number";
import { formatMetric } from "../src/format/value";
import { TradeSide } from "../src/gen/tradeforge/v1/result_service_pb";
import { BacktestSpecSchema, SimulationSchema } from "../src/gen/tradeforge/v1/types_pb";
import { backtest, DEMO_SERIES, finished, whenFinal } from "./arrange";
import { expect, test } from "./fixtures";

test("the analysis of trades is that of the metrics, and its pictures are of all trades", async ({
  page,
  stage,
}) => {
  const runId = await finished(stage.api, backtest("sma_cross", { fast: 7, slow: 30 }));
  const { result } = await whenFinal(stage.api, runId);
  const metrics = result.case === "backtest" ? result.value.metrics : {};
  const { trades } = await stage.api.results.listTrades({ runId, pageSize: 1_000 });
  const closed = trades.filter(({ exitTime }) => exitTime);
  expect(closed.length).toBe(metrics["trade_count"]);
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const all = page.locator("[data-table=sides] [data-side=All]");
  for (const [title, name, unit] of [
    ["Trades", "trade_count", "count"],
    ["Won", "win_rate", "fraction"],
    ["Profit", "realized_profit", "money"],
    ["Profit factor", "profit_factor", "ratio"],
    ["Best", "largest_win", "money"],
    ["Worst", "largest_loss", "money"],
  ] as const) {
    const figure = all.locator(`[data-figure="${title}"]`);
    await expect(figure, title).toHaveText(formatMetric(metrics[name], unit));
  }
  const returns = closed.map((it) => it.profit / (it.entryPrice * it.quantity));
  const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
  await expect(all.locator('[data-figure="Average return"]')).toHaveText(formatPercent(mean, 2));

  const histogram = page.locator("[data-chart=histogram]");
  await expect(histogram).toHaveAttribute("data-count", String(closed.length));
  for (const bin of await histogram.locator("[data-bin]").all()) {
    const [from = 0, to = 0, count] = ((await bin.getAttribute("data-bin")) ?? "")
      .split(" ")
      .map(Number);
    // A value on a border may be on either side by the dust of floats: none of these is.
    expect(returns.filter((value) => value >= from && value < to).length).toBe(count);
  }
  const growth = page.locator("[data-chart=growth]");
  const end = Number(await growth.getAttribute("data-end"));
  expect(end).toBeCloseTo(metrics["realized_profit"] ?? 0, 6);
  // By the time held, and by how far each went against its holder.
  const scatters = page.locator("[data-chart=scatter]");
  await expect(scatters).toHaveCount(2);
  for (const scatter of await scatters.all()) {
    await expect(scatter).toHaveAttribute("data-points", String(closed.length));
  }

  // By profit, the best first; only those that lost.
  const rows = page.getByRole("table", { name: "Trades", exact: true }).locator("tbody tr");
  const profit = page.getByRole("button", { name: "Profit", exact: true });
  await profit.click();
  await page.getByRole("button", { name: "Profit ↑" }).click();
  await expect(rows.first()).toContainText(formatSigned(metrics["largest_win"]));
  await page.getByLabel("Show", { exact: true }).selectOption("losers");
  const lost = closed.filter((it) => it.profit < 0);
  const table = page.getByRole("table", { name: "Trades", exact: true });
  await expect(table).toHaveAttribute("data-rows", String(lost.length));
});

test("a trade leads to itself on the candles, and the bar under the mouse is read out", async ({
  page,
  stage,
}) => {
  const runId = await finished(stage.api, backtest("sma_cross", { fast: 3, slow: 12 }));
  const { trades } = await stage.api.results.listTrades({ runId, pageSize: 1_000 });
  const trade = trades.at(20);
  const [entry, exit] = [trade?.entryTime, trade?.exitTime].map((time) => Number(time?.seconds));
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  await page.getByRole("button", { name: "21", exact: true }).click();
  const candles = page.locator("[data-chart=candles]");
  await expect(candles).toBeInViewport();
  // All of the trade is in view, bar by bar, with its own marks.
  const view = async () =>
    ((await candles.getAttribute("data-span")) ?? "").split(" ").map((it) => Number(it) / 1000);
  await expect(async () => {
    const [from = 0, to = 0] = await view();
    expect(from).toBeLessThanOrEqual(entry ?? 0);
    expect(to).toBeGreaterThanOrEqual(exit ?? 0);
    expect(to - from).toBeLessThan(30 * 86_400);
  }).toPass();
  await expect(candles).toHaveAttribute("data-marks", /[1-9]/);

  const box = await candles.boundingBox();
  await page.mouse.move((box?.x ?? 0) + 300, (box?.y ?? 0) + 200);
  const readOut = page.locator("[data-readout=bar]");
  await expect(readOut).toContainText(/^O [\d.,]+/);
  const text = await readOut.innerText();
  const [open, high, low, close] = [..."OHLC"].map((letter) =>
    Number(new RegExp(`${letter} ([\\d.,]+)`).exec(text)?.[1]?.replaceAll(",", "")),
  );
  const [from = 0, to = 0] = await view();
  const bars = await stage.api.marketData.getBars({
    subscription: DEMO_SERIES,
    timeRange: {
      startTime: { seconds: BigInt(Math.floor(from)) },
      endTime: { seconds: BigInt(Math.ceil(to)) },
    },
  });
  const found = bars.open.findIndex(
    (value, at) =>
      value === open && bars.high[at] === high && bars.low[at] === low && bars.close[at] === close,
  );
  expect(found, `${text} is one of the bars in view`).toBeGreaterThanOrEqual(0);
  expect(formatDecimal(bars.close[found], 2)).toBe(formatDecimal(close, 2));
});

test("a look around before the bars of a trade are here does not call them off", async ({
  page,
  stage,
}) => {
  const runId = await finished(stage.api, backtest("sma_cross", { fast: 3, slow: 12 }));
  const { trades } = await stage.api.results.listTrades({ runId, pageSize: 1_000 });
  const entry = Number(trades.at(20)?.entryTime?.seconds);
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const candles = page.locator("[data-chart=candles]");
  await expect(candles).toHaveAttribute("data-span", /\d/);
  const whole = await candles.getAttribute("data-span");

  // From here on, bars come when they are let go.
  let letGo = () => {};
  const isLetGo = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let asked = 0;
  await page.route("**/tradeforge.v1.MarketDataService/GetBars", async (route) => {
    asked += 1;
    await isLetGo;
    await route.continue();
  });
  await page.getByRole("button", { name: "21", exact: true }).click();
  await expect.poll(() => asked).toBe(1);
  await candles.scrollIntoViewIfNeeded();
  const box = await candles.boundingBox();
  await page.mouse.move((box?.x ?? 0) + 300, (box?.y ?? 0) + 200);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -600);
  await page.keyboard.up("Control");
  await expect(candles).not.toHaveAttribute("data-span", whole ?? "");
  letGo();
  await expect(async () => {
    const span = ((await candles.getAttribute("data-span")) ?? "").split(" ");
    const [from = 0, to = 0] = span.map((it) => Number(it) / 1000);
    expect(from).toBeLessThanOrEqual(entry);
    expect(to).toBeGreaterThanOrEqual(entry);
    expect(to - from).toBeLessThan(30 * 86_400);
  }).toPass();
});

test("where a trade was to end is drawn beside it, at the price at which it was stopped", async ({
  page,
  stage,
}) => {
  const { spec, ...request } = backtest("sma_cross", { fast: 3, slow: 12 });
  if (spec?.case !== "backtest") {
    throw new Error("a backtest is none");
  }
  const percent = (value: string) => ({ kind: { case: "percent", value } }) as const;
  const simulation = create(SimulationSchema, {
    initialCash: "10000",
    exits: {
      stopLoss: percent("0.02"),
      takeProfits: [{ distance: percent("0.05"), portion: "1" }],
    },
  });
  const value = { ...create(BacktestSpecSchema, spec.value), simulation };
  const runId = await finished(stage.api, { ...request, spec: { case: "backtest", value } });
  const { trades } = await stage.api.results.listTrades({ runId, pageSize: 1_000 });
  const stops = trades.filter(({ exitReason }) => exitReason === "STOP_LOSS");
  // The open of a bar may lie beyond a stop: then it ends there, and not at the stop.
  const stopped = stops.find(({ side, entryPrice, exitPrice }) => {
    const sign = side === TradeSide.SHORT ? -1 : 1;
    return Math.abs(exitPrice / (entryPrice * (1 - sign * 0.02)) - 1) < 1e-4;
  });
  const target = trades.find(({ exitReason }) => exitReason === "TAKE_PROFIT");
  expect([stopped?.tradeIndex, target?.tradeIndex].includes(undefined)).toBe(false);
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const candles = page.locator("[data-chart=candles]");
  for (const [trade, name] of [
    [stopped, "stop"],
    [target, "target"],
  ] as const) {
    const number = formatCount((trade?.tradeIndex ?? 0n) + 1n);
    const table = page.getByRole("table", { name: "Trades", exact: true });
    const row = table.getByRole("button", { name: number, exact: true });
    await expect(async () => {
      await table.locator("xpath=..").evaluate((scroller, at) => {
        scroller.scrollTop = at * 30 - 60;
      }, Number(trade?.tradeIndex));
      await row.click({ timeout: 1_000 });
    }).toPass();
    // The trade before has both levels, too: they are this one's once the candles are there.
    const entered = Number(trade?.entryTime?.seconds ?? 0n) * 1_000;
    await expect(candles).toHaveAttribute("data-focus", new RegExp(`^${entered} `));
    const levels = async () => (await candles.getAttribute("data-levels"))?.split(" ") ?? [];
    await expect.poll(levels).toContain(name);
    const told = await levels();
    const price = Number(told[told.indexOf(name) + 1]);
    expect(price / (trade?.exitPrice ?? 1)).toBeCloseTo(1, 3);
  }
});

test("a trade that is gone to stays drawn, whatever was or is looked at around it", async ({
  page,
  stage,
}) => {
  const { spec, ...request } = backtest("sma_cross", { fast: 3, slow: 12 });
  if (spec?.case !== "backtest") {
    throw new Error("a backtest is none");
  }
  const stopLoss = { kind: { case: "percent", value: "0.02" } } as const;
  const simulation = create(SimulationSchema, { initialCash: "10000", exits: { stopLoss } });
  const value = { ...create(BacktestSpecSchema, spec.value), simulation };
  const runId = await finished(stage.api, { ...request, spec: { case: "backtest", value } });
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const candles = page.locator("[data-chart=candles]");
  const width = async () => {
    const [from = 0, to = 0] = ((await candles.getAttribute("data-span")) ?? "")
      .split(" ")
      .map(Number);
    return to - from;
  };
  await expect.poll(width).toBeGreaterThan(0);
  const whole = await width();
  const row = page
    .getByRole("table", { name: "Trades", exact: true })
    .getByRole("button", { name: "3", exact: true });
  await row.click();
  await expect(candles).toHaveAttribute("data-levels", /^stop /);
  const levels = (await candles.getAttribute("data-levels")) ?? "";
  await expect.poll(width).toBeLessThan(whole / 10);

  // Out again, far enough that other bars are loaded.
  const zoom = (by: number) =>
    candles.evaluate((element, deltaY) => {
      const { left, top } = element.getBoundingClientRect();
      const at = { clientX: left + 300, clientY: top + 200, ctrlKey: true, deltaY };
      element.dispatchEvent(new WheelEvent("wheel", { ...at, bubbles: true, cancelable: true }));
    }, by);
  const near = await width();
  await zoom(1_500);
  await expect.poll(width).toBeGreaterThan(8 * near);
  await expect(candles).toHaveAttribute("data-levels", levels);

  // A view that has not come to rest when the trade is gone to again, whose bars are at hand, on a
  // machine that then has no time for a while.
  const handle = await row.elementHandle();
  await candles.evaluate(async (element, button) => {
    const { left, top } = element.getBoundingClientRect();
    const at = { clientX: left + 300, clientY: top + 200, ctrlKey: true, deltaY: 1_000 };
    element.dispatchEvent(new WheelEvent("wheel", { ...at, bubbles: true, cancelable: true }));
    const painted = () => new Promise((resolve) => requestAnimationFrame(resolve));
    await painted();
    await painted();
    (button as HTMLElement).click();
    const until = performance.now() + 600;
    while (performance.now() < until) {
      // Busy.
    }
  }, handle);
  await expect.poll(width).toBeLessThan(whole / 10);
  await expect(candles).toHaveAttribute("data-levels", levels);
});

test("an equity curve stands beside another series or another run, in its own money", async ({
  page,
  ownStage,
}) => {
  const { api, server } = ownStage;
  const other = { exchange: "SYN", symbol: "OTHER", timeframe: "1h" };
  const source = { case: "synthetic", value: { barCount: 20_000n, seed: 7n } } as const;
  await api.marketData.importBars({ series: other, source });
  const first = await finished(api, backtest("sma_cross", { fast: 20, slow: 60 }));
  const rival = { ...backtest("buy_and_hold", {}, other), displayName: "Rival" };
  const second = await finished(api, rival);
  await page.goto(`${server.baseUrl}/runs/${first}`);
  const legend = (name: string) =>
    page
      .locator("[data-chart=lines]")
      .locator(".u-series", { hasText: name })
      .first()
      .locator(".u-value");
  await page.getByLabel("Beside it").selectOption("SYN:OTHER@1h");
  // From the first open to the last close, bar by bar.
  const bars = await api.marketData.getBars({ subscription: other, maxBars: 20_000 });
  expect(bars.timeframe).toBe("1h");
  const held = (10_000 * (bars.close.at(-1) ?? 0)) / (bars.open[0] ?? 1);
  await expect(legend("SYN:OTHER@1h held")).toHaveText(formatCount(held));
  await page.getByLabel("Beside it").selectOption({ label: "Rival" });
  const { result } = await whenFinal(api, second);
  const metrics = result.case === "backtest" ? result.value.metrics : {};
  await expect(legend("Rival")).toHaveText(formatCount(metrics["final_equity"]));
  await page.getByLabel("Beside it").selectOption({ index: 0 });
  await expect(legend("Buy and hold")).toBeVisible();

  // Measured against it, too: chosen in the form, and told as the API has it.
  await page.goto(`${server.baseUrl}/new?from=${first}`);
  await page.getByLabel("Benchmark").selectOption("SYN:OTHER@1h");
  await page.getByRole("button", { name: "Start the backtest" }).click();
  await expect(page.locator("[data-metric=beta] dd").first()).toHaveText(/\d/);
  const measured = await whenFinal(api, page.url().split("/").at(-1) ?? "");
  const said = measured.result.case === "backtest" ? measured.result.value.metrics : {};
  for (const [name, unit] of [
    ["alpha", "fraction"],
    ["beta", "ratio"],
    ["information_ratio", "ratio"],
  ] as const) {
    expect(said[name], name).toBeDefined();
    await expect(page.locator(`[data-metric=${name}] dd`).first(), name).toHaveText(
      formatMetric(said[name], unit),
    );
  }
});
