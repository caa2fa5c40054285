// The form, what it submits, and what comes back to it.

import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { SeriesSchema } from "../gen/tradeforge/v1/market_data_service_pb";
import { SubmitRequestSchema } from "../gen/tradeforge/v1/run_service_pb";
import { type Strategy, StrategySchema } from "../gen/tradeforge/v1/strategy_service_pb";
import { Comparison, RunSchema, RunState, TrialSummarySchema } from "../gen/tradeforge/v1/types_pb";
import { complaintsOf, fieldOf } from "./fields";
import {
  type BarsField,
  emptyForm,
  type FormState,
  furtherBars,
  type ParamField,
  valueCount,
} from "./formState";
import { formOfRun, formOfTrial } from "./fromRun";
import { parseMoment } from "./moment";
import { PATHS } from "./terms";
import { backtestOf, toSubmission } from "./toRequest";

const STRATEGY: Strategy = create(StrategySchema, {
  name: "sma_cross",
  params: [
    { name: "fast", domain: { case: "intDomain", value: { minValue: 1n, maxValue: 100n } } },
    { name: "slow", domain: { case: "intDomain", value: { minValue: 1n, maxValue: 500n } } },
    { name: "risk", domain: { case: "doubleDomain", value: { minValue: 0, maxValue: 1 } } },
    { name: "side", domain: { case: "choiceDomain", value: { values: ["long", "both"] } } },
  ],
});

const FIELD: ParamField = { mode: "fixed", fixed: "", from: "", to: "", step: "1", list: "" };

function filled(): FormState {
  const empty = emptyForm(STRATEGY, []);
  return {
    ...empty,
    bars: [{ exchange: "SYN", symbol: "DEMO", timeframe: "1h", pin: "" }],
    start: "2022-01",
    end: "2023-01-31 09:30",
    warmup: "200",
    aux: "signals@SYN:DEMO, scores",
    benchmark: "US:SPY@1d",
    params: {
      fast: { ...FIELD, mode: "range", from: "5", to: "60", step: "5" },
      slow: { ...FIELD, fixed: "200" },
      risk: { ...FIELD, mode: "list", list: "0.01, 0.02" },
      side: { ...FIELD, fixed: "both" },
    },
    account: { ...empty.account, cash: "25000", sizing: "equityFraction", size: "0.5" },
    search: {
      ...empty.search,
      objective: "calmar",
      rules: [{ left: "fast", op: Comparison.LESS, right: "slow" }],
      bounds: [{ metric: "trade_count", min: "30", max: "" }],
      maxFailed: "10",
    },
    name: "mine",
  };
}

test("a submitted form comes back from its run as it was", () => {
  const form = filled();
  const { request, problems } = toSubmission(form, STRATEGY);
  expect(problems).toEqual([]);
  const { spec, displayName } = create(SubmitRequestSchema, request);
  const back = formOfRun(create(RunSchema, { spec, displayName }), STRATEGY);
  const again = create(SubmitRequestSchema, toSubmission(back, STRATEGY).request);
  expect(again.spec).toEqual(spec);
  expect([back.name, back.start, back.end]).toEqual(["mine", "2022-01-01", "2023-01-31 09:30"]);
  expect(back.aux).toBe(form.aux);
  expect(back.benchmark).toBe(form.benchmark);
  expect(back.search).toEqual(form.search);
});

test("lists side by side are points, which come back as lists, and must be of one length", () => {
  const form = filled();
  const sideBySide = (fast: string): FormState => ({
    ...form,
    params: { ...form.params, fast: { ...FIELD, mode: "list", list: fast } },
    search: { ...form.search, method: "points" },
  });
  const { request, problems } = toSubmission(sideBySide("5, 9"), STRATEGY);
  expect(problems).toEqual([]);
  const { spec, displayName } = create(SubmitRequestSchema, request);
  const search = spec.case === "optimization" ? spec.value : undefined;
  const points = search?.search.case === "points" ? search.search.value.points : [];
  expect(search?.axes).toEqual([]);
  expect(points.map(({ params }) => [params.fast?.kind.value, params.risk?.kind.value])).toEqual([
    [5n, 0.01],
    [9n, 0.02],
  ]);
  const back = formOfRun(create(RunSchema, { spec, displayName }), STRATEGY);
  expect(create(SubmitRequestSchema, toSubmission(back, STRATEGY).request).spec).toEqual(spec);
  const uneven = toSubmission(sideBySide("5, 9, 13"), STRATEGY);
  expect(uneven.problems).toEqual([
    { field: "params.risk", description: "has 2 values, and fast has 3" },
  ]);
});

test.each([
  ["genetic" as const, "-max_drawdown, sortino"],
  ["tpe" as const, ""],
])(
  "a search that learns by %s comes back from its run with all that it goes by",
  (method, also) => {
    const form = filled();
    const genetic = {
      ...form,
      search: { ...form.search, method, trialCount: "320", seed: "7", batch: "64", also },
    };
    const { request, problems } = toSubmission(genetic, STRATEGY);
    expect(problems).toEqual([]);
    const { spec, displayName } = create(SubmitRequestSchema, request);
    const back = formOfRun(create(RunSchema, { spec, displayName }), STRATEGY);
    expect(back.search).toEqual(genetic.search);
    expect(create(SubmitRequestSchema, toSubmission(back, STRATEGY).request).spec).toEqual(spec);
  },
);

test("a completed search can be gone on with, if that is wanted", () => {
  const { request } = toSubmission(filled(), STRATEGY);
  const { spec } = create(SubmitRequestSchema, request);
  const run = create(RunSchema, { spec, runId: "a-run", status: { state: RunState.COMPLETED } });
  const form = formOfRun(run, STRATEGY);
  expect(toSubmission(form, STRATEGY).request.extendRunId).toBe("");
  const wider = { ...form, search: { ...form.search, isExtending: true } };
  expect(toSubmission(wider, STRATEGY).request.extendRunId).toBe("a-run");
  expect(toSubmission({ ...wider, params: {} }, STRATEGY).request.extendRunId).toBe("");
  expect(formOfRun({ ...run, status: undefined }, STRATEGY).search.extended).toBe("");
});

test("what has no place in the contract's types is said at its field, all at once", () => {
  const form = filled();
  const { problems } = toSubmission(
    {
      ...form,
      start: "yesterday",
      warmup: "-1",
      params: { ...form.params, slow: { ...FIELD, fixed: "many" } },
    },
    STRATEGY,
  );
  expect(problems.map(({ field }) => field).sort()).toEqual([
    "params.slow",
    "timeRange.startTime",
    "warmup",
  ]);
  expect(problems.find(({ field }) => field === "params.slow")?.description).toContain("many");
});

test("each path of the server leads to its field, and what leads nowhere is kept", () => {
  const paths = {
    "optimization.base.simulation.initial_cash": "account.cash",
    "optimization.axes[0].int_range.max_value": "params.fast.to",
    "optimization.axes[1].values[0]": "params.risk",
    "optimization.base.params.slow": "params.slow",
    "optimization.base.warmup_bars": "warmup",
    "optimization.base.aux[1].name": "aux",
    "optimization.base.benchmark.symbol": "benchmark",
    "optimization.param_constraints[0].left": "rules.0",
    "optimization.constraints[0].metric": "bounds.0",
    "optimization.points.points[3].params.fast": "params.fast",
    "SYN:DEMO@1h": "bars.0",
    request_id: "",
  };
  for (const [field, wanted] of Object.entries(paths)) {
    const complaints = complaintsOf(filled(), [{ field, description: "is odd" }]);
    expect([...complaints.keys()], field).toEqual([wanted]);
  }
  expect(complaintsOf(filled(), [{ field: "request_id", description: "is odd" }]).get("")).toEqual([
    "request_id: is odd",
  ]);
});

test("moments are read in UTC, and days that are none are refused", () => {
  expect(parseMoment("2022-02-28 09:30")).toBe(Date.UTC(2022, 1, 28, 9, 30));
  expect(parseMoment("2022")).toBe(Date.UTC(2022, 0, 1));
  expect(parseMoment("2022-02-30")).toBeUndefined();
  expect(parseMoment("soon")).toBeUndefined();
});

test("steps of binary fractions are counted as people count them", () => {
  const field = { mode: "range", fixed: "", list: "" } as const;
  expect(valueCount({ ...field, from: "0.1", to: "0.3", step: "0.1" })).toBe(3);
  expect(valueCount({ ...field, from: "5", to: "4", step: "1" })).toBeUndefined();
});

const TERMS = [
  { path: "exits.stop_loss.percent", text: "2%" },
  { path: "exits.take_profits[0].distance.atr.multiple", text: "3" },
  { path: "exits.take_profits[0].portion", text: "0.5" },
  { path: "exits.max_bars", text: "40" },
  { path: "limits.cool_down_after_loss_only", text: "true" },
  { path: "fees.maker_rate", text: "2bp" },
  { path: "exits.trailing_stop.distance.percent", text: "1%..5%:1%" },
  { path: "limits.max_positions", text: "1, 2" },
];

function withTerms(terms = TERMS): FormState {
  const form = filled();
  return { ...form, account: { ...form.account, terms } };
}

test("terms of the account are numbers of the simulation, or axes where there are many values", () => {
  const { request, problems } = toSubmission(withTerms(), STRATEGY);
  expect(problems).toEqual([]);
  const search = request.spec.case === "optimization" ? request.spec.value : undefined;
  const { exits, limits, fees, commissionRate } = search?.base?.simulation ?? {};
  expect(exits?.stopLoss?.kind).toEqual({ case: "percent", value: "0.02" });
  expect(exits?.takeProfits[0]?.portion).toBe("0.5");
  expect(exits?.maxBars).toBe(40n);
  expect(limits?.coolDownAfterLossOnly).toBe(true);
  expect([fees?.makerRate, commissionRate]).toEqual(["0.0002", ""]);
  expect(search?.axes.map(({ name }) => name)).toEqual([
    "fast",
    "risk",
    "exits.trailing_stop.distance.percent",
    "limits.max_positions",
  ]);
  const range = { minValue: 0.01, maxValue: 0.05, step: 0.01 };
  expect(search?.axes[2]?.domain).toMatchObject({ case: "doubleRange", value: range });
});

test("a form with terms comes back from its run, and from a trial as that backtest", () => {
  const { request } = toSubmission(withTerms(), STRATEGY);
  const { spec, displayName } = create(SubmitRequestSchema, request);
  const run = create(RunSchema, { spec, displayName });
  const again = create(
    SubmitRequestSchema,
    toSubmission(formOfRun(run, STRATEGY), STRATEGY).request,
  );
  expect(again.spec).toEqual(spec);
  const trial = create(TrialSummarySchema, {
    params: {
      fast: { kind: { case: "intValue", value: 10n } },
      "exits.trailing_stop.distance.percent": { kind: { case: "doubleValue", value: 0.03 } },
      "limits.max_positions": { kind: { case: "intValue", value: 2n } },
    },
  });
  const alone = toSubmission(formOfTrial(run, trial, STRATEGY), STRATEGY).request;
  const simulation = alone.spec.case === "backtest" ? alone.spec.value.simulation : undefined;
  const trail = simulation?.exits?.trailingStop?.distance?.kind;
  expect([trail?.value, simulation?.limits?.maxPositions]).toEqual(["0.03", 2]);
  expect(simulation?.exits?.stopLoss?.kind.value).toBe("0.02");
});

test("what is wrong with a term is told in its row", () => {
  const { problems } = toSubmission(withTerms([{ path: "exits.stop", text: "1" }]), STRATEGY);
  expect(problems.map(({ field }) => field)).toEqual(["terms.0"]);
  const ranges = toSubmission(withTerms([{ path: "exits.max_bars", text: "1..x" }]), STRATEGY);
  expect(ranges.problems.map(({ field }) => field)).toEqual(["terms.0"]);
  const form = withTerms();
  const base = "optimization.base.simulation";
  expect(fieldOf(`${base}.exits.stop_loss.percent`, form)).toBe("terms.0");
  expect(fieldOf(`${base}.initial_cash`, form)).toBe("account.cash");
  expect(fieldOf("optimization.axes[3].values", form)).toBe("terms.7");
});

test("tried as a backtest, a sweep of terms has the first value of each", () => {
  const { request } = backtestOf(withTerms(), STRATEGY);
  const simulation = request.spec.case === "backtest" ? request.spec.value.simulation : undefined;
  expect(simulation?.exits?.trailingStop?.distance?.kind.value).toBe("0.01");
});

test("the paths that a term can have follow from the contract", () => {
  for (const { path } of TERMS) {
    expect(PATHS).toContain(path);
  }
});

test("further bars are others: first of other series, then coarser ones, at last none", () => {
  const stored = ["ONE", "TWO"].map((symbol) =>
    create(SeriesSchema, { spec: { exchange: "SYN", symbol, timeframe: "4h" } }),
  );
  let chosen: readonly BarsField[] = [];
  for (let next = furtherBars(chosen, stored); next; next = furtherBars(chosen, stored)) {
    chosen = [...chosen, next];
  }
  expect(chosen.map(({ symbol, timeframe }) => `${symbol}@${timeframe}`)).toEqual([
    "ONE@4h",
    "TWO@4h",
    "ONE@12h",
    "ONE@1d",
    "TWO@12h",
    "TWO@1d",
  ]);
});
