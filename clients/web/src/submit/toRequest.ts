// The form as a submission. What can not be said in the contract's types is a problem of its field;
// everything else is left to the server to judge.

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { FieldViolation } from "../errors";
import { fractionOf } from "../format/fraction";
import {
  ReusePolicy,
  type SubmitRequest,
  SubmitRequestSchema,
} from "../gen/tradeforge/v1/run_service_pb";
import type { Strategy } from "../gen/tradeforge/v1/strategy_service_pb";
import {
  Across,
  type AxisSchema,
  type BacktestSpecSchema,
  Goal,
  type ObjectiveSchema,
  type OptimizationSpecSchema,
  type ParamSpec,
  type ParamValueSchema,
  type PointSchema,
} from "../gen/tradeforge/v1/types_pb";
import { auxOf } from "./auxText";
import {
  type BarsField,
  type FormState,
  isOverSeries,
  isSearch,
  isSwept,
  type ParamField,
  splitList,
} from "./formState";
import { parseMoment } from "./moment";
import { axesOf, fixedTerms, withTerms } from "./terms";

export interface Submission {
  readonly request: SubmitRequest;
  /** By field of the form. */
  readonly problems: readonly FieldViolation[];
}

type ParamInit = MessageInitShape<typeof ParamValueSchema>;

export function toSubmission(form: FormState, strategy: Strategy): Submission {
  const problems: FieldViolation[] = [];
  const base = baseOf(form, strategy, problems);
  const spec = isSearch(form)
    ? ({ case: "optimization", value: searchOf(form, strategy, base, problems) } as const)
    : ({ case: "backtest", value: base } as const);
  const request = create(SubmitRequestSchema, {
    spec,
    reusePolicy: form.isFresh ? ReusePolicy.ALWAYS_NEW : ReusePolicy.REUSE_COMPLETED,
    displayName: form.name.trim(),
    extendRunId: isSearch(form) && form.search.isExtending ? form.search.extended : "",
  });
  return { request, problems };
}

/** The form as a backtest, whatever is to be swept: each parameter at its fixed value. */
export function backtestOf(form: FormState, strategy: Strategy): Submission {
  const params = Object.fromEntries(
    Object.entries(form.params).map(([name, field]) => [
      name,
      { ...field, mode: "fixed" as const },
    ]),
  );
  const account = { ...form.account, terms: fixedTerms(form.account.terms) };
  return toSubmission({ ...form, params, account, isEachBars: false }, strategy);
}

function baseOf(form: FormState, strategy: Strategy, problems: FieldViolation[]) {
  const params: Record<string, ParamInit> = {};
  for (const spec of strategy.params) {
    const field = form.params[spec.name];
    if (field && !isSwept(field)) {
      const value = paramValue(field.fixed, spec);
      if (value) {
        params[spec.name] = value;
      } else {
        problems.push(wrongType(`params.${spec.name}`, field.fixed, spec));
      }
    }
  }
  const { account } = form;
  const size = account.size.trim();
  return {
    strategy: form.isText ? { source: form.source } : { name: form.strategy },
    params,
    subscriptions: form.isEachBars ? [] : form.bars.map(subscription),
    timeRange: {
      ...moment(form.start, "startTime", problems),
      ...moment(form.end, "endTime", problems),
    },
    warmupBars: whole("warmup", form.warmup.trim(), problems),
    aux: auxOf(form.aux),
    ...(form.benchmark !== "" && { benchmark: named(form.benchmark) }),
    simulation: withTerms(
      {
        initialCash: account.cash.trim(),
        commissionRate: fractionOf(account.commission),
        slippageTicks: account.slippage.trim(),
        maxLeverage: account.leverage.trim(),
        riskFreeRate: fractionOf(account.riskFree),
        entryBarPolicy: account.entryBar,
        endOfRunPolicy: account.endOfRun,
        ...(account.sizing !== "default" && {
          sizing: { kind: { case: account.sizing, value: size } },
        }),
      },
      account.terms,
      problems,
    ),
  } satisfies MessageInitShape<typeof BacktestSpecSchema>;
}

function searchOf(
  form: FormState,
  strategy: Strategy,
  base: MessageInitShape<typeof BacktestSpecSchema>,
  problems: FieldViolation[],
): MessageInitShape<typeof OptimizationSpecSchema> {
  const { search } = form;
  const swept = strategy.params.filter((spec) => isSwept(form.params[spec.name] ?? FIXED));
  const axes = [
    ...swept.map((spec) => axis(spec, form.params[spec.name] ?? FIXED, problems)),
    ...axesOf(form.account.terms, problems),
  ];
  return {
    base,
    axes: search.method === "points" ? [] : axes,
    subscriptionAxis: form.isEachBars ? form.bars.map(subscription) : [],
    search: methodOf(search, axes, problems),
    objective: {
      metric: search.objective,
      goal: search.isMinimized ? Goal.MINIMIZE : Goal.MAXIMIZE,
    },
    moreObjectives: search.method === "genetic" ? splitList(search.also).map(objectiveOf) : [],
    constraints: search.bounds.map(({ metric, min, max }, index) => ({
      metric,
      ...bound(min, "minValue", `bounds.${index}`, problems),
      ...bound(max, "maxValue", `bounds.${index}`, problems),
    })),
    paramConstraints: search.rules.map(({ left, op, right }) => ({
      left,
      op,
      right: ruleSide(right.trim(), left, strategy),
    })),
    across: isOverSeries(form) ? search.across : Across.UNSPECIFIED,
    maxFailedTrials: whole("search.maxFailed", search.maxFailed.trim(), problems),
  };
}

function methodOf(
  search: FormState["search"],
  axes: readonly MessageInitShape<typeof AxisSchema>[],
  problems: FieldViolation[],
): NonNullable<MessageInitShape<typeof OptimizationSpecSchema>["search"]> {
  switch (search.method) {
    case "random":
      return {
        case: "random",
        value: {
          trialCount: whole("search.trialCount", search.trialCount.trim(), problems),
          seed: whole("search.seed", search.seed.trim(), problems),
        },
      };
    case "genetic":
    case "tpe":
      return {
        case: search.method,
        value: {
          trialCount: whole("search.trialCount", search.trialCount.trim(), problems),
          seed: whole("search.seed", search.seed.trim(), problems),
          batch: Number(whole("search.batch", search.batch.trim(), problems)),
        },
      };
    case "points":
      return { case: "points", value: { points: pointsOf(axes, problems) } };
    default:
      return { case: "grid", value: {} };
  }
}

/** The k-th values of all lists, for each k. */
function pointsOf(
  axes: readonly MessageInitShape<typeof AxisSchema>[],
  problems: FieldViolation[],
): MessageInitShape<typeof PointSchema>[] {
  const lists = axes.map(({ name = "", domain }) => {
    const values = domain?.case === "values" ? (domain.value.values ?? []) : undefined;
    return { field: name.includes(".") ? "" : `params.${name}`, name, values };
  });
  const count = lists[0]?.values?.length ?? 0;
  for (const { field, name, values } of lists) {
    if (values?.length !== count) {
      const first = lists[0]?.name ?? "";
      const description = values
        ? `has ${values.length} values, and ${first} has ${count}`
        : `must be a list: side by side, ${name} has a value for each trial`;
      problems.push({ field, description });
    }
  }
  return Array.from({ length: count }, (_, place) => ({
    params: Object.fromEntries(
      lists.flatMap(({ name, values }) => {
        const value = values?.[place];
        return value ? [[name, value]] : [];
      }),
    ),
  }));
}

/** As `objectiveText` writes it. */
function objectiveOf(text: string): MessageInitShape<typeof ObjectiveSchema> {
  if (text.startsWith("-")) {
    return { metric: text.slice(1), goal: Goal.MINIMIZE };
  }
  const [metric = "", end] = text.split(":");
  return { metric, goal: end === "max" ? Goal.MAXIMIZE : Goal.UNSPECIFIED };
}

/** A count; nothing typed is 0. */
function whole(field: string, text: string, problems: FieldViolation[]): bigint {
  const value = bigintOf(text === "" ? "0" : text);
  if (value === undefined || value < 0n) {
    problems.push({ field, description: `must be a whole number, not ${JSON.stringify(text)}` });
  }
  return value !== undefined && value >= 0n ? value : 0n;
}

const FIXED: ParamField = { mode: "fixed", fixed: "", from: "", to: "", step: "", list: "" };

function axis(
  spec: ParamSpec,
  field: ParamField,
  problems: FieldViolation[],
): MessageInitShape<typeof AxisSchema> {
  const { name } = spec;
  if (field.mode === "list") {
    const values = splitList(field.list).flatMap((text) => {
      const value = paramValue(text, spec);
      if (!value) {
        problems.push(wrongType(`params.${name}`, text, spec));
      }
      return value ?? [];
    });
    return { name, domain: { case: "values", value: { values } } };
  }
  const number = (part: "from" | "to" | "step") => {
    const text = field[part].trim();
    const isWhole = spec.domain.case === "intDomain";
    const value = isWhole ? bigintOf(text || "0") : numberOf(text || "0");
    if (value === undefined) {
      problems.push(wrongType(`params.${name}.${part}`, text, spec));
    }
    return value ?? 0;
  };
  const [from, to, step] = [number("from"), number("to"), number("step")];
  return spec.domain.case === "intDomain"
    ? {
        name,
        domain: {
          case: "intRange",
          value: { minValue: BigInt(from), maxValue: BigInt(to), step: BigInt(step) },
        },
      }
    : {
        name,
        domain: {
          case: "doubleRange",
          value: { minValue: Number(from), maxValue: Number(to), step: Number(step) },
        },
      };
}

/** The value in the parameter's type; undefined if the text is none. */
function paramValue(text: string, spec: ParamSpec): ParamInit | undefined {
  const trimmed = text.trim();
  switch (spec.domain.case) {
    case "intDomain": {
      const value = bigintOf(trimmed);
      return value === undefined ? undefined : { kind: { case: "intValue", value } };
    }
    case "doubleDomain": {
      const value = numberOf(trimmed);
      return value === undefined ? undefined : { kind: { case: "doubleValue", value } };
    }
    case "boolDomain":
      return trimmed === "true" || trimmed === "false"
        ? { kind: { case: "boolValue", value: trimmed === "true" } }
        : undefined;
    default:
      return { kind: { case: "stringValue", value: trimmed } };
  }
}

function wrongType(field: string, text: string, spec: ParamSpec): FieldViolation {
  const wanted = {
    intDomain: "a whole number",
    doubleDomain: "a number",
    boolDomain: "true or false",
    choiceDomain: "one of the names",
  }[spec.domain.case ?? "choiceDomain"];
  const given = text.trim() === "" ? "nothing" : JSON.stringify(text.trim());
  return { field, description: `must be ${wanted}, not ${given}` };
}

/** Another parameter, or else a constant in the type of the left one. */
function ruleSide(text: string, left: string, strategy: Strategy) {
  if (strategy.params.some((spec) => spec.name === text)) {
    return { case: "param", value: text } as const;
  }
  const spec = strategy.params.find(({ name }) => name === left);
  const value = spec && paramValue(text, spec);
  return value ? ({ case: "value", value } as const) : ({ case: "param", value: text } as const);
}

/** The series of a name such as SYN:DEMO@1h. */
function named(name: string) {
  const [instrument = "", timeframe = ""] = name.split("@", 2);
  const [exchange = "", symbol = ""] = instrument.split(":", 2);
  return { exchange, symbol, timeframe };
}

function subscription({ exchange, symbol, timeframe, pin }: BarsField) {
  return { exchange, symbol, timeframe, dataSha256: pin };
}

function moment(text: string, name: "startTime" | "endTime", problems: FieldViolation[]) {
  if (text.trim() === "") {
    return {};
  }
  const millis = parseMoment(text);
  if (millis === undefined) {
    const description =
      "must be a moment in UTC, as in 2022, 2022-01, 2022-01-31 or 2022-01-31 09:30";
    problems.push({ field: `timeRange.${name}`, description });
    return {};
  }
  return { [name]: timestampFromMs(millis) };
}

function bound(
  text: string,
  name: "minValue" | "maxValue",
  field: string,
  problems: FieldViolation[],
) {
  if (text.trim() === "") {
    return {};
  }
  const value = numberOf(text.trim());
  if (value === undefined) {
    problems.push({ field, description: `must be a number, not ${JSON.stringify(text.trim())}` });
    return {};
  }
  return { [name]: value };
}

const INT64_MAX = 2n ** 63n - 1n;

function bigintOf(text: string): bigint | undefined {
  if (!/^[+-]?\d+$/.test(text)) {
    return undefined;
  }
  const value = BigInt(text.replace("+", ""));
  return value > INT64_MAX || value < -INT64_MAX ? undefined : value;
}

function numberOf(text: string): number | undefined {
  const value = text === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}
