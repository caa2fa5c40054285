import { describe, expect, test } from "vitest";
import { fractionOf } from "./fraction";
import { formatBytes, formatDecimal, formatNumber, formatPercent, formatSigned } from "./number";
import { formatEstimate, formatMillis, formatSeconds } from "./time";
import { formatMetric } from "./value";

describe("what is undefined is a dash, never 0", () => {
  test.each([undefined, Number.NaN, Number.POSITIVE_INFINITY])("%s", (value) => {
    const texts = [formatNumber, formatDecimal, formatPercent, formatSigned].map((it) => it(value));
    expect(new Set(texts)).toEqual(new Set(["–"]));
    expect(["fraction", "days"].map((unit) => formatMetric(value, unit))).toEqual(["–", "–"]);
  });
});

test("one day is a day", () => {
  expect([1, 0, 1.5].map((days) => formatMetric(days, "days"))).toEqual([
    "1 day",
    "0 days",
    "1.5 days",
  ]);
});

test("no zero is negative, and none has a plus", () => {
  expect([formatDecimal(-0.001), formatPercent(-0.00001), formatSigned(0.001)]).toEqual([
    "0.00",
    "0.0 %",
    "0.00",
  ]);
  expect([formatSigned(1), formatSigned(-1)]).toEqual(["+1.00", "-1.00"]);
});

test("a price of any size has its telling digits", () => {
  expect([93576.07, 1.08345, 0.000012346, 0.00001, 5e13].map(formatNumber)).toEqual([
    "93,576.07",
    "1.0835",
    "1.235e-5",
    "1.000e-5",
    "5.000e+13",
  ]);
});

test("spans of time go over into the next unit, not to 60 of one", () => {
  expect(
    [0, 0.0001, 0.0123, 0.9996, 59.94, 59.96, 3599.6, 86_399.9, 90_000].map(formatSeconds),
  ).toEqual([
    "< 1 ms",
    "< 1 ms",
    "12 ms",
    "1.0 s",
    "59.9 s",
    "1 min 00 s",
    "1 h 00 min",
    "1 d 00 h",
    "1 d 01 h",
  ]);
});

test("an estimate has no digits that it does not know", () => {
  expect([0, 0.4, 4.3, 43.2, 59, 130, 7200].map(formatEstimate)).toEqual([
    "less than a second",
    "less than a second",
    "about 4 s",
    "about 40 s",
    "about 60 s",
    "about 2 min",
    "about 2 h",
  ]);
});

test("bytes and moments", () => {
  expect([999, 1000, 4_200_000].map(formatBytes)).toEqual(["999 B", "1.0 kB", "4.2 MB"]);
  expect(formatMillis(Date.UTC(2026, 2, 1, 14, 5, 9), "utc")).toBe("2026-03-01 14:05:09");
});

test("a fraction is taken as a number, in percent or in basis points, digit by digit", () => {
  const typed = ["0.001", "0.1%", "0.07 %", "10bp", "2.5 bps", "100%", "-1%", "0%", "some", ""];
  expect(typed.map(fractionOf)).toEqual([
    "0.001",
    "0.001",
    "0.0007",
    "0.001",
    "0.00025",
    "1",
    "-0.01",
    "0",
    "some",
    "",
  ]);
});
