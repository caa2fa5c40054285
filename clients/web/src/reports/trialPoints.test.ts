// Trials as points: the front, ranges, and the filter that says the same.

import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type Empty, EmptySchema } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import {
  type ColumnSchema,
  ExportTrialsResponseSchema,
} from "../gen/tradeforge/v1/result_service_pb";
import { finerAddress } from "./addresses";
import { filterOf, paretoFront, TrialPoints, within } from "./trialPoints";

/** A message as it comes, read as one without fields. */
function asRaw(...columns: MessageInitShape<typeof ColumnSchema>[]): Empty {
  const rowCount = columns[0]?.values?.value?.values?.length ?? 0;
  const message = create(ExportTrialsResponseSchema, { rowCount, columns });
  return fromBinary(EmptySchema, toBinary(ExportTrialsResponseSchema, message));
}

test("on the front is who is bettered by nobody in both, and nobody else", () => {
  const chance = (seed: number) => Math.abs(Math.sin(seed * 12.9898) * 43_758.5453) % 1;
  const xs = Array.from({ length: 300 }, (_, at) => Math.round(chance((at % 100) + 1) * 20));
  const ys = Array.from({ length: 300 }, (_, at) => Math.round(chance((at % 100) + 999) * 20));
  const usable = xs.map((_, at) => at % 7 !== 0);
  const goals = { isXMaximized: true, isYMaximized: false };
  const front = paretoFront(xs, ys, usable, goals);
  const betters = (a: number, b: number) => {
    const [dx, dy] = [(xs[a] ?? 0) - (xs[b] ?? 0), (ys[b] ?? 0) - (ys[a] ?? 0)];
    return dx >= 0 && dy >= 0 && (dx > 0 || dy > 0);
  };
  const free = xs.flatMap((_, at) =>
    usable[at] && !xs.some((_, other) => usable[other] && betters(other, at)) ? [at] : [],
  );
  expect(front.concat().sort((a, b) => a - b)).toEqual(free);
  expect(new Set(free.map((at) => `${xs[at]} ${ys[at]}`)).size).toBeLessThan(free.length);
});

test("ranges hold together, and say themselves as a filter of the server", () => {
  const points = new TrialPoints();
  points.push(
    asRaw(
      { name: "trial_index", values: { case: "ints", value: { values: [0n, 1n, 2n] } } },
      {
        name: "state",
        values: { case: "strings", value: { values: ["COMPLETED", "FAILED", "INFEASIBLE"] } },
      },
      { name: "params.fast", values: { case: "ints", value: { values: [5n, 10n, 15n] } } },
      {
        name: "params.side",
        values: { case: "strings", value: { values: ["long", "both", "long"] } },
      },
    ),
  );
  expect(points.isFeasible).toEqual([true, false, false]);
  const ranges = new Map([
    ["params.fast", [6, 20]],
    ["params.side", [-0.1, 0.4]],
  ] as const);
  expect(within(points, ranges)).toEqual([2]);
  expect(filterOf(points, ranges)).toBe(
    'params.fast >= 6 AND params.fast <= 20 AND params.side = "long"',
  );
  expect(within(points, new Map()).length).toBe(3);
  expect(finerAddress("r", ranges)).toBe("/new?from=r&range.fast=6..20&range.side=-0.1..0.4");
});

test("messages follow each other: texts by their own lists, what is undefined is no number", () => {
  const points = new TrialPoints();
  const message = (index: bigint[], sides: string[], sharpe: number[], validity: number[]) =>
    asRaw(
      { name: "trial_index", values: { case: "ints", value: { values: index } } },
      {
        name: "state",
        values: { case: "strings", value: { values: sides.map(() => "COMPLETED") } },
      },
      { name: "params.side", values: { case: "strings", value: { values: sides } } },
      {
        name: "metrics.sharpe",
        values: { case: "doubles", value: { values: sharpe } },
        validity: Uint8Array.from(validity),
      },
    );
  points.push(message([4n, 2n], ["short", "long"], [1.5, 9], [0b01]));
  points.push(message([7n, 9n], ["long", "short"], [0, -2.5], []));
  expect(points.index).toEqual([4, 2, 7, 9]);
  const { values, labels } = points.column("params.side");
  expect(values.map((at) => labels?.[at])).toEqual(["short", "long", "long", "short"]);
  expect(points.column("metrics.sharpe").values).toEqual([1.5, Number.NaN, 0, -2.5]);
  expect(points.column("metrics.other").values).toEqual(Array(4).fill(Number.NaN));
});
