import { expect, test } from "vitest";
import { ends } from "./FileLines";
import { uploadAddress } from "./upload";

const QUERY = {
  fields: { exchange: " X ", symbol: "A/B", timeframe: "1d", time_zone: "" },
  columns: "close=Last, volume=none",
  replace: false,
};

test("an address says what is filled in and nothing else", () => {
  const said = new URL(uploadAddress(QUERY, "a.csv", "check"), "http://x").searchParams;
  expect(Object.fromEntries(said)).toEqual({
    source_name: "a.csv",
    exchange: "X",
    symbol: "A/B",
    timeframe: "1d",
    "columns.close": "Last",
    "columns.volume": "none",
    validate_only: "true",
  });
  expect(uploadAddress(QUERY, "a.csv", "store")).not.toContain("validate_only");
});

test("of a long text both ends are shown, of what is no text nothing", () => {
  expect(ends("a\nb\n", "a\nb\n", true)).toEqual(["a", "b", ""]);
  const long = Array.from({ length: 50 }, (_, line) => `${line}`).join("\n");
  expect(ends(long, long, false)).toEqual(["0", "1", "2", "3", "…", "46", "47", "48", "49"]);
  expect(ends("PAR1\0", "", false)).toEqual([]);
});
