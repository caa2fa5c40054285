// A run as a form: the same settings, to change and submit again.

import { create } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { millisOf } from "../format/time";
import { formatParam } from "../format/value";
import type { Strategy } from "../gen/tradeforge/v1/strategy_service_pb";
import {
  type AuxSubscription,
  type Axis,
  AxisSchema,
  type BacktestSpec,
  Goal,
  type OptimizationSpec,
  type ParamValue,
  type Run,
  RunState,
  type Simulation,
  type Subscription,
} from "../gen/tradeforge/v1/types_pb";
import { baseOf, formatSubscription } from "../runs/describe";
import { objectiveText } from "../runs/objectiveText";
import { auxText } from "./auxText";
import {
  type Account,
  type BarsField,
  emptyForm,
  type FormState,
  type ParamField,
  type Search,
} from "./formState";
import { accountOfTrial, termsOf } from "./terms";

export function formOfRun(run: Run, strategy: Strategy): FormState {
  const base = baseOf(run);
  const empty = emptyForm(strategy, []);
  if (!base) {
    return empty;
  }
  const search = run.spec.case === "optimization" ? run.spec.value : undefined;
  const form = ofBacktest(base, empty);
  if (!search) {
    return { ...form, name: run.displayName };
  }
  const whole = ofSearch(search, form);
  const extended = run.status?.state === RunState.COMPLETED ? run.runId : "";
  return { ...whole, search: { ...whole.search, extended }, name: run.displayName };
}

/** One trial of a search as a backtest of its own. */
export function formOfTrial(
  run: Run,
  trial: { params: Record<string, ParamValue>; subscription?: Subscription | undefined },
  strategy: Strategy,
): FormState {
  const base = baseOf(run);
  const empty = emptyForm(strategy, []);
  if (!base) {
    return empty;
  }
  const simulation = base.simulation && accountOfTrial(base.simulation, trial.params);
  const params = { ...base.params, ...trial.params };
  const form = ofBacktest({ ...base, params, ...(simulation && { simulation }) }, empty);
  const { subscription } = trial;
  if (!subscription) {
    return form;
  }
  const isOwn = ({ exchange, symbol }: AuxSubscription) =>
    exchange === "" || (exchange === subscription.exchange && symbol === subscription.symbol);
  return { ...form, bars: [bars(subscription)], aux: auxText(base.aux.filter(isOwn)) };
}

function ofBacktest(spec: BacktestSpec, empty: FormState): FormState {
  const params: Record<string, ParamField> = { ...empty.params };
  for (const [name, value] of Object.entries(spec.params)) {
    const field = params[name];
    if (field) {
      params[name] = { ...field, mode: "fixed", fixed: formatParam(value) };
    }
  }
  const source = spec.strategy?.source ?? "";
  return {
    ...empty,
    ...(source !== "" && { strategy: "", isText: true, source }),
    params,
    bars: spec.subscriptions.map(bars),
    start: momentOf(spec.timeRange?.startTime),
    end: momentOf(spec.timeRange?.endTime),
    warmup: String(spec.warmupBars),
    aux: auxText(spec.aux),
    benchmark: spec.benchmark ? formatSubscription(spec.benchmark) : "",
    account: spec.simulation ? account(spec.simulation, empty.account) : empty.account,
  };
}

function ofSearch(spec: OptimizationSpec, form: FormState): FormState {
  const params: Record<string, ParamField> = { ...form.params };
  for (const axis of listedAxes(spec)) {
    const field = params[axis.name];
    if (field) {
      params[axis.name] = swept(axis, field);
    }
  }
  const simulation = spec.base?.simulation;
  const terms = simulation ? termsOf(simulation, listedAxes(spec)) : [];
  const isEachBars = spec.subscriptionAxis.length > 0;
  return {
    ...form,
    params,
    account: { ...form.account, terms },
    isEachBars,
    bars: isEachBars ? spec.subscriptionAxis.map(bars) : form.bars,
    search: search(spec, form.search),
  };
}

/** Its axes; of points, each parameter's values in their order. */
function listedAxes({ axes, search }: OptimizationSpec): readonly Axis[] {
  if (search.case !== "points") {
    return axes;
  }
  const { points } = search.value;
  return Object.keys(points[0]?.params ?? {}).map((name) => {
    const values = points.flatMap(({ params }) => params[name] ?? []);
    return create(AxisSchema, { name, domain: { case: "values", value: { values } } });
  });
}

function swept({ domain }: Axis, field: ParamField): ParamField {
  switch (domain.case) {
    case "intRange":
    case "doubleRange": {
      const { minValue, maxValue, step } = domain.value;
      const texts = { from: String(minValue), to: String(maxValue), step: String(step) };
      return { ...field, mode: "range", ...texts };
    }
    case "values":
      return { ...field, mode: "list", list: domain.value.values.map(formatParam).join(", ") };
    default:
      return field;
  }
}

function search(spec: OptimizationSpec, empty: Search): Search {
  const { search: chosen } = spec;
  const learning = chosen.case === "genetic" || chosen.case === "tpe" ? chosen.value : undefined;
  const random = chosen.case === "random" ? chosen.value : learning;
  const text = (value: number | undefined) => (value === undefined ? "" : String(value));
  return {
    method: spec.search.case ?? "grid",
    trialCount: random ? String(random.trialCount) : empty.trialCount,
    seed: random ? String(random.seed) : empty.seed,
    batch: learning ? String(learning.batch) : empty.batch,
    also: spec.moreObjectives.map(objectiveText).join(", "),
    objective: spec.objective?.metric || empty.objective,
    isMinimized: spec.objective?.goal === Goal.MINIMIZE,
    across: spec.across,
    rules: spec.paramConstraints.map(({ left, op, right }) => ({
      left,
      op,
      right: right.case === "param" ? right.value : formatParam(right.value),
    })),
    bounds: spec.constraints.map(({ metric, minValue, maxValue }) => ({
      metric,
      min: text(minValue),
      max: text(maxValue),
    })),
    maxFailed: spec.maxFailedTrials > 0n ? String(spec.maxFailedTrials) : "",
    extended: empty.extended,
    isExtending: empty.isExtending,
  };
}

/** What is sized by a range stands among the terms. */
function sizeOf({ sizing }: Simulation): Pick<Account, "sizing" | "size"> {
  const kind = sizing?.kind;
  return kind?.case === undefined || kind.case === "rangeFraction"
    ? { sizing: "default", size: "" }
    : { sizing: kind.case, size: kind.value };
}

function account(spec: Simulation, empty: Account): Account {
  return {
    cash: spec.initialCash,
    commission: spec.commissionRate || "0",
    slippage: spec.slippageTicks || "0",
    leverage: spec.maxLeverage || "1",
    riskFree: spec.riskFreeRate || "0",
    ...sizeOf(spec),
    entryBar: spec.entryBarPolicy || empty.entryBar,
    endOfRun: spec.endOfRunPolicy || empty.endOfRun,
    terms: termsOf(spec),
  };
}

function bars({ exchange, symbol, timeframe, dataSha256 }: Subscription): BarsField {
  return { exchange, symbol, timeframe, pin: dataSha256 };
}

/** In UTC, as the form takes it: only the day if it is midnight. */
function momentOf(time: Timestamp | undefined): string {
  const text = time ? new Date(millisOf(time)).toISOString().slice(0, 19).replace("T", " ") : "";
  return text.replace(/:00$/, "").replace(/ 00:00$/, "");
}
