// A strategy as text: a mistake is underlined where it is, mended, tried, and swept.

import type { Page } from "@playwright/test";
import { valuesOf } from "../src/charts/ruleLines";
import { formatDecimal, formatNumber } from "../src/format/number";
import { formatMetric } from "../src/format/value";
import { ReusePolicy } from "../src/gen/tradeforge/v1/run_service_pb";
import { DEMO_SERIES, finished, heatMap, stateBadge, whenFinal } from "./arrange";
import { expect, test } from "./fixtures";

const LINES = [
  'strategy "Two averages"',
  "param fast = 10 from 2 to 11 in bars",
  "param slow = 15 from 6 to 15 in bars",
  "require fast < slow",
  "enter long when crosses_above(smaa(close, fast), sma(close, slow))",
  "exit long when crosses_below(sma(close, fast), sma(close, slow))",
];
/** Of 10 × 10 pairs those of which fast is the lesser. */
const SWEPT = 79;

function editor(page: Page) {
  return page.getByRole("textbox", { name: "Text of the strategy" });
}

async function write(page: Page, text: string): Promise<void> {
  await editor(page).click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText(text);
}

test("an own idea is written, its mistake underlined and mended, tried, and swept", async ({
  page,
  stage,
}) => {
  await page.goto(`${stage.server.baseUrl}/new`);
  await page.getByRole("button", { name: "Own text" }).click();
  await write(page, LINES.join("\n"));

  // Underlined are the letters that are wrong, and no others.
  const underlined = page.locator(".cm-lintRange-error");
  await expect(underlined).toHaveText("smaa");
  const faults = page.getByRole("list", { name: "Mistakes of the text" });
  await expect(faults).toContainText("5:31");
  await expect(faults).toContainText("there is no function smaa (did you mean sma?)");
  await expect(page.getByRole("button", { name: "Try it" })).toBeDisabled();
  await page.getByRole("button", { name: "Start the backtest" }).click();
  await expect(editor(page)).toBeFocused();
  expect(page.url()).toContain("/new");

  await faults.getByRole("button", { name: "Write sma" }).click();
  await expect(underlined).toHaveCount(0);
  await expect(page.getByText("No mistakes: Two averages, 2 parameters")).toBeVisible();
  await expect(editor(page)).toContainText("crosses_above(sma(close, fast)");

  // What it comes to at once, without leaving the page: the figures of the API.
  await page.getByRole("button", { name: "Try it" }).click();
  const tried = page.locator("[data-tried]");
  const triedId = (await tried.getAttribute("data-tried")) ?? "";
  const { result } = await whenFinal(stage.api, triedId);
  const metrics = result.case === "backtest" ? result.value.metrics : {};
  expect(metrics["trade_count"]).toBeGreaterThan(0);
  for (const [name, unit] of [
    ["total_return", "fraction"],
    ["trade_count", "count"],
  ] as const) {
    const shown = tried.locator(`[data-metric=${name}] dd`);
    await expect(shown).toHaveText(formatMetric(metrics[name], unit));
  }

  // A parameter of the text is a field of the form, and follows the text.
  const fast = page.getByRole("textbox", { name: "fast", exact: true });
  await expect(fast).toHaveValue("10");
  await write(page, LINES.join("\n").replace("smaa", "sma").replace("fast = 10", "fast = 9"));
  await expect(fast).toHaveValue("9");

  await page.getByRole("button", { name: "Sweep all" }).click();
  await expect(page.locator(`[data-total='${SWEPT}']`)).toContainText("trials");
  await page.getByRole("button", { name: "Start the sweep" }).click();
  await expect(page).toHaveURL(/\/runs\//);
  const runId = page.url().split("/").at(-1) ?? "";
  const best = (await whenFinal(stage.api, runId)).progress?.bestTrial;
  await expect(stateBadge(page)).toHaveAttribute("data-state", "COMPLETED");
  await expect(heatMap(page)).toHaveAttribute("data-filled", String(SWEPT));
  expect(best?.objectiveValue).toBeDefined();
  await expect(page.getByRole("main")).toContainText(formatMetric(best?.objectiveValue, "ratio"));

  // Back is the form as it was left; the run's own form has its text; to run it again is no fault.
  await page.goBack();
  await expect(editor(page)).toContainText("fast = 9");
  await expect(page.getByLabel("fast From")).toHaveValue("2");
  await page.goto(`${stage.server.baseUrl}/new?from=${runId}`);
  await expect(editor(page)).toContainText("fast = 9");
  await expect(page.locator(`[data-total='${SWEPT}']`)).toContainText("trials");
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  await page.getByRole("button", { name: "Run again" }).click();
  await expect(page).not.toHaveURL(new RegExp(runId));
  await expect(heatMap(page)).toHaveAttribute("data-filled", String(SWEPT));
});

test("what is typed is completed, and what a word means is told", async ({ page, stage }) => {
  await page.goto(`${stage.server.baseUrl}/new?text`);
  await write(page, "enter long when close > ");
  await page.keyboard.type("sm");
  const offered = page.getByRole("listbox").getByRole("option", { name: /^sma\b/ });
  await expect(offered).toBeVisible();
  await offered.click();
  await expect(editor(page)).toContainText("close > sma");
  await page.keyboard.type("(close, 50)");
  await expect(page.getByText("No mistakes")).toBeVisible();
  await page.getByText("sma", { exact: true }).hover();
  await expect(page.locator(".cm-meaning")).toContainText("sma(");
  // Letters are letters here, and no shortcuts of the page.
  await page.keyboard.type(" # jkcn?");
  await expect(page.getByText("No mistakes")).toBeVisible();
  expect(page.url()).toContain("/new?text");
});

test("definitions are drawn on the candles, with the values that the API tells", async ({
  page,
  stage,
}) => {
  const source = [
    "f = sma(close, 5)",
    "strength = rsi(close, 14)",
    "enter long when close > f",
    "exit long when close < f",
  ].join("\n");
  const time = (seconds: bigint) => ({ seconds });
  const { series } = await stage.api.marketData.listSeries({});
  const first = BigInt(series[0]?.firstBarTime?.seconds ?? 0n);
  const runId = await finished(stage.api, {
    reusePolicy: ReusePolicy.ALWAYS_NEW,
    spec: {
      case: "backtest",
      value: {
        strategy: { source },
        subscriptions: [DEMO_SERIES],
        timeRange: { startTime: time(first), endTime: time(first + 300n * 3_600n) },
        simulation: { initialCash: "10000" },
      },
    },
  });
  await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
  const candles = page.locator("[data-chart=candles]");
  await expect(candles).toHaveAttribute("data-lines", "f");
  await expect(candles).toHaveAttribute("data-points", "300");

  // What is no price is drawn below, once it is asked for.
  await page.getByRole("checkbox", { name: "strength" }).check();
  await expect(candles).toHaveAttribute("data-lines", "f strength");
  await candles.scrollIntoViewIfNeeded();
  const box = await candles.boundingBox();
  await page.mouse.move((box?.x ?? 0) + 400, (box?.y ?? 0) + 120);
  const readOut = page.locator("[data-readout=bar]");
  await expect(readOut).toContainText(/ f [\d.,]+ {2}strength [\d.,]+/);
  const text = await readOut.innerText();
  const figure = (name: string) => new RegExp(` ${name} ([\\d.,]+)`).exec(text)?.[1];
  const [bars, values] = await Promise.all([
    stage.api.marketData.getBars({ subscription: DEMO_SERIES }),
    stage.api.results.getRuleValues({ runId }),
  ]);
  expect(values.columns.map(({ name }) => name)).toEqual(["f", "strength"]);
  // The bar is known by its prices; at it stands what the API says of it.
  const shown = (value: number | undefined) => formatDecimal(value ?? Number.NaN, 2);
  const prices = ["O", "H", "L", "C"].map(
    (letter) => new RegExp(`${letter} ([\\d.,]+)`).exec(text)?.[1],
  );
  const bar = values.timeUnixMs.findIndex((millis) => {
    const at = bars.timeUnixMs.indexOf(millis);
    const own = [bars.open[at], bars.high[at], bars.low[at], bars.close[at]];
    return own.every((price, place) => shown(price) === prices[place]);
  });
  expect(bar, `${text} is one of the bars`).toBeGreaterThanOrEqual(0);
  const [f = [], strength = []] = values.columns.map(valuesOf);
  expect(figure("f")).toBe(formatNumber(f[bar]));
  expect(figure("strength")).toBe(formatNumber(strength[bar]));

  await page.getByRole("checkbox", { name: "f", exact: true }).uncheck();
  await expect(candles).toHaveAttribute("data-lines", "strength");
});

test("a shipped strategy is opened as a text, which runs as it does", async ({ page, stage }) => {
  await page.goto(`${stage.server.baseUrl}/strategies`);
  const { strategies } = await stage.api.strategies.listStrategies({});
  const shown = strategies.filter(({ hasText }) => hasText);
  await expect(page.getByRole("link", { name: "Open as text" })).toHaveCount(shown.length);
  const panel = page.locator("section").filter({ hasText: "sma_cross" });
  await panel.getByRole("link", { name: "Open as text" }).click();
  await expect(page).toHaveURL(/\/new\?text=sma_cross/);
  await expect(editor(page)).toContainText("enter long when crosses_above(f, s)");
  await expect(page.getByText("No mistakes: SMA crossover, 3 parameters")).toBeVisible();
  await page.getByRole("button", { name: "Try it" }).click();
  const triedId = (await page.locator("[data-tried]").getAttribute("data-tried")) ?? "";
  const tried = (await whenFinal(stage.api, triedId)).result;
  const { run } = await stage.api.runs.getRun({ runId: triedId });
  const spec = run?.spec.case === "backtest" ? run.spec.value : undefined;
  const shipped = await finished(stage.api, {
    reusePolicy: ReusePolicy.ALWAYS_NEW,
    spec: {
      case: "backtest",
      value: {
        strategy: { name: "sma_cross" },
        subscriptions: spec?.subscriptions ?? [],
        ...(spec?.timeRange && { timeRange: spec.timeRange }),
        ...(spec?.simulation && { simulation: spec.simulation }),
      },
    },
  });
  const { result } = await whenFinal(stage.api, shipped);
  const hash = (of: typeof result) => (of.case === "backtest" ? of.value.resultSha256 : undefined);
  expect(hash(tried)).toBe(hash(result));
});
