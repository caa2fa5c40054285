// What the form for a new run holds: texts as they were typed, so that nothing typed is lost.

import { formatParam } from "../format/value";
import type { Series } from "../gen/tradeforge/v1/market_data_service_pb";
import type { Strategy } from "../gen/tradeforge/v1/strategy_service_pb";
import {
  Across,
  Comparison,
  EndOfRunPolicy,
  EntryBarPolicy,
  type ParamSpec,
} from "../gen/tradeforge/v1/types_pb";
import { isSweptTerm, type TermField } from "./terms";
import { timeframesFrom } from "./timeframes";

export type ParamMode = "fixed" | "range" | "list";
export type SizingKind =
  | "default"
  | "equityFraction"
  | "riskFraction"
  | "fixedNotional"
  | "fixedQuantity";

export interface ParamField {
  readonly mode: ParamMode;
  readonly fixed: string;
  readonly from: string;
  readonly to: string;
  readonly step: string;
  /** Values separated by commas. */
  readonly list: string;
}

export interface BarsField {
  readonly exchange: string;
  readonly symbol: string;
  readonly timeframe: string;
  /** Names one version of the bars; empty means the newest. */
  readonly pin: string;
}

export interface RuleField {
  readonly left: string;
  readonly op: Comparison;
  /** A parameter's name or a value. */
  readonly right: string;
}

export interface BoundField {
  readonly metric: string;
  readonly min: string;
  readonly max: string;
}

export interface Account {
  readonly cash: string;
  readonly commission: string;
  readonly slippage: string;
  readonly leverage: string;
  readonly riskFree: string;
  readonly sizing: SizingKind;
  readonly size: string;
  readonly entryBar: EntryBarPolicy;
  readonly endOfRun: EndOfRunPolicy;
  /** What has no field of its own, by path. */
  readonly terms: readonly TermField[];
}

/** All combinations, some of them, some that follow from the best so far, or the k-th values of all lists together. */
export type SearchMethod = "grid" | "random" | "genetic" | "tpe" | "points";

export interface Search {
  readonly method: SearchMethod;
  readonly trialCount: string;
  readonly seed: string;
  /** How many to a generation; 0 leaves it to the server. */
  readonly batch: string;
  /** Metrics that are bred for besides, as in `-max_drawdown, sortino`. */
  readonly also: string;
  readonly objective: string;
  readonly isMinimized: boolean;
  /** How what each of several series gives becomes one score, where they are searched by themselves. */
  readonly across: Across;
  readonly rules: readonly RuleField[];
  readonly bounds: readonly BoundField[];
  readonly maxFailed: string;
  /** A search whose trials can be taken over; empty if there is none. */
  readonly extended: string;
  /** Whether they are. */
  readonly isExtending: boolean;
}

export interface FormState {
  /** The name of a shipped one; empty if an own text is run. */
  readonly strategy: string;
  /** Whether the strategy is the text below, and none by its name. */
  readonly isText: boolean;
  readonly source: string;
  readonly params: Readonly<Record<string, ParamField>>;
  readonly bars: readonly BarsField[];
  /** Runs the search on each of the bars by itself. */
  readonly isEachBars: boolean;
  /** In UTC, as `2022-01-31 09:30`; empty means open. */
  readonly start: string;
  readonly end: string;
  /** Bars before the start that the strategy sees beforehand. */
  readonly warmup: string;
  /** Auxiliary series that the strategy follows, as `signals, weights@SYN:DEMO`. */
  readonly aux: string;
  /** Another market to be measured against, by its name; empty for none. */
  readonly benchmark: string;
  readonly account: Account;
  readonly search: Search;
  readonly name: string;
  /** A moment or a span from the submission on, and a span; empty is none. */
  readonly deadline: string;
  readonly budget: string;
  /** Computes it again even if equal work is there. */
  readonly isFresh: boolean;
}

export function emptyForm(strategy: Strategy, series: readonly Series[]): FormState {
  const first = series[0];
  return {
    strategy: strategy.name,
    isText: false,
    source: "",
    params: defaultParams(strategy),
    bars: first ? [barsOf(first)] : [],
    isEachBars: false,
    start: "",
    end: "",
    warmup: "0",
    aux: "",
    benchmark: "",
    account: {
      cash: "10000",
      commission: "0",
      slippage: "0",
      leverage: "1",
      riskFree: "0",
      sizing: "default",
      size: "",
      entryBar: EntryBarPolicy.WORST_CASE,
      endOfRun: EndOfRunPolicy.MARK_OPEN,
      terms: [],
    },
    search: {
      method: "grid",
      trialCount: "500",
      seed: "1",
      batch: "0",
      also: "",
      objective: "sharpe",
      isMinimized: false,
      across: Across.UNSPECIFIED,
      rules: [],
      bounds: [],
      maxFailed: "",
      extended: "",
      isExtending: false,
    },
    name: "",
    deadline: "",
    budget: "",
    isFresh: false,
  };
}

export function barsOf({ spec }: Series): BarsField {
  const { exchange = "", symbol = "", timeframe = "" } = spec ?? {};
  return { exchange, symbol, timeframe, pin: "" };
}

/** So many series one sweep takes. */
export const SERIES_MAX = 1_000;

/** All stored series, each by itself: as many as a sweep takes. */
export function onAll(stored: readonly Series[]): Pick<FormState, "bars" | "isEachBars"> {
  return { bars: stored.slice(0, SERIES_MAX).map(barsOf), isEachBars: stored.length > 1 };
}

/** Others than those that stand there already, since the same bars twice are refused. */
export function furtherBars(
  chosen: readonly BarsField[],
  stored: readonly Series[],
): BarsField | undefined {
  const named = ({ exchange, symbol, timeframe }: BarsField) =>
    `${exchange}:${symbol}@${timeframe}`;
  const names = new Set(chosen.map(named));
  const all = stored.map(barsOf);
  const coarser = all.flatMap((bars) =>
    timeframesFrom(bars.timeframe).map((timeframe) => ({ ...bars, timeframe })),
  );
  return [...all, ...coarser].find((bars) => !names.has(named(bars)));
}

export function defaultParams(strategy: Strategy): Record<string, ParamField> {
  return Object.fromEntries(strategy.params.map((spec) => [spec.name, defaultParam(spec)]));
}

/** Fixed at its default, with the suggested values ready if it is swept. */
function defaultParam(spec: ParamSpec): ParamField {
  const fixed = formatParam(spec.defaultValue);
  const field = { mode: "fixed", fixed, from: fixed, to: fixed, step: "1", list: fixed } as const;
  const domain = spec.suggestedAxis?.domain;
  switch (domain?.case) {
    case "intRange":
    case "doubleRange": {
      const { minValue, maxValue, step } = domain.value;
      return { ...field, from: String(minValue), to: String(maxValue), step: String(step) };
    }
    case "values":
      return { ...field, list: domain.value.values.map(formatParam).join(", ") };
    default:
      break;
  }
  if (spec.domain.case === "boolDomain") {
    return { ...field, list: "false, true" };
  }
  return spec.domain.case === "choiceDomain"
    ? { ...field, list: spec.domain.value.values.join(", ") }
    : field;
}

/** The form with the rule that its search nearly always wants, where that comes up only now. */
export function withKnownRule(before: FormState, form: FormState, strategy: Strategy): FormState {
  const rule = suggestedRule(form, strategy);
  if (!rule || suggestedRule(before, strategy) || before.search.rules.length > 0) {
    return form;
  }
  const value = (name: string) => Number(before.params[name]?.fixed);
  // A rule that the strategy's own values break is none that it has.
  return value(rule.left) < value(rule.right)
    ? { ...form, search: { ...form.search, rules: [rule] } }
    : form;
}

/** Every parameter that suggests an axis along it, the others as they are. */
export function sweptAll(form: FormState, strategy: Strategy): FormState["params"] {
  const params = { ...form.params };
  for (const { name, suggestedAxis } of strategy.params) {
    const field = params[name];
    if (suggestedAxis && field) {
      params[name] = {
        ...field,
        mode: suggestedAxis.domain.case === "values" ? "list" : "range",
      };
    }
  }
  return params;
}

export function isSwept({ mode }: ParamField): boolean {
  return mode !== "fixed";
}

export function isSearch(form: FormState): boolean {
  const sweeps = Object.values(form.params).some(isSwept) || form.account.terms.some(isSweptTerm);
  return sweeps || form.isEachBars;
}

export function splitList(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** Whether trials can be compared over several series. */
export function isOverSeries(form: FormState): boolean {
  return form.isEachBars && form.bars.length > 1;
}

/** How many values a field stands for; undefined if that cannot be told. */
export function valueCount({ mode, from, to, step, list }: ParamField): number | undefined {
  if (mode === "fixed") {
    return 1;
  }
  if (mode === "list") {
    return splitList(list).length;
  }
  const [first, last, by] = [from, to, step === "" ? "1" : step].map(Number);
  if (first === undefined || last === undefined || !by || by <= 0 || !(last >= first)) {
    return undefined;
  }
  // Half a billionth of a step: 0.1 three times is not quite 0.3.
  return Math.floor((last - first) / by + 1e-9) + 1;
}

/** Relations that nearly every search wants, as in fast < slow, and that are not stated yet. */
export function suggestedRule(form: FormState, strategy: Strategy): RuleField | undefined {
  const swept = strategy.params.filter(
    (spec) => spec.domain.case === "intDomain" && isSwept(form.params[spec.name] ?? NOTHING),
  );
  const [left, right] = swept;
  if (!left || !right || left.unit !== right.unit || form.search.rules.length > 0) {
    return undefined;
  }
  return { left: left.name, op: Comparison.LESS, right: right.name };
}

const NOTHING: ParamField = { mode: "fixed", fixed: "", from: "", to: "", step: "", list: "" };
