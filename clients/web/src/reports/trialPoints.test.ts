// Trials as points: the front, ranges, and the filter that says the same.

import { expect, test } from "vitest";
import { finerAddress } from "./addresses";
import { filterOf, paretoFront, TrialPoints, within } from "./trialPoints";

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
  const column = (name: string, kind: string, values: unknown[]) =>
    ({ name, values: { case: kind, value: { values } }, validity: new Uint8Array() }) as never;
  points.push({
    rowCount: 3,
    columns: [
      column("trial_index", "ints", [0n, 1n, 2n]),
      column("state", "strings", ["COMPLETED", "FAILED", "INFEASIBLE"]),
      column("params.fast", "ints", [5n, 10n, 15n]),
      column("params.side", "strings", ["long", "both", "long"]),
    ],
  });
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
