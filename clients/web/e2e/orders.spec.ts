// The orders of a trade that is chosen: each cell is what the API says, and together they are the trade.

import { create } from "@bufbuild/protobuf";
import { formatTime } from "../src/format/time";
import { FillSide } from "../src/gen/tradeforge/v1/result_service_pb";
import { SimulationSchema } from "../src/gen/tradeforge/v1/types_pb";
import { backtest, finished } from "./arrange";
import { chanceOf } from "./chance";
import { expect, test } from "./fixtures";

/** As a person reads a number: `1,234.50`, `−3`. */
function read(text: string | undefined): { readonly value: number; readonly digits: number } {
  const bare = (text ?? "").replace(/[,+\s]/g, "").replace("−", "-");
  return { value: Number(bare), digits: bare.split(".")[1]?.length ?? 0 };
}

const words = (name: string) => (name === "" ? "–" : name.toLowerCase().replaceAll("_", " "));

test("the orders of a trade are the API's, and they add up to it", async ({ page, stage }) => {
  const { api, server } = stage;
  const chance = chanceOf(19);
  const { spec } = backtest("sma_cross", { fast: chance(3, 9), slow: chance(24, 48) });
  const base = spec?.case === "backtest" ? spec.value : {};
  const percent = (value: string) => ({ kind: { case: "percent", value } }) as const;
  const value = {
    ...base,
    simulation: create(SimulationSchema, {
      initialCash: "10000",
      commissionRate: "0.001",
      slippageTicks: "3",
      exits: { takeProfits: [{ distance: percent("0.01"), portion: "0.5" }] },
    }),
  };
  const runId = await finished(api, { spec: { case: "backtest", value } });
  const { trades } = await api.results.listTrades({ runId, pageSize: 1_000 });
  await page.goto(`${server.baseUrl}/runs/${runId}`);
  const table = page.getByRole("table", { name: "Trades", exact: true });
  await expect(table).toHaveAttribute("data-rows", String(trades.length));
  await expect(page.getByRole("heading", { name: /^Orders of trade/ })).toHaveCount(0);
  let parts = 0;
  for (const at of Array.from({ length: 6 }, () => chance(0, Math.min(11, trades.length - 1)))) {
    const trade = trades[at];
    await table
      .locator(`tr[aria-rowindex="${at + 2}"] button`)
      .first()
      .click();
    await expect(page.getByRole("heading", { name: `Orders of trade ${at + 1}` })).toBeVisible();
    const orders = page.getByRole("table", { name: "Orders of the trade" });
    const { fills, totalSize } = await api.results.listFills({ runId, tradeIndex: BigInt(at) });
    await expect(orders).toHaveAttribute("data-fills", String(totalSize));
    const rows = await orders
      .locator("[data-fill]")
      .evaluateAll((found) =>
        found.map((row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent)),
      );
    expect(rows.length).toBe(fills.length);
    for (const [place, fill] of fills.entries()) {
      const [time, what, side, quantity, price, fee, slippage, held, rule, reason] =
        rows[place] ?? [];
      expect(time).toBe(formatTime(fill.time, "utc"));
      expect(what).toBe(fill.exitReason === "" ? "Entry" : "Exit");
      expect(side).toBe(fill.side === FillSide.BUY ? "Buy" : "Sell");
      expect([rule, reason]).toEqual([words(fill.pricedBy), words(fill.exitReason)]);
      for (const [text, wanted] of [
        [quantity, fill.quantity],
        [price, fill.price],
        [fee, fill.fee],
        [slippage, fill.slippageCost],
        [held, fill.position],
      ] as const) {
        const { value: said, digits } = read(text);
        const off = Math.abs(said - wanted);
        expect(off, `${text} for ${wanted}`).toBeLessThanOrEqual(0.5001 * 10 ** -digits);
      }
    }
    const sum = (of: "quantity" | "fee", isEntry?: boolean) =>
      fills
        .filter(({ exitReason }) => isEntry === undefined || (exitReason === "") === isEntry)
        .reduce((all, fill) => all + fill[of], 0);
    expect(sum("quantity", true)).toBeCloseTo(trade?.quantity ?? Number.NaN, 6);
    expect(sum("fee")).toBeCloseTo(trade?.fees ?? Number.NaN, 6);
    parts += Number(fills.length > 2);
  }
  expect(parts, "trades that were left in parts").toBeGreaterThan(0);
});
