// Trades out of columns, and what they come to.

import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { roundTicks } from "../charts/ticks";
import { ExportTradesResponseSchema } from "../gen/tradeforge/v1/result_service_pb";
import { adverse, histogramOf, readTrades, summaryOf } from "./trades";

const doubles = (name: string, ...values: number[]) => ({
  name,
  values: { case: "doubles", value: { values } } as never,
});

function rows() {
  const message = create(ExportTradesResponseSchema, {
    rowCount: 3,
    columns: [
      doubles("trade_index", 0, 1, 2),
      doubles("entry_time_unix_ms", 0, 100, 200),
      // The last is still open: its exit is no value.
      { ...doubles("exit_time_unix_ms", 50, 180, 0), validity: new Uint8Array([0b011]) },
      doubles("entry_price", 10, 20, 10),
      doubles("exit_price", 11, 18, 12),
      doubles("quantity", 2, 1, 1),
      doubles("profit", 2, -2, 2),
      // The second is a contract of two a point.
      doubles("entry_value", 20, 40, 10),
      // Of the last one it was not kept.
      { ...doubles("max_adverse_excursion", -1, -3, 0), validity: new Uint8Array([0b011]) },
    ] as never,
  });
  return readTrades(message, 100);
}

test("a trade's return is its profit over its value, and an open one has not ended", () => {
  const trades = rows();
  expect(trades.map(({ exitMs }) => exitMs)).toEqual([50, 180, undefined]);
  expect(trades.map(({ gain }) => gain)).toEqual([0.1, -0.05, 0.2]);
  expect(trades.map(({ cumulative }) => cumulative)).toEqual([102, 100, 102]);
});

test("how far a trade went against its holder is told where it was kept", () => {
  const trades = rows();
  expect(trades.map(({ worst }) => worst)).toEqual([-1, -3, undefined]);
  expect(trades.map(({ best }) => best)).toEqual([undefined, undefined, undefined]);
  expect(trades.map(adverse)).toEqual([0.05, 0.075, undefined]);
});

test("only closed trades are won or lost, and without a loss there is no factor", () => {
  const trades = rows();
  expect(summaryOf(trades)).toEqual({
    count: 2,
    wins: 1,
    profit: 0,
    profitFactor: 1,
    averageGain: 0.025,
    averageHeldMs: 65,
    best: 2,
    worst: -2,
  });
  expect(summaryOf(trades.slice(0, 1)).profitFactor).toBeUndefined();
  expect(summaryOf([]).best).toBeUndefined();
});

test("a histogram counts each value once, and no part holds gains and losses", () => {
  const values = [-0.31, -0.02, -0.001, 0, 0.004, 0.2, 0.69, 0.7];
  const bins = histogramOf(values, 10);
  expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
  expect(bins.every(({ from, to }) => from >= -1e-12 || to <= 1e-12)).toBe(true);
  for (const { from, to, count } of bins) {
    const isLast = to === bins.at(-1)?.to;
    const inside = values.filter((it) => it >= from && (it < to || isLast));
    expect(inside.length).toBe(count);
  }
  expect(histogramOf([], 10)).toEqual([]);
  expect(histogramOf([0, 0], 10).map(({ count }) => count)).toEqual([2]);
});

test("ticks are round and within the ends", () => {
  expect(roundTicks(0, 10, 6)).toEqual([0, 2, 4, 6, 8, 10]);
  expect(roundTicks(-0.31, 0.72, 6)).toEqual([-0.2, 0, 0.2, 0.4, 0.6]);
  expect(roundTicks(5, 5, 6)).toEqual([5]);
});
