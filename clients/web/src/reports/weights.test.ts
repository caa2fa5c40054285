import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { InstrumentWeightsSchema } from "../gen/tradeforge/v1/result_service_pb";
import { WEIGHED_MAX, weightLines } from "./weights";

const of = (symbol: string, ...weights: number[]) =>
  create(InstrumentWeightsSchema, { exchange: "SYN", symbol, weights });

test("the heaviest comes first, a short as a long, and the cash is what is left", () => {
  const lines = weightLines([of("A", 0, 0.25), of("B", 0, -0.5)]);
  expect(lines).toEqual([
    { name: "SYN:B", weights: [0, -0.5], kind: "instrument" },
    { name: "SYN:A", weights: [0, 0.25], kind: "instrument" },
    { name: "Cash", weights: [1, 1.25], kind: "cash" },
  ]);
});

test("of many the light ones are told together, and nothing is lost", () => {
  const many = Array.from({ length: 10 }, (_, at) => of(`S${at}`, at / 100));
  const lines = weightLines(many);
  expect(lines.map(({ name }) => name)).toEqual([
    ...[9, 8, 7, 6, 5, 4].map((at) => `SYN:S${at}`),
    "4 others",
    "Cash",
  ]);
  expect(lines.reduce((sum, { weights }) => sum + (weights[0] ?? 0), 0)).toBeCloseTo(1, 12);
  expect(weightLines(many.slice(0, WEIGHED_MAX + 1))).toHaveLength(WEIGHED_MAX + 2);
  expect(weightLines([])).toEqual([]);
});
