// The page and the Python client make the same numbers of the same trials: `heat-map-cases.json`
// holds both to them, to the last bit. `clients/python/tests/test_heatmap.py` can write it anew.

import { readFileSync } from "node:fs";
import { create, fromBinary, fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { ColumnSchema, WatchTrialsResponseSchema } from "../gen/tradeforge/v1/result_service_pb";
import { Goal, OptimizationSpecSchema } from "../gen/tradeforge/v1/types_pb";
import { gridAxes } from "./axes";
import { AxisStatistics } from "./axisStatistics";
import { HeatMapModel } from "./heatMapModel";
import { shownOf } from "./mapAddress";
import { readTrials } from "./readTrials";
import { TrialTable } from "./trialTable";

type Trial = [number, number, number | null, Record<string, number | string>];

interface Case {
  readonly name: string;
  readonly search: JsonValue;
  readonly trials: readonly Trial[];
  readonly axes: readonly [string, string];
  readonly fixed: Record<string, string>;
  readonly expected: JsonValue;
}

const STATES = ["", "COMPLETED", "FAILED", "INFEASIBLE"];
const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL("../../../heat-map-cases.json", import.meta.url), "utf8"),
);

test.each(cases)("$name", (each) => {
  expect(said(each)).toEqual(each.expected);
});

function said({ search, trials, axes, fixed }: Case) {
  const spec = fromJson(OptimizationSpecSchema, search);
  const metric = spec.objective?.metric ?? "";
  const isMaximized = spec.objective?.goal !== Goal.MINIMIZE;
  const table = new TrialTable(gridAxes(spec));
  table.accept(readTrials(message(trials, metric), metric, table.axes));

  const [across, up] = axes;
  const held = Object.entries(fixed).map(([name, value]) => [`at.${name}`, value]);
  const address = new URLSearchParams([["across", across], ["up", up], ...held]);
  const model = new HeatMapModel(table, { ...shownOf(address, table.axes), isMaximized }, metric);
  model.update(0);
  const { projection } = model;
  const { x, y } = projection.plan;
  const place = (cell: number) =>
    cell < 0
      ? null
      : [
          cell % projection.width,
          Math.floor(cell / projection.width),
          projection.trialIndex(cell) ?? null,
        ];
  const statistics = new AxisStatistics(table, isMaximized);
  statistics.update();
  const slices = statistics
    .slices()
    .toSorted((a, b) => (b.etaSquared ?? -1) - (a.etaSquared ?? -1));
  return {
    labels: table.axes.map(({ labels }) => labels),
    axes: [table.axes[x]?.name, table.axes[y]?.name],
    values: known(projection.values),
    smooth: known(model.smooth),
    best: place(model.peak),
    plateau: place(model.plateau),
    fragile: model.fragile.map(place),
    loss: model.peakLoss ?? null,
    scale: model.peak < 0 ? null : [model.scale.low, model.scale.high],
    importance: slices.map(({ name, etaSquared, means, bests }) => [
      name,
      etaSquared ?? null,
      known(means),
      known(bests),
    ]),
  };
}

function message(trials: readonly Trial[], metric: string) {
  const validity = new Uint8Array(Math.ceil(trials.length / 8));
  trials.forEach(([, , value], row) => {
    if (value !== null) {
      validity[row >> 3] = (validity[row >> 3] ?? 0) | (1 << (row & 7));
    }
  });
  const doubles = (name: string, values: number[]) =>
    create(ColumnSchema, { name, values: { case: "doubles", value: { values } } });
  const strings = (name: string, values: string[]) =>
    create(ColumnSchema, { name, values: { case: "strings", value: { values } } });
  const indices = trials.map(([index]) => BigInt(index));
  const columns = [
    create(ColumnSchema, {
      name: "trial_index",
      values: { case: "ints", value: { values: indices } },
    }),
    strings(
      "state",
      trials.map(([, state]) => STATES[state] ?? ""),
    ),
    Object.assign(
      doubles(
        `metrics.${metric}`,
        trials.map(([, , value]) => value ?? 0),
      ),
      { validity },
    ),
  ];
  for (const name of Object.keys(trials[0]?.[3] ?? {})) {
    columns.push(
      doubles(
        name,
        trials.map(([, , , params]) => Number(params[name])),
      ),
    );
  }
  const whole = create(WatchTrialsResponseSchema, { rowCount: trials.length, columns });
  return fromBinary(EmptySchema, toBinary(WatchTrialsResponseSchema, whole));
}

/** As JSON has it: null where there is no value. */
function known(values: Float64Array): (number | null)[] {
  return [...values].map((value) => (Number.isNaN(value) ? null : value));
}
