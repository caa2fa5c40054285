import type { UTCTimestamp } from "lightweight-charts";
import { expect, test } from "vitest";
import { placesOf, timesInView } from "./viewTimes";

const TIMES = [100, 110, 120, 130].map((time) => time as UTCTimestamp);

test("what is in view goes on before the first bar and after the last", () => {
  expect(timesInView(TIMES, { from: 0.4, to: 2.6 })).toEqual({ from: 110, to: 120 });
  expect(timesInView(TIMES, { from: -3, to: 5 })).toEqual({ from: 70, to: 150 });
  expect(timesInView([], { from: 0, to: 1 })).toBeUndefined();
});

test("the same times are found again among other bars", () => {
  const more = Array.from({ length: 12 }, (_, at) => (60 + 10 * at) as UTCTimestamp);
  const seen = timesInView(TIMES, { from: -3, to: 5 });
  expect(placesOf(more, seen ?? { from: 0, to: 0 })).toEqual({ from: 1, to: 9 });
  expect(placesOf(TIMES, { from: 70, to: 150 })).toEqual({ from: -3, to: 5 });
});
