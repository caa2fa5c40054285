// What a curve is compared with, at the curve's own points.

import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { GetBarsResponseSchema } from "../gen/tradeforge/v1/market_data_service_pb";
import { alongside, knownOf } from "./benchmark";
import { levelsOf } from "./levels";

const HOUR = 3_600_000;

function bars(
  timeframe: string,
  opens: readonly number[],
  ...prices: [open: number, close: number][]
) {
  return create(GetBarsResponseSchema, {
    timeframe,
    timeUnixMs: opens.map((hour) => BigInt(hour * HOUR)),
    open: prices.map(([open]) => open),
    close: prices.map(([, close]) => close),
  });
}

test("a close is known at the end of its bar and not before, from the first open on", () => {
  // Of merged bars the first and the last hours are cut; they come by themselves.
  const known = knownOf([
    bars("1h", [0], [10, 11]),
    bars("2h", [1, 3], [11, 12], [12, 8]),
    bars("1h", [4, 5], [9, 8], [8, 20]),
  ]);
  expect(known.start).toBe(10);
  const curve = {
    timeUnixMs: [0, 1, 2, 3, 5, 6].map((hour) => BigInt(hour * HOUR)),
    equity: [100],
  };
  expect(alongside(curve, known)).toEqual([100, 110, 110, 120, 80, 200]);
});

test("what has no bars over the span is said, and not drawn as nothing", () => {
  expect(() => knownOf([bars("1h", [])])).toThrow("no bars");
});

test("levels follow from one entry, and are none of several", () => {
  const exits = {
    stopLoss: { kind: { case: "percent", value: "0.02" } },
    takeProfits: [{ distance: { kind: { case: "ticks", value: 5n } } }],
  };
  const of = (isLong: boolean, entries: number) =>
    levelsOf({ isLong, entryPrice: 200, entries }, { exits } as never);
  expect(of(true, 1)).toEqual([{ name: "stop", price: 196 }]);
  expect(of(false, 1)).toEqual([{ name: "stop", price: 204 }]);
  expect(of(true, 2)).toEqual([]);
});
