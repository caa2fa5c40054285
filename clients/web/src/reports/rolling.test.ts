// Rolling figures over days.

import { expect, test } from "vitest";
import { dailyReturns, daysPerYearOf, deviationOf, rollingOf } from "./rolling";

test("days without a bar count only where the metrics count them", () => {
  const equity = {
    initial: 100,
    days: [
      [3, 110],
      [6, 99],
    ],
  } as const;
  const told = { days: [3, 6], returns: [expect.closeTo(0.1), expect.closeTo(-0.1)] };
  expect(dailyReturns(equity)).toEqual(told);
  expect(dailyReturns(equity, 2)).toEqual(told);
  expect(dailyReturns(equity, 4).days).toEqual([3, 4, 5, 6]);
  expect(dailyReturns(equity, 4).returns[1]).toBe(0);
});

test("a window is full or has no figure, and the last is that of its days alone", () => {
  const returns = [0.01, -0.02, 0.03, 0.005, -0.01];
  const { sharpe, volatility } = rollingOf(returns, 3, 365, 0.0365);
  expect(sharpe.slice(0, 2)).toEqual([null, null]);
  const last = returns.slice(-3);
  const deviation = deviationOf(last) ?? 0;
  const mean = last.reduce((sum, value) => sum + value, 0) / 3 - 0.0001;
  expect(volatility.at(-1)).toBeCloseTo(deviation * Math.sqrt(365));
  expect(sharpe.at(-1)).toBeCloseTo((mean / deviation) * Math.sqrt(365));
  expect(rollingOf([0.01, 0.01, 0.01], 2, 365, 0).sharpe.at(-1)).toBeNull();
});

test("the year is the one that the metrics have", () => {
  const returns = [0.01, -0.02, 0.03];
  const volatility = (deviationOf(returns) ?? 0) * Math.sqrt(252);
  expect(daysPerYearOf(returns, volatility)).toBeCloseTo(252);
  expect(daysPerYearOf([], undefined)).toBe(365);
});
