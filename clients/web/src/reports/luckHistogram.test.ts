import { describe, expect, it } from "vitest";
import { barsOf } from "./luckHistogram";

describe("a histogram with a mark", () => {
  it("counts every value once and no bar on both sides of the mark", () => {
    const values = Array.from({ length: 500 }, (_, index) => Math.sin(index) * 3);
    const { low, high, step, counts } = barsOf(values, 0.7);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(500);
    const border = Math.round((0.7 - low) / step);
    expect(low + border * step).toBeCloseTo(0.7, 12);
    const below = counts.slice(0, border).reduce((sum, count) => sum + count, 0);
    expect(below).toBe(values.filter((value) => value < 0.7).length);
    expect(high).toBeGreaterThanOrEqual(Math.max(...values));
  });

  it("shows a mark that is beyond all values, and values that are all the same", () => {
    const beyond = barsOf([1, 2, 3], 9);
    expect(beyond.high).toBeGreaterThan(9);
    expect(beyond.counts.reduce((sum, count) => sum + count, 0)).toBe(3);
    const same = barsOf([4, 4], 4);
    expect(same.counts).toEqual([2]);
  });
});
