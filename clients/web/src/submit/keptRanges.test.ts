import { expect, it } from "vitest";
import type { ParamField } from "./formState";
import { asKept, type KeptRanges, parseKept, withKept, without } from "./keptRanges";

const FIELD: ParamField = { mode: "range", fixed: "10", from: "5", to: "50", step: "5", list: "" };
const WIDE: KeptRanges = { name: "wide", strategy: "sma_cross", params: { fast: FIELD } };

it("survives its text, and leaves out what is none", () => {
  const all = [WIDE, { ...WIDE, name: "narrow" }];
  expect(parseKept(JSON.stringify(all))).toEqual(all);
  const odd = [{ ...WIDE, params: { fast: { mode: "dream" } } }, { name: 3 }, null, WIDE];
  expect(parseKept(JSON.stringify(odd))).toEqual([WIDE]);
  expect([parseKept("{"), parseKept(null), parseKept("3")]).toEqual([[], [], []]);
});

it("replaces those of its name, of the same strategy alone", () => {
  const other = { ...WIDE, strategy: "ema_cross" };
  const next = { ...WIDE, params: { fast: { ...FIELD, to: "90" } } };
  expect(withKept([WIDE, other], next)).toEqual([other, next]);
  expect(without([WIDE, other], WIDE)).toEqual([other]);
});

it("sets the parameters that it has, and no others", () => {
  const held = { ...FIELD, mode: "fixed" as const };
  expect(asKept({ fast: held, slow: held }, WIDE)).toEqual({ fast: FIELD, slow: held });
  expect(asKept({ slow: held }, WIDE)).toEqual({ slow: held });
});
