import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import {
  Across,
  Handover,
  InSampleMode,
  RunSchema,
  Smoothing,
} from "../gen/tradeforge/v1/types_pb";
import { AS_USUAL, askedOf, canWalk, faultOf, walkOf } from "./walking";

const sweep = (more: object = {}) =>
  create(RunSchema, {
    spec: {
      case: "optimization",
      value: { base: { strategy: { name: "sma_cross" } }, maxFailedTrials: 7n, ...more },
    },
  });

test("as usual it is eight windows over all days, each simulated by itself", () => {
  const walk = walkOf(sweep(), AS_USUAL);
  expect(walk.search).toMatchObject({ maxFailedTrials: 7n });
  expect(walk).toMatchObject({
    scheme: { case: "rolling", value: { windowCount: 8, purgeDays: 0 } },
    inSampleMode: InSampleMode.FLAT,
    smoothing: Smoothing.NONE,
    handover: Handover.CLOSE,
  });
});

test("lengths stand in the place of a count, and everything else goes along", () => {
  const form = {
    ...AS_USUAL,
    hasLengths: true,
    inSample: "90",
    outOfSample: "20",
    purge: "2",
    isAnchored: true,
    isCarried: true,
    isSmoothed: true,
    handover: Handover.KEEP,
  };
  expect(walkOf(sweep(), form)).toMatchObject({
    scheme: {
      case: "anchored",
      value: { inSampleDays: 90, outOfSampleDays: 20, stepDays: 0, purgeDays: 2 },
    },
    inSampleMode: InSampleMode.CARRIED,
    smoothing: Smoothing.MEDIAN,
    handover: Handover.KEEP,
  });
  expect(walkOf(sweep(), form).scheme?.value).not.toHaveProperty("windowCount");
});

test("what is wrong with a number is told, of those that are asked for", () => {
  expect(askedOf(AS_USUAL)).toEqual(["windows", "purge"]);
  for (const text of ["1", "201", "", "x", "2.5", "-3"]) {
    expect(faultOf("windows", { ...AS_USUAL, windows: text })).toContain(`not "${text}"`);
  }
  const lengths = { ...AS_USUAL, hasLengths: true };
  expect(faultOf("step", { ...lengths, step: "29" })).toBe(
    "must be at least the 30 days that are judged by",
  );
  expect(askedOf(lengths).map((name) => faultOf(name, lengths))).toEqual(Array(4).fill(undefined));
});

test("a sweep over many series, or with one score over them, is none to walk", () => {
  const series = [{ symbol: "A" }, { symbol: "B" }];
  expect(canWalk(sweep())).toBe(true);
  expect(canWalk(sweep({ subscriptionAxis: series }))).toBe(false);
  expect(canWalk(sweep({ subscriptionAxis: series, across: Across.MEAN }))).toBe(true);
});
