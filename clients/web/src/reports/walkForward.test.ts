import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { type Window, WindowSchema } from "../gen/tradeforge/v1/types_pb";
import { failuresOf, growthOf } from "./walkForward";

const DAY_MS = 86_400_000;

function window(
  day: number,
  earned: number | undefined,
  baselines: Record<string, number>,
): Window {
  return create(WindowSchema, {
    outOfSample: {
      startTime: timestampFromMs(day * DAY_MS),
      endTime: timestampFromMs((day + 5) * DAY_MS),
    },
    outOfSampleMetrics: earned === undefined ? {} : { total_return: earned },
    baselines,
  });
}

test("growth is compounded from the start of the first window, and a rest keeps it", () => {
  const { times, account, beside } = growthOf([
    window(10, 0.5, { all_trials: 0.1, buy_and_hold: 1 }),
    window(15, undefined, { all_trials: 0.1 }),
    window(20, -0.5, { all_trials: 0.1, buy_and_hold: 1 }),
  ]);
  expect(times).toEqual([10, 15, 20, 25].map((day) => day * 86_400));
  expect(account).toEqual([1, 1.5, 1.5, 0.75]);
  const all = beside.get("all_trials") ?? [];
  expect(all.map((value) => Number(value?.toFixed(6)))).toEqual([1, 1.1, 1.21, 1.331]);
  // What a window does not know is not known after it.
  expect(beside.get("buy_and_hold")).toEqual([1, 2, null, null]);
});

test("failures of all windows are told together, the most frequent first", () => {
  const failed = (reason: string, count: bigint) => ({ reason, message: "why", count });
  const windows = [
    create(WindowSchema, { failures: [failed("PANIC", 2n), failed("OVERFLOW", 3n)] }),
    create(WindowSchema, { failures: [failed("PANIC", 2n)] }),
  ];
  expect(failuresOf(windows)).toEqual([failed("PANIC", 4n), failed("OVERFLOW", 3n)]);
});
