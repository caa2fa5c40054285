import { expect, test } from "vitest";
import { EquityStatistics } from "./equityStatistics";

const DAY = 86_400_000;

function of(points: readonly (readonly [time: string | number, equity: number])[]) {
  const statistics = new EquityStatistics("utc");
  for (const [time, equity] of points) {
    statistics.push(typeof time === "number" ? time : Date.parse(time), equity);
  }
  return statistics;
}

test("a bar that ends at midnight belongs to the month that it was in", () => {
  const years = of([
    ["2023-12-31T00:00:00Z", 100],
    ["2024-01-01T00:00:00Z", 110],
    ["2024-02-01T00:00:00Z", 99],
    ["2024-03-15T12:00:00Z", 198],
  ]).years();
  expect(years.map(({ year }) => year)).toEqual([2023, 2024]);
  expect(years[0]?.months[11]).toBeCloseTo(0.1);
  expect(years[1]?.months[0]).toBeCloseTo(-0.1);
  expect(years[1]?.months[1]).toBeUndefined();
  expect(years[1]?.months[2]).toBeCloseTo(1);
  expect(years[1]?.whole).toBeCloseTo(0.8);
});

test("months, days of the week and hours each make up the whole", () => {
  let [state, equity] = [7, 1_000];
  const points = Array.from({ length: 5_000 }, (_, at) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    equity *= 1 + (state / 2 ** 32 - 0.5) / 50;
    return [at * 5_400_000, equity] as const;
  });
  const statistics = of(points);
  const whole = equity / (points[0]?.[1] ?? 1);
  const product = (parts: readonly (number | undefined)[]) =>
    parts.reduce<number>((growth, part) => growth * (1 + (part ?? 0)), 1);
  expect(product(statistics.years().map((year) => year.whole)) / whole).toBeCloseTo(1, 9);
  expect(product(statistics.weekdays()) / whole).toBeCloseTo(1, 9);
  expect(product(statistics.hours()) / whole).toBeCloseTo(1, 9);
});

test("drawdowns go from a peak by the lowest point to where it is made up for, the deepest first", () => {
  const told = of(
    [100, 90, 95, 100, 80, 70, 110, 99, 104].map((equity, day) => [day * DAY, equity]),
  ).drawdowns();
  const days = told.map(({ peakMs, troughMs, recoveredMs }) =>
    [peakMs, troughMs, recoveredMs].map((ms) => ms && ms / DAY),
  );
  expect(told.map(({ depth }) => depth.toFixed(2))).toEqual(["0.30", "0.10", "0.10"]);
  expect(days).toEqual([
    [3, 5, 6],
    [0, 1, 3],
    [6, 7, undefined],
  ]);
  expect(
    of([
      [0, 100],
      [1, 101],
    ]).drawdowns(),
  ).toEqual([]);
});
