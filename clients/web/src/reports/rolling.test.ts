// Rolling figures over days.

import { expect, it } from "vitest";
import { rollingOf } from "./rolling";

it("puts each figure at the day that its window ends with, and leaves the first days without", () => {
  const told = rollingOf({
    days: [10, 11, 14, 15],
    rollingSharpe: [1.5],
    rollingSharpeDays: [15],
    rollingVolatility: [0, 0.2, 0.3],
    rollingExposure: [0.5, 0, -0.25],
  });
  expect(told.days).toEqual([10, 11, 14, 15]);
  // A window in which nothing moved has no ratio.
  expect(told.sharpe).toEqual([null, null, null, 1.5]);
  expect(told.volatility).toEqual([null, 0, 0.2, 0.3]);
  expect(told.exposure).toEqual([null, 0.5, 0, -0.25]);
});

it("has none where no window is full", () => {
  const told = rollingOf({
    days: [1, 2],
    rollingSharpe: [],
    rollingSharpeDays: [],
    rollingVolatility: [],
    rollingExposure: [],
  });
  expect([told.sharpe, told.volatility, told.exposure]).toEqual([
    [null, null],
    [null, null],
    [null, null],
  ]);
});
