// Where mistakes stand, and what the form takes over from a text.

import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { StrategySchema } from "../gen/tradeforge/v1/strategy_service_pb";
import { Comparison, RunSchema } from "../gen/tradeforge/v1/types_pb";
import { asJson } from "../runs/copyAs";
import { emptyForm, type FormState, sweptAll } from "../submit/formState";
import { adopted, requiredRules } from "../submit/textRules";
import { toSubmission } from "../submit/toRequest";
import { mended, spanOf } from "./places";
import { isCode, ownNames } from "./words";

test("a place is the letters that the server means, also behind rare ones", () => {
  const text = '# 🙂 fun\nf = smaa(close, 3) # "🙂"\nexit lng';
  const wrong = (line: number, column: number, length: number) => {
    const { from, to } = spanOf(text, { line, column, length });
    return text.slice(from, to);
  };
  expect(wrong(2, 5, 4)).toBe("smaa");
  expect(wrong(1, 5, 3)).toBe("fun");
  expect(wrong(3, 6, 3)).toBe("lng");
  // What is missing at the end is at the end, and a place behind it too.
  const end = { from: text.length, to: text.length };
  expect(spanOf(text, { line: 3, column: 9, length: 0 })).toEqual(end);
  expect(spanOf(text, { line: 9, column: 1, length: 5 })).toEqual(end);
  expect(mended(text, { line: 2, column: 5, length: 4 }, "sma")).toBe(text.replace("smaa", "sma"));
});

test("names of the text complete, but neither within texts nor comments", () => {
  const text =
    "param fast = 3\ntrend = ema(close, fast)\ndef half(x) = x / 2\nenter long when a == b";
  expect(ownNames(text)).toEqual(["fast", "trend", "half"]);
  expect(isCode('strategy "a" and cl')).toBe(true);
  expect(isCode('strategy "a cl')).toBe(false);
  expect(isCode("x = 1 # cl")).toBe(false);
});

function strategyOf(params: Readonly<Record<string, number>>) {
  return create(StrategySchema, {
    name: "Mine",
    params: Object.entries(params).map(
      ([name, value]) =>
        ({
          name,
          defaultValue: { kind: { case: "intValue", value: BigInt(value) } },
          domain: { case: "intDomain", value: { minValue: 1n, maxValue: 99n } },
          suggestedAxis: {
            name,
            domain: { case: "intRange", value: { minValue: 1n, maxValue: 99n, step: 1n } },
          },
        }) as const,
    ),
  });
}

const SOURCE = 'require fast < slow "so"\nrequire fast >= 2 # few\nrequire other < slow\n';

test("what a text requires of its parameters is a rule of its sweep", () => {
  expect(requiredRules(SOURCE, strategyOf({ fast: 3, slow: 9 }))).toEqual([
    { left: "fast", op: Comparison.LESS, right: "slow" },
    { left: "fast", op: Comparison.GREATER_EQUAL, right: "2" },
  ]);
});

test("the form follows the text where it was not changed by hand", () => {
  const before = { source: SOURCE, strategy: strategyOf({ fast: 3, slow: 9 }) };
  const empty: FormState = { ...emptyForm(before.strategy, []), isText: true, source: SOURCE };
  const form = adopted(empty, undefined, before);
  expect(form.params["fast"]?.fixed).toBe("3");
  const typed = {
    ...form.params,
    fast: { ...form.params["fast"], fixed: "7" },
  } as FormState["params"];
  const now = {
    source: "require slow > fast",
    strategy: strategyOf({ fast: 4, slow: 8, more: 1 }),
  };
  const next = adopted({ ...form, params: typed }, before, now);
  const fixed = Object.entries(next.params).map(([name, field]) => [name, field.fixed]);
  expect(Object.fromEntries(fixed)).toEqual({ fast: "7", slow: "8", more: "1" });
  expect(next.search.rules).toEqual([]);

  const sweep = { ...next, params: sweptAll(next, now.strategy) };
  const { search } = adopted({ ...sweep, search: form.search }, { ...now, source: "" }, now);
  expect(search.rules).toEqual([{ left: "slow", op: Comparison.GREATER, right: "fast" }]);
  const { spec } = toSubmission({ ...sweep, search }, now.strategy).request;
  const base = spec.case === "optimization" ? spec.value.base : undefined;
  expect([base?.strategy?.source, base?.strategy?.name]).toEqual([SOURCE, ""]);
});

test("a run of a text is submitted again by its text alone, which names itself", () => {
  const strategy = { source: SOURCE, name: "Mine", version: "rules/1", ruleSha256: "ab" };
  const spec = { case: "backtest", value: { strategy } } as const;
  const json = JSON.parse(asJson(create(RunSchema, { spec })));
  expect(json.backtest.strategy).toEqual({ source: SOURCE });
  const base = { case: "optimization", value: { base: { strategy } } } as const;
  const sweep = JSON.parse(asJson(create(RunSchema, { spec: base })));
  expect(sweep.optimization.base.strategy).toEqual({ source: SOURCE });
});
