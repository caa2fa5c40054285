import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { type ParamSpec, ParamSpecSchema } from "../gen/tradeforge/v1/types_pb";
import { fieldOf, sliderOf, templatesOf } from "./axisTemplates";
import { type ParamField, valueCount } from "./formState";

const FAST: ParamSpec = create(ParamSpecSchema, {
  name: "fast",
  defaultValue: { kind: { case: "intValue", value: 10n } },
  domain: { case: "intDomain", value: { minValue: 1n, maxValue: 1_000_000n } },
  suggestedAxis: {
    name: "fast",
    domain: { case: "intRange", value: { minValue: 5n, maxValue: 50n, step: 5n } },
  },
});
const RISK: ParamSpec = create(ParamSpecSchema, {
  name: "risk",
  defaultValue: { kind: { case: "doubleValue", value: 0.2 } },
  domain: { case: "doubleDomain", value: { minValue: 0, maxValue: 1 } },
});
const WORD: ParamSpec = create(ParamSpecSchema, {
  name: "side",
  domain: { case: "choiceDomain", value: { values: ["long", "short"] } },
});

function field(from: string, to: string, fixed: string): ParamField {
  return { mode: "range", fixed, from, to, step: "1", list: "" };
}

describe("a slider", () => {
  it("reaches as far again as is suggested, within what is allowed", () => {
    expect(sliderOf(FAST, field("5", "50", "10"))).toEqual({ from: 1, to: 95, step: 1 });
    const risk = sliderOf(RISK, field("0.1", "0.4", "0.2"));
    expect(risk?.from).toBe(0);
    expect(risk?.to).toBeCloseTo(0.7, 12);
  });

  it("goes as far as is typed, and has a thousand places at most", () => {
    expect(sliderOf(FAST, field("5", "5000", "10"))).toEqual({ from: 1, to: 5_000, step: 5 });
  });

  it("is none of words", () => {
    expect(sliderOf(WORD, field("", "", "long"))).toBeUndefined();
  });
});

describe("templates", () => {
  it("are the suggestion, what is about the value, and the same ends with fewer or more values", () => {
    const found = templatesOf(FAST, field("5", "50", "10"));
    expect(found.map(({ range }) => fieldOf(range))).toEqual([
      { from: "5", to: "50", step: "5" },
      { from: "5", to: "15", step: "1" },
      { from: "5", to: "50", step: "10" },
      { from: "5", to: "50", step: "2" },
    ]);
  });

  it("make as many values as their names say, for whatever ends", () => {
    for (const [from, to] of [
      ["0.05", "0.9"],
      ["0.1", "0.137"],
      ["0", "1"],
    ] as const) {
      const found = templatesOf(RISK, field(from, to, "0.2"));
      const counts = found
        .filter(({ name }) => /Coarse|Fine/.test(name))
        .map(({ range }) => valueCount({ ...field(from, to, "0.2"), ...fieldOf(range) }));
      expect(counts[0]).toBeGreaterThanOrEqual(3);
      expect(counts[0]).toBeLessThanOrEqual(6);
      expect(counts[1]).toBeGreaterThanOrEqual(10);
      expect(counts[1]).toBeLessThanOrEqual(24);
    }
  });

  it("never leave what is allowed", () => {
    const [about] = templatesOf(RISK, field("", "", "0.9"));
    expect(about?.range.to).toBe(1);
    expect(templatesOf(WORD, field("", "", "long"))).toEqual([]);
  });
});
