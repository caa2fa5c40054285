import { expect, test } from "vitest";
import type { GridAxis } from "./axes";
import { partBetween, partText, spanOf, TableOfPart } from "./mapPart";
import { Projection } from "./projection";
import { TrialMark, TrialTable } from "./trialTable";

function axis(name: string, numbers: readonly number[]): GridAxis {
  return { name, labels: numbers.map(String), numbers, isOrdered: true, range: undefined };
}

const AXES = [axis("fast", [5, 7, 9, 11]), axis("slow", [60, 50, 40])];

/** One trial a cell; each is worth its index. */
function filled(): TrialTable {
  const table = new TrialTable(AXES);
  const cells = AXES[0]?.labels.flatMap((_, x) => AXES[1]?.labels.map((_, y) => [x, y] as const));
  const all = cells?.flatMap((it) => (it ? [it] : [])) ?? [];
  table.accept({
    trialIndex: all.map((_, at) => at),
    marks: all.map(() => TrialMark.Completed),
    values: all.map((_, at) => at),
    places: [all.map(([x]) => x), all.map(([, y]) => y)],
  });
  return table;
}

test("the map of a part has its cells, its labels and the best of them", () => {
  const part = [
    [1, 2],
    [0, 1],
  ] as const;
  const table = new TableOfPart(filled(), part);
  expect(table.axes.map(({ labels }) => labels)).toEqual([
    ["7", "9"],
    ["60", "50"],
  ]);
  const plan = { x: 0, y: 1, fixed: [undefined, undefined], isMaximized: true };
  const projection = new Projection(table, plan);
  projection.update();
  expect([...projection.values]).toEqual([3, 6, 4, 7]);
  expect(projection.trialIndex(projection.bestCell)).toBe(7);
});

test("a box in a part is a part of the whole, whichever corner was first", () => {
  const part = [[1, 3], undefined] as const;
  // Three columns wide: the cell in the last column and line, and one beside the first.
  const corners = [8, 1] as const;
  expect(partBetween(corners, 3, { x: 0, y: 1, part })).toEqual([
    [2, 3],
    [0, 2],
  ]);
  expect(partText([[2, 3], undefined], AXES)).toBe("fast 9 to 11");
  expect(
    partText(
      [
        [0, 0],
        [0, 2],
      ],
      AXES,
    ),
  ).toBe("fast 5 · slow 60 to 40");
});

test("the span of a part is of its values, and of an axis in parts of their ends", () => {
  expect(spanOf(axis("slow", [60, 50, 40]), 1, 2)).toEqual([40, 50]);
  const cut = { ...axis("level", [0, 0, 0, 0]), range: { min: 0, max: 2 } };
  expect(spanOf(cut, 1, 2)).toEqual([0.5, 1.5]);
  expect(spanOf({ ...cut, numbers: undefined, range: undefined }, 0, 1)).toBeUndefined();
});
