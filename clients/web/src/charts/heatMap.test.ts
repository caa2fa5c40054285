import { create, fromJson } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { OptimizationSpecSchema } from "../gen/tradeforge/v1/types_pb";
import { type GridAxis, gridAxes, isCounted, placeOfValue, placesOf } from "./axes";
import { labelledPlaces } from "./axisLabels";
import { AxisStatistics } from "./axisStatistics";
import { colorOf, isDivergingMetric, NO_WISH, paletteOf, placeOn, scaleOf } from "./colorScale";
import { HeatMapModel } from "./heatMapModel";
import { searchOfMap, shownOf } from "./mapAddress";
import { dimensions, fragilePeaks, type Grid, isFragile, lossAround, smoothed } from "./plateau";
import { CellState, Projection } from "./projection";
import { TrialMark, TrialTable } from "./trialTable";

function axis(name: string, numbers: readonly number[]): GridAxis {
  return { name, numbers, labels: numbers.map(String), isOrdered: true, range: undefined };
}

function grid(width: number, height: number): Grid {
  return { width, height, isOrderedAcross: true, isOrderedUp: true };
}

const FAST = axis("fast", [5, 10]);
const SLOW = axis("slow", [20, 30, 40]);

/** Puts trials in by index, as `[index, value, mark]`. */
function land(
  table: TrialTable,
  ...trials: readonly (readonly [index: number, value: number, mark?: TrialMark])[]
): void {
  const trialIndex = trials.map(([index]) => index);
  table.accept({
    trialIndex,
    values: trials.map(([, value]) => value),
    marks: trials.map(([, , mark = TrialMark.Completed]) => mark),
    places: table.axes.map((_, at) =>
      trialIndex.map((index) => placesOf(index, table.axes)[at] ?? -1),
    ),
  });
}

function plan(table: TrialTable, fixed: readonly (number | undefined)[] = []) {
  const all = table.axes.map((_, at) => fixed[at]);
  return { x: 0, y: 1, fixed: all, isMaximized: true };
}

describe("where a trial lies", () => {
  test("of the axes the last counts fastest", () => {
    expect([0, 1, 2, 3, 5].map((index) => placesOf(index, [FAST, SLOW]))).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 2],
    ]);
  });

  test("a value with the dust of binary fractions has its place", () => {
    expect(placeOfValue(0.1 + 0.2, axis("risk", [0.1, 0.2, 0.3]))).toBe(2);
    expect(placeOfValue(0.25, axis("risk", [0.1, 0.2, 0.3]))).toBe(-1);
  });

  test("an axis without steps is cut into parts, and its end belongs to the last", () => {
    const cut = { ...axis("risk", [0.25, 0.75]), range: { min: 0, max: 1 } };
    expect([0, 0.49, 0.5, 1].map((value) => placeOfValue(value, cut))).toEqual([0, 0, 1, 1]);
  });
});

test("a search at random has cells coarse enough to be hit, one over all has every step", () => {
  const value = { minValue: 1n, maxValue: 200n, step: 1n };
  const axes = [{ name: "slow", domain: { case: "intRange", value } as const }];
  const all = gridAxes(create(OptimizationSpecSchema, { axes }));
  expect([all[0]?.labels.length, isCounted(all)]).toEqual([200, true]);
  const search = { case: "random", value: { trialCount: 200n } } as const;
  const [drawn] = gridAxes(create(OptimizationSpecSchema, { axes, search }));
  expect(drawn?.labels).toHaveLength(10);
  expect(drawn && [1, 200].map((slow) => placeOfValue(slow, drawn))).toEqual([0, 9]);
});

test("points lie on the values that they have, in rising order, and each tells its place", () => {
  const kind = (value: bigint) => ({ kind: { case: "intValue", value } as const });
  const point = (fast: bigint, slow: bigint) => ({
    params: { slow: kind(slow), fast: kind(fast) },
  });
  const points = [point(9n, 40n), point(5n, 40n), point(9n, 20n)];
  const search = { case: "points", value: { points } } as const;
  const [fast, slow] = gridAxes(create(OptimizationSpecSchema, { search }));
  expect([fast?.labels, slow?.labels]).toEqual([
    ["5", "9"],
    ["20", "40"],
  ]);
  expect(fast && [placeOfValue(9, fast), isCounted([fast])]).toEqual([1, false]);
});

describe("the table", () => {
  test("takes each trial once, whatever a stream repeats", () => {
    const table = new TrialTable([FAST, SLOW]);
    land(table, [0, 1], [1, 2, TrialMark.Failed]);
    land(table, [1, 2, TrialMark.Failed], [0, 9], [2, 3]);
    expect([table.rows, table.failed]).toEqual([3, 1]);
    expect(table.value(0)).toBe(1);
  });

  test("grows beyond what it had room for and keeps what it had", () => {
    const long = axis(
      "n",
      Array.from({ length: 5000 }, (_, place) => place),
    );
    const table = new TrialTable([long]);
    land(table, [0, 7]);
    land(table, ...Array.from({ length: 4999 }, (_, at) => [at + 1, at] as const));
    expect([table.rows, table.value(0), table.value(4999), table.place(0, 4999)]).toEqual([
      5000, 7, 4998, 4999,
    ]);
  });
});

describe("the projection", () => {
  test("lays trials while they come, and a repeated update changes nothing", () => {
    const table = new TrialTable([FAST, SLOW]);
    const map = new Projection(table, plan(table));
    land(table, [4, 0.5]);
    expect([map.update(), map.update()]).toEqual([true, false]);
    // fast 10 is the second column, slow 30 the second line.
    expect(map.trialIndex(1 * 2 + 1)).toBe(4);
    land(table, [0, 0.7]);
    map.update();
    expect(map.bestCell).toBe(0);
  });

  test("takes the best over a third axis, or one of its values", () => {
    const third = axis("hold", [1, 2]);
    const table = new TrialTable([FAST, SLOW, third]);
    land(table, [0, 1], [1, 5]);
    const best = new Projection(table, plan(table));
    const first = new Projection(table, plan(table, [undefined, undefined, 0]));
    best.update();
    first.update();
    expect([best.values[0], best.trialIndex(0)]).toEqual([5, 1]);
    expect([first.values[0], first.trialIndex(0)]).toEqual([1, 0]);
  });

  test("of equal values the lower index wins, in whatever order they came", () => {
    const table = new TrialTable([FAST, SLOW]);
    const map = new Projection(table, plan(table));
    land(table, [5, 2], [3, 2]);
    map.update();
    expect(map.trialIndex(map.bestCell)).toBe(3);
  });

  test("neither failed, infeasible nor undefined trials are the best, and each is told apart", () => {
    const table = new TrialTable([FAST, SLOW]);
    const map = new Projection(table, plan(table));
    land(table, [0, 99, TrialMark.Failed], [1, 99, TrialMark.Infeasible], [2, Number.NaN], [3, -1]);
    map.update();
    expect(map.trialIndex(map.bestCell)).toBe(3);
    const states = [0, 1, 2, 3].map((index) => {
      const [x = 0, y = 0] = placesOf(index, table.axes);
      return [map.states[y * 2 + x], map.isInfeasible(y * 2 + x)];
    });
    expect(states).toEqual([
      [CellState.Failed, false],
      [CellState.Unusable, true],
      [CellState.Unusable, false],
      [CellState.Valued, false],
    ]);
  });
});

describe("plateaus", () => {
  const nan = Number.NaN;

  test("a lone peak loses to a plateau, and is fragile", () => {
    const table = new TrialTable([axis("x", [0, 1, 2, 3, 4]), axis("y", [0, 1, 2])]);
    const lone = 1 * 3 + 1;
    const heights = [0, 0, 0, 0, 9, 0, 0, 0, 0, 5, 5, 5, 5, 5, 5];
    land(table, ...heights.map((value, index) => [index, value] as const));
    const model = new HeatMapModel(table, plan(table), "sharpe");
    model.update(0);
    expect(model.projection.trialIndex(model.peak)).toBe(lone);
    expect(model.isPeakFragile).toBe(true);
    expect(model.fragile).toEqual([model.peak]);
    expect(model.smooth[model.plateau]).toBe(5);
  });

  test("a hole stays a hole, and too few neighbours say nothing", () => {
    const result = smoothed(Float64Array.of(1, 2, nan, nan, nan, nan, nan, nan, 8), grid(3, 3));
    expect([...result].every(Number.isNaN)).toBe(true);
    expect(smoothed(Float64Array.of(1, 2, 3, 4, nan, 9), grid(3, 2))[4]).toBeNaN();
  });

  test("along one axis three in a row are a neighbourhood", () => {
    expect([...smoothed(Float64Array.of(1, 9, 2), grid(3, 1))]).toEqual([5, 2, 5.5]);
  });

  test("where less is better the neighbours of the lowest lose by being higher", () => {
    const loss = lossAround(Float64Array.of(0.4, 0.1, 0.4), grid(3, 1), 1, false);
    expect(loss).toBeCloseTo(3);
    expect(isFragile(loss)).toBe(true);
    expect(isFragile(lossAround(Float64Array.of(1, 1.1, 1), grid(3, 1), 1, true))).toBe(false);
  });
});

test("of the peaks those that stand alone are fragile, up or down, and shoulders are no peaks", () => {
  const nan = Number.NaN;
  const line = Float64Array.of(0, 9, 1, 5, 5, nan, 4, 7, 6);
  expect(fragilePeaks(line, grid(9, 1), true)).toEqual([1]);
  expect(
    fragilePeaks(
      line.map((value) => 20 - value),
      grid(9, 1),
      false,
    ),
  ).toEqual([1]);
  expect(fragilePeaks(Float64Array.of(nan, 3, nan), grid(3, 1), true)).toEqual([]);
});

test("between names there are no neighbours: nothing is smoothed over them, and no peak is fragile", () => {
  const names = { ...axis("direction", [0, 1, 2]), numbers: undefined, isOrdered: false };
  const table = new TrialTable([names, axis("length", [1, 2, 3])]);
  // The middle name is far better than its neighbours in the list, at all lengths.
  land(table, ...[1, 1, 1, 9, 9, 9, 1, 1, 1].map((value, index) => [index, value] as const));
  const model = new HeatMapModel(table, plan(table), "sharpe");
  model.update(0);
  expect(dimensions(model.grid)).toBe(1);
  expect(model.fragile).toEqual([]);
  expect(model.smooth[model.plateau]).toBe(9);
  const alone = new HeatMapModel(table, { ...plan(table), y: 0 }, "sharpe");
  alone.update(0);
  expect([dimensions(alone.grid), alone.plateau, alone.fragile]).toEqual([0, -1, []]);
});

test("which axes have an order is told by their values, and whole numbers are cut into whole parts", () => {
  const spec = fromJson(OptimizationSpecSchema, {
    axes: [
      { name: "side", values: { values: [{ stringValue: "1" }, { stringValue: "2" }] } },
      { name: "flag", values: { values: [{ boolValue: false }, { boolValue: true }] } },
      { name: "up", values: { values: [{ intValue: "1" }, { intValue: "5" }] } },
      { name: "mixed", values: { values: [1, 9, 5].map((it) => ({ doubleValue: it })) } },
      { name: "n", intRange: { minValue: "1", maxValue: "200", step: "1" } },
    ],
    random: { trialCount: "32" },
  });
  const axes = gridAxes(spec);
  expect(axes.map(({ isOrdered }) => isOrdered)).toEqual([false, false, true, false, true]);
  const cut = axes[4];
  expect(cut?.labels).toEqual(["1–50", "51–100", "101–150", "151–200"]);
  for (let value = 1; cut && value <= 200; value += 1) {
    const [first = 0, last = 0] =
      cut.labels[placeOfValue(value, cut)]?.split("–").map(Number) ?? [];
    expect(value >= first && value <= last, String(value)).toBe(true);
  }
});

describe("colours", () => {
  const brightness = (color: number) =>
    0.2126 * (color & 255) + 0.7152 * ((color >> 8) & 255) + 0.0722 * ((color >> 16) & 255);
  const shown = (
    values: readonly number[],
    metric: string,
    isMaximized: boolean,
    isDark: boolean,
  ) => {
    const scale = scaleOf(Float64Array.from(values), isDivergingMetric(metric), isMaximized);
    const palette = paletteOf(scale.kind, isDark);
    return values.map((value) => brightness(colorOf(value, scale, palette)));
  };

  test("the best is the brightest, whether more or less of the metric is better", () => {
    const drawdowns = [0.0696, 0.1, 0.15, 0.257];
    const bright = shown(drawdowns, "max_drawdown", false, false);
    expect(bright).toEqual(bright.toSorted((a, b) => b - a));
    const counts = shown([1, 2, 3], "trade_count", true, false);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    const ratios = shown([-2, 0, 1.5], "sharpe", true, true);
    expect(Math.max(...ratios)).toBe(ratios[2]);
  });

  test("no colour stands for values that there are none of", () => {
    const values = Float64Array.from(
      { length: 2_000 },
      (_, at) => -48 * (1 - at / 2_000) ** 4 - 0.9,
    );
    const scale = scaleOf(values, true);
    expect(scale.kind).toBe("sequential");
    expect(scale.high).toBe(values[1_999]);
    const both = scaleOf(Float64Array.of(-48, -3, -1, 0, 0.5, 0.9), true);
    expect([placeOn(both, -48), placeOn(both, 0), placeOn(both, 0.9)]).toEqual([0, 0.5, 1]);
  });

  test("the colour of a cell is that of its value's place on the scale", () => {
    const scales = [
      scaleOf(Float64Array.of(-48, -3, 0.9), true),
      scaleOf(Float64Array.of(1, 3, 9), false),
      scaleOf(Float64Array.of(-2, 1, 3), true, true, { ...NO_WISH, low: -1, high: 2 }),
    ];
    for (const scale of scales) {
      const palette = paletteOf(scale.kind, false);
      for (let value = -50; value < 12; value += 0.37) {
        const step = Math.round(placeOn(scale, value) * (palette.length - 1));
        expect(colorOf(value, scale, palette), `${scale.kind} ${value}`).toBe(palette[step]);
      }
    }
  });

  test("by rank the best half of all has half of the colours, however close their values are", () => {
    const values = Float64Array.from({ length: 1_001 }, (_, at) => -48 * (1 - at / 1_000) ** 8);
    const scale = scaleOf(values, true, true, { isByRank: true, low: undefined, high: undefined });
    expect(placeOn(scale, values[500] ?? 0)).toBeCloseTo(0.5, 1);
    const byHand = scaleOf(values, true, true, { isByRank: false, low: -1, high: 1 });
    expect([byHand.low, byHand.high, placeOn(byHand, -48)]).toEqual([-1, 1, 0]);
  });
});

test("an axis explains what lies between the means of its values", () => {
  const table = new TrialTable([FAST, axis("y", [0, 1])]);
  // All that varies, varies with fast.
  land(table, [0, 1], [1, 1], [2, 3], [3, 3]);
  const statistics = new AxisStatistics(table, true);
  statistics.update();
  expect(statistics.slices().map(({ etaSquared }) => etaSquared)).toEqual([1, 0]);
  land(table, [0, 100]);
  statistics.update();
  expect(statistics.slices()[0]?.bests).toEqual(Float64Array.of(1, 3));
});

test("what a map shows survives the address, and what it shows at first leaves none", () => {
  const axes = [FAST, SLOW, axis("hold", [1, 2, 3, 4])];
  const first = shownOf(new URLSearchParams(), axes);
  expect([first.x, first.y, searchOfMap(first, axes)]).toEqual([1, 2, []]);
  const other = {
    x: 2,
    y: 0,
    fixed: [undefined, 2, undefined],
    part: [[0, 1] as const, undefined, undefined],
    view: "raw" as const,
    hasContours: true,
    wish: { isByRank: true, low: -2, high: undefined },
  };
  expect(shownOf(new URLSearchParams(searchOfMap(other, axes)), axes)).toEqual(other);
  const nonsense = new URLSearchParams("across=slow&up=slow&at.hold=9&view=none&part.hold=3..1");
  expect(shownOf(nonsense, axes)).toEqual(first);
});

test("below an axis stand round values where it has them, with room between", () => {
  const axis = (numbers: readonly number[]) => ({
    name: "n",
    labels: numbers.map(String),
    numbers,
    isOrdered: true,
    range: undefined,
  });
  const labels = (numbers: readonly number[], apart: number) =>
    labelledPlaces(axis(numbers), apart).map((place) => numbers[place]);
  const steps = (from: number, to: number, by: number) =>
    Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, at) => from + at * by);
  expect(labels(steps(5, 664, 1), 219)).toEqual([250, 500]);
  expect(labels(steps(2, 60, 1), 9)).toEqual([10, 20, 30, 40, 50, 60]);
  expect(labels(steps(5, 9, 1), 1)).toEqual([5, 6, 7, 8, 9]);
  // No round value is one of its steps.
  expect(labels(steps(3, 23, 5), 2)).toEqual([3, 13, 23]);
  const names = { ...axis([]), labels: ["a", "b", "c"], numbers: undefined, isOrdered: false };
  expect(labelledPlaces(names, 2)).toEqual([0, 2]);
});
