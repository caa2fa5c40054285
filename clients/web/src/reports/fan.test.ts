import { describe, expect, it } from "vitest";
import { fanOf } from "./fan";

function lists(change: Record<string, readonly number[]> = {}) {
  const usual = {
    "fan.day": [1, 2],
    "fan.p05": [0.5, 0.25],
    "fan.p25": [0.8, 0.7],
    "fan.p50": [1, 1],
    "fan.p75": [1.5, 2],
    "fan.p95": [2, 4],
    "fan.observed": [1, 2],
  };
  return new Map(Object.entries({ ...usual, ...change }));
}

describe("a fan of paths", () => {
  it("starts at the start and has equal factors equally tall", () => {
    const fan = fanOf(lists(), 100, 80);
    expect(fan?.one).toBe(40);
    expect(fan?.middle).toBe("M0,40.0L50.0,40.0L100.0,40.0");
    expect(fan?.observed).toBe("M0,40.0L50.0,40.0L100.0,20.0");
    expect(fan?.wide).toBe("M0,40.0L50.0,20.0L100.0,0.0L100.0,80.0L50.0,60.0L0,40.0Z");
    expect(fan?.last).toEqual({ low: 0.25, middle: 1, high: 4, observed: 2 });
  });

  it("draws what is lost at the floor, and nothing where there are no paths", () => {
    expect(fanOf(lists({ "fan.p05": [0, 0] }), 100, 80)?.least).toBe(0.01);
    expect(fanOf(new Map(), 100, 80)).toBeUndefined();
  });
});
