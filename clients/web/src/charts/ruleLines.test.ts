// Values of definitions, as they are laid on the bars of a chart.

import { create } from "@bufbuild/protobuf";
import type { UTCTimestamp } from "lightweight-charts";
import { expect, test } from "vitest";
import {
  ColumnSchema,
  GetRuleValuesResponseSchema,
  RuleValueKind,
} from "../gen/tradeforge/v1/result_service_pb";
import { ruleLines, valuesOf } from "./ruleLines";

const at = (...seconds: number[]) => seconds as UTCTimestamp[];

test("what is undefined is told apart from nought", () => {
  const column = create(ColumnSchema, {
    name: "up",
    values: { case: "ints", value: { values: [0n, 1n, 0n] } },
    validity: new Uint8Array([0b110]),
  });
  expect(valuesOf(column)).toEqual([undefined, 1, 0]);
});

test("of several values in one bar of the chart the last is drawn, and a gap stays one", () => {
  const response = create(GetRuleValuesResponseSchema, {
    timeUnixMs: [0n, 60_000n, 120_000n, 180_000n, 240_000n],
    columns: [
      {
        name: "f",
        values: { case: "doubles", value: { values: [0, 2, 3, 0, 5] } },
        validity: new Uint8Array([0b10110]),
      },
    ],
    kinds: [RuleValueKind.PRICE],
  });
  const [line] = ruleLines(response, at(0, 120, 240));
  expect(line).toMatchObject({ name: "f", kind: RuleValueKind.PRICE });
  expect(line?.points).toEqual([
    { time: 0, value: 2 },
    // The last of its bars has no value.
    { time: 120 },
    { time: 240, value: 5 },
  ]);
});
