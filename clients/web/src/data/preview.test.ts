import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import {
  BarPreviewSchema,
  GetBarsResponseSchema,
} from "../gen/tradeforge/v1/market_data_service_pb";
import { barsAtEnds } from "./preview";

function shown(first: readonly number[], last: readonly number[], count: number) {
  const bars = (times: readonly number[]) =>
    create(GetBarsResponseSchema, { timeUnixMs: times.map(BigInt) });
  const preview = create(BarPreviewSchema, { first: bars(first), last: bars(last) });
  return barsAtEnds(preview, BigInt(count)).map(
    (row) => row && Number(row.bars.timeUnixMs[row.at]),
  );
}

test("each bar stands once, and a gap where some are not shown", () => {
  expect(shown([1, 2], [8, 9], 9)).toEqual([1, 2, undefined, 8, 9]);
  expect(shown([1, 2], [3, 4], 4)).toEqual([1, 2, 3, 4]);
  expect(shown([1, 2], [2, 3], 3)).toEqual([1, 2, 3]);
  expect(shown([1, 2], [1, 2], 2)).toEqual([1, 2]);
  expect(barsAtEnds(create(BarPreviewSchema), 3n)).toEqual([]);
});
