// What of a large map waits while trials still come.

import { expect, test } from "vitest";
import { HeatMapModel } from "./heatMapModel";
import { TrialMark, TrialTable } from "./trialTable";

test("of a large map colours and plateaus wait while trials come, cells do not, and the end waits for nothing", () => {
  const numbers = Array.from({ length: 150 }, (_, at) => at);
  const axis = (name: string) => ({
    name,
    numbers,
    labels: numbers.map(String),
    isOrdered: true,
    range: undefined,
  });
  const table = new TrialTable([axis("x"), axis("y")]);
  const land = (indexes: readonly number[]) =>
    table.accept({
      trialIndex: indexes,
      values: indexes,
      marks: indexes.map(() => TrialMark.Completed),
      places: [indexes.map((it) => Math.floor(it / 150)), indexes.map((it) => it % 150)],
    });
  const plan = { x: 0, y: 1, fixed: [undefined, undefined], isMaximized: true };
  const model = new HeatMapModel(table, plan, "sharpe");
  land([1, 2, 3]);
  expect(model.update(0)).toBe("changed");
  expect(model.scale.high).toBe(3);
  land([4, 5]);
  expect(model.update(10)).toBe("grown");
  expect([model.scale.high, model.projection.trialIndex(model.peak)]).toEqual([3, 5]);
  const { laid, laidCount } = model.projection;
  const cells = [...laid.subarray(3, laidCount)];
  expect(cells.map((cell) => model.projection.trialIndex(cell))).toEqual([4, 5]);
  expect(model.update(20)).toBe("later");
  expect(model.update(60_000)).toBe("changed");
  expect(model.scale.high).toBe(5);
  land([6]);
  table.end();
  expect([model.update(60_001), model.scale.high]).toEqual(["changed", 6]);
  expect(model.update(60_002)).toBe("still");
});

test("of trials that are only brought the listeners are told when there are twice as many, and at the end", () => {
  const numbers = Array.from({ length: 200 }, (_, at) => at);
  const axis = (name: string) => ({
    name,
    numbers,
    labels: numbers.map(String),
    isOrdered: true,
    range: undefined,
  });
  const table = new TrialTable([axis("x"), axis("y")]);
  const told: number[] = [];
  table.subscribe(() => told.push(table.rows));
  const bring = (from: number, to: number) => {
    const trialIndex = numbers.slice(from, to);
    const ones = trialIndex.map(() => TrialMark.Completed);
    table.accept({ trialIndex, values: trialIndex, marks: ones, places: [trialIndex, trialIndex] });
  };
  bring(0, 10);
  bring(10, 11);
  expect(told).toEqual([10, 11]);
  table.isOver = true;
  for (let from = 11; from < 100; from += 1) {
    bring(from, from + 1);
  }
  expect(told).toEqual([10, 11, 22, 44, 88]);
  table.end();
  expect([told.at(-1), table.rows, table.isWhole]).toEqual([100, 100, true]);
  bring(0, 100);
  expect([told.length, table.rows]).toEqual([6, 100]);
});

test("of a large map that is only brought the picture waits for all of it, and not longer than a second", () => {
  const numbers = Array.from({ length: 150 }, (_, at) => at);
  const axis = (name: string) => ({
    name,
    numbers,
    labels: numbers.map(String),
    isOrdered: true,
    range: undefined,
  });
  const table = new TrialTable([axis("x"), axis("y")]);
  table.isOver = true;
  const bring = (indexes: readonly number[], places?: readonly number[][]) =>
    table.accept({
      trialIndex: indexes,
      values: indexes,
      marks: indexes.map(() => TrialMark.Completed),
      places: places ?? [indexes.map((it) => Math.floor(it / 150)), indexes.map((it) => it % 150)],
    });
  const plan = { x: 0, y: 1, fixed: [undefined, undefined], isMaximized: true };
  const model = new HeatMapModel(table, plan, "sharpe");
  const middle = [0, 1, 2, 150, 151, 152, 300, 301, 302];
  bring(middle);
  expect(model.update(0)).toBe("grown");
  expect(model.update(1_001)).toBe("changed");
  // Whose neighbours may be on their way is no plateau yet.
  expect([model.scale.high, model.plateau]).toEqual([302, -1]);
  // What comes again is left out, and what has no place lies nowhere.
  expect(bring([302, 303])).toBe(1);
  expect(bring([400], [[], []])).toBe(1);
  expect([table.rows, table.trialIndex(9), table.place(0, 10)]).toEqual([11, 303, -1]);
  table.end();
  expect(model.update(1_002)).toBe("changed");
  expect([model.scale.high, model.plateau >= 0]).toEqual([303, true]);
});
