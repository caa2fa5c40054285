// Each cell of the table of trades, and what is said of a warm-up, is what the API says to the last
// digit that is shown.

import { create } from "@bufbuild/protobuf";
import { type Trade, TradeSide } from "../src/gen/tradeforge/v1/result_service_pb";
import { RunState, TimeRangeSchema } from "../src/gen/tradeforge/v1/types_pb";
import { backtest, finished, whenFinal } from "./arrange";
import { expect, test } from "./fixtures";

const START = Date.UTC(2021, 2, 3, 5) / 1000;
const END = Date.UTC(2021, 4, 20) / 1000;

function millis(time: Trade["entryTime"]): number {
  return Number(time?.seconds ?? 0n) * 1000 + (time?.nanos ?? 0) / 1e6;
}

/** As a person reads a number: `1,234.50`, `+12.00`, `-0.35 %`, `−3`. */
function read(text: string): { readonly value: number; readonly digits: number } {
  const bare = text.replace(/[,+%\s]/g, "").replace("−", "-");
  return { value: Number(bare), digits: bare.split(".")[1]?.length ?? 0 };
}

test("every cell of the trades is the API's, after a warm-up that is told", async ({
  page,
  stage,
}) => {
  const { api, server } = stage;
  const { spec } = backtest("sma_cross", { fast: 5, slow: 20 });
  const base = spec?.case === "backtest" ? spec.value : {};
  const timeRange = create(TimeRangeSchema, {
    startTime: { seconds: BigInt(START) },
    endTime: { seconds: BigInt(END) },
  });
  const value = { ...base, timeRange, warmupBars: 123n };
  const runId = await finished(api, { spec: { case: "backtest", value } });
  const status = await whenFinal(api, runId);
  expect(status.state, status.error?.message).toBe(RunState.COMPLETED);
  const { trades } = await api.results.listTrades({ runId, pageSize: 1_000 });
  expect(trades.length).toBeGreaterThan(20);
  expect(trades.every(({ entryTime }) => millis(entryTime) >= START * 1000)).toBe(true);

  await page.goto(`${server.baseUrl}/runs/${runId}`);
  await expect(page.getByText("after 123 bars of warm-up")).toBeVisible();
  const table = page.getByRole("table", { name: "Trades", exact: true });
  await expect(table).toHaveAttribute("data-rows", String(trades.length));
  const heads = (await table.locator("thead th").allInnerTexts()).map((it) => it.split("\n")[0]);
  const sums = [0];
  for (const { profit } of trades) {
    sums.push((sums.at(-1) ?? 0) + profit);
  }
  const numbers = (trade: Trade, at: number): Readonly<Record<string, number | undefined>> => ({
    Quantity: trade.quantity,
    "Entry price": trade.entryPrice,
    "Exit price": trade.exitTime && trade.exitPrice,
    Profit: trade.profit,
    Return: (100 * trade.profit) / trade.entryValue,
    "In all": sums[at + 1],
    Fees: trade.fees,
    Worst: trade.maxAdverseExcursion,
    Best: trade.maxFavorableExcursion,
  });
  let compared = 0;
  for (const row of await table.locator("tbody tr[aria-rowindex]").all()) {
    const at = Number(await row.getAttribute("aria-rowindex")) - 2;
    const trade = trades[at];
    if (!trade) {
      throw new Error(`no trade ${at}`);
    }
    const texts = await row.locator("td, th").allInnerTexts();
    const shown = new Map(heads.map((head, place) => [head, texts[place] ?? ""]));
    for (const [head, wanted] of Object.entries(numbers(trade, at))) {
      const text = shown.get(head);
      expect(text, head).toBeDefined();
      if (wanted !== undefined) {
        const { value: said, digits } = read(text ?? "");
        const what = `${head} of trade ${at}: ${text} for ${wanted}`;
        expect(Math.abs(said - wanted), what).toBeLessThanOrEqual(0.5001 * 10 ** -digits);
        compared += 1;
      }
    }
    expect(shown.get("Side")?.toLowerCase()).toBe(TradeSide[trade.side]?.toLowerCase());
    const entered = new Date(millis(trade.entryTime)).toISOString().slice(0, 16).replace("T", " ");
    expect(shown.get("Entry")).toContain(entered);
  }
  expect(compared).toBeGreaterThan(80);
});
