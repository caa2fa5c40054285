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
