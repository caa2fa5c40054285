// What is read of the bytes is what the generated code reads of them.

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import {
  type Column,
  ColumnSchema,
  WatchTrialsResponseSchema,
} from "../gen/tradeforge/v1/result_service_pb";
import { wireColumns, wireInteger } from "./wireColumns";

const STATES = ["COMPLETED", "COMPLETED", "FAILED", "COMPLETED", "INFEASIBLE", "", "größer 🙂"];
const columns: Column[] = [
  create(ColumnSchema, {
    name: "trial_index",
    values: {
      case: "ints",
      value: { values: [0n, 1n, -1n, 4_294_967_296n, -4_294_967_297n, 2n ** 52n, 2_147_483_648n] },
    },
  }),
  create(ColumnSchema, { name: "state", values: { case: "strings", value: { values: STATES } } }),
  create(ColumnSchema, {
    name: "metrics.sharpe",
    values: {
      case: "doubles",
      value: { values: [0, -0.5, 1e308, Number.NaN, 5e-324, 2 / 3, -0] },
    },
    validity: Uint8Array.of(0b0110_1101),
  }),
  create(ColumnSchema, { name: "none", values: { case: "doubles", value: { values: [] } } }),
];

function read(bytes: Uint8Array) {
  return fromBinary(EmptySchema, bytes);
}

describe("columns of the wire", () => {
  const whole = create(WatchTrialsResponseSchema, {
    cursor: 9_007_199_254_740_993n,
    rowCount: STATES.length,
    columns,
  });
  const message = read(toBinary(WatchTrialsResponseSchema, whole));

  test("numbers, whole numbers and texts are those that were written, in their order", () => {
    const found = wireColumns(message, 3);
    expect([...found.keys()]).toEqual(columns.map(({ name }) => name));
    for (const { name, values, validity } of columns) {
      const column = found.get(name);
      const wanted = values.value?.values ?? [];
      const texts = column?.texts;
      const given = [...(column?.numbers ?? [])].map((value) => (texts ? texts[value] : value));
      expect(given).toEqual(
        wanted.map((value) => (typeof value === "bigint" ? Number(value) : value)),
      );
      expect(column?.validity).toEqual(validity);
    }
    expect(found.get("state")?.texts).toEqual([...new Set(STATES)]);
  });

  test("a cursor keeps all of its digits, and one that is not there is none", () => {
    expect(wireInteger(message, 1)).toBe(9_007_199_254_740_993n);
    expect(wireInteger(read(new Uint8Array()), 1)).toBeUndefined();
    expect(wireColumns(read(new Uint8Array()), 3).size).toBe(0);
  });

  test("a writer may part a list of numbers, or not pack it", () => {
    const doubles = (...values: number[]) => new Uint8Array(Float64Array.from(values).buffer);
    const packed = [0x0a, 16, ...doubles(1.5, 2.5)];
    const single = [0x09, ...doubles(3.5)];
    const values = [0x12, packed.length + single.length, ...packed, ...single];
    const column = [0x0a, 1, 0x61, ...values];
    const found = wireColumns(read(Uint8Array.of(0x1a, column.length, ...column)), 3);
    expect([...(found.get("a")?.numbers ?? [])]).toEqual([1.5, 2.5, 3.5]);
  });

  test("a text that ends beyond its column is refused and not read from what follows", () => {
    const column = [0x0a, 1, 0x61, 0x22, 3, 0x0a, 9, 0x62];
    expect(() => wireColumns(read(Uint8Array.of(0x1a, column.length, ...column)), 3)).toThrow(
      RangeError,
    );
  });
});
