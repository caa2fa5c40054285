// A run as a command, a program, a call or a message: what would submit the same work again.

import { create, toJson } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { millisOf } from "../format/time";
import { formatParam } from "../format/value";
import { SubmitRequestSchema } from "../gen/tradeforge/v1/run_service_pb";
import {
  type Axis,
  type BacktestSpec,
  Comparison,
  EndOfRunPolicy,
  EntryBarPolicy,
  Goal,
  type OptimizationSpec,
  type ParamConstraint,
  type Run,
  type Simulation,
  type Sizing,
} from "../gen/tradeforge/v1/types_pb";
import { auxName } from "../submit/auxText";
import { baseOf, formatSubscription, submittable } from "./describe";
import { objectiveText } from "./objectiveText";

export const COMPARISONS: ReadonlyMap<Comparison, string> = new Map([
  [Comparison.LESS, "<"],
  [Comparison.LESS_EQUAL, "<="],
  [Comparison.GREATER, ">"],
  [Comparison.GREATER_EQUAL, ">="],
  [Comparison.NOT_EQUAL, "!="],
]);

/** The submission in the contract's JSON, as `tradeforge submit` and grpcurl read it. */
export function asJson(run: Run): string {
  const request = create(SubmitRequestSchema, {
    spec: submittable(run),
    displayName: run.displayName,
  });
  return JSON.stringify(toJson(SubmitRequestSchema, request, { useProtoFieldName: true }), null, 2);
}

export function asGrpcurl(run: Run, host: string): string {
  return `grpcurl -plaintext -d ${quote(asJson(run))} ${host} tradeforge.v1.RunService/Submit`;
}

export function asCommand(run: Run, server: string): string {
  const base = baseOf(run);
  const search = run.spec.case === "optimization" ? run.spec.value : undefined;
  // Many bars each by itself, points, a text, the terms of an account and parameters that change are
  // said by a file.
  const isLong = search && (search.subscriptionAxis.length > 0 || search.search.case === "points");
  const isOther = run.spec.case !== "optimization" && run.spec.case !== "backtest";
  const isChanging = base !== undefined && base.schedule.length > 0;
  const isFile = isLong || isOther || isChanging;
  if (!base || isFile || base.strategy?.source || hasTerms(base.simulation)) {
    return `tradeforge submit run.json --server ${server}  # with the JSON saved as run.json`;
  }
  const parts = [
    `tradeforge ${search ? "optimize" : "backtest"} ${quote(base.strategy?.name ?? "")}`,
    ...base.subscriptions.map((each) => `--on ${quote(formatSubscription(each))}`),
    ...rangeFlags(base),
    ...Object.keys(base.params)
      .sort()
      .map((name) => `-p ${quote(`${name}=${formatParam(base.params[name])}`)}`),
    ...(search ? searchFlags(search) : []),
    ...(base.simulation ? accountFlags(base.simulation) : []),
  ];
  if (run.displayName !== "") {
    parts.push(`--name ${quote(run.displayName)}`);
  }
  return [...parts, `--server ${server}`].join(" \\\n  ");
}

export function asPython(run: Run, host: string): string {
  const isShort =
    run.spec.case === "backtest" &&
    !run.spec.value.strategy?.source &&
    run.spec.value.schedule.length === 0 &&
    isPlain(run.spec.value.simulation);
  return isShort && run.spec.case === "backtest"
    ? pythonBacktest(run.spec.value, host)
    : [
        "import tradeforge",
        "from google.protobuf.json_format import Parse",
        "from tradeforge.v1.run_service_pb2 import SubmitRequest",
        "",
        `REQUEST = """${asJson(run).replaceAll("\\", "\\\\")}"""`,
        "",
        `with tradeforge.connect(${JSON.stringify(host)}) as client:`,
        "    run = client.submit(Parse(REQUEST, SubmitRequest()))",
        "    print(run.wait())",
      ].join("\n");
}

/** Whether the account says more than its cash, and a rate and ticks of costs. */
function hasTerms(simulation: Simulation | undefined): boolean {
  const { exits, limits, fees, slippage, margin, carry, instruments = [] } = simulation ?? {};
  const parts = [exits, limits, fees, slippage, margin, carry, instruments[0]];
  return parts.some((part) => part !== undefined);
}

/** Whether a few words of Python say all of the account. */
function isPlain(simulation: Simulation | undefined): boolean {
  if (!simulation) {
    return true;
  }
  const { sizing, maxLeverage, riskFreeRate, entryBarPolicy, endOfRunPolicy } = simulation;
  const isUsual =
    (sizing === undefined || isAllIn(sizing)) &&
    (maxLeverage === "" || Number(maxLeverage) === 1) &&
    isZero(riskFreeRate) &&
    simulation.periodsPerYear === 0 &&
    !hasTerms(simulation);
  return (
    isUsual &&
    entryBarPolicy !== EntryBarPolicy.NEXT_BAR &&
    endOfRunPolicy !== EndOfRunPolicy.CLOSE_AT_LAST_CLOSE
  );
}

function isAllIn({ kind }: Sizing): boolean {
  return kind.case === "equityFraction" && Number(kind.value) === 1;
}

function pythonBacktest(spec: BacktestSpec, host: string): string {
  const params = Object.keys(spec.params)
    .sort()
    .map((name) => `${JSON.stringify(name)}: ${pythonParam(spec, name)}`);
  const markets = spec.subscriptions.map((each) => JSON.stringify(formatSubscription(each)));
  const { initialCash = "10000", commissionRate = "", slippageTicks = "" } = spec.simulation ?? {};
  const lines = [
    JSON.stringify(spec.strategy?.name ?? ""),
    `on=${markets.length === 1 ? markets[0] : `[${markets.join(", ")}]`}`,
    `params={${params.join(", ")}}`,
    `cash=${JSON.stringify(initialCash)}`,
    ...(isZero(commissionRate) ? [] : [`commission=${JSON.stringify(commissionRate)}`]),
    ...(isZero(slippageTicks) ? [] : [`slippage_ticks=${JSON.stringify(slippageTicks)}`]),
    ...(spec.timeRange?.startTime
      ? [`start=${JSON.stringify(isoOf(spec.timeRange.startTime))}`]
      : []),
    ...(spec.timeRange?.endTime ? [`end=${JSON.stringify(isoOf(spec.timeRange.endTime))}`] : []),
    ...(spec.warmupBars > 0n ? [`warmup=${spec.warmupBars}`] : []),
    ...(spec.aux.length > 0 ? [`aux=${JSON.stringify(spec.aux.map(auxName))}`] : []),
    ...(spec.benchmark ? [`benchmark=${JSON.stringify(formatSubscription(spec.benchmark))}`] : []),
  ];
  return [
    "import tradeforge",
    "",
    `with tradeforge.connect(${JSON.stringify(host)}) as client:`,
    "    run = client.backtest(",
    ...lines.map((line) => `        ${line},`),
    "    )",
    "    print(run.wait().metrics)",
  ].join("\n");
}

function pythonParam(spec: BacktestSpec, name: string): string {
  const kind = spec.params[name]?.kind;
  switch (kind?.case) {
    case "boolValue":
      return kind.value ? "True" : "False";
    case "stringValue":
      return JSON.stringify(kind.value);
    // A double must stay one: 2 would be an integer.
    case "doubleValue":
      return Number.isInteger(kind.value) ? `${kind.value}.0` : String(kind.value);
    default:
      return formatParam(spec.params[name]);
  }
}

function rangeFlags({ timeRange, warmupBars, aux, benchmark }: BacktestSpec): string[] {
  return [
    ...(timeRange?.startTime ? [`--from ${isoOf(timeRange.startTime)}`] : []),
    ...(timeRange?.endTime ? [`--to ${isoOf(timeRange.endTime)}`] : []),
    ...(warmupBars > 0n ? [`--warmup ${warmupBars}`] : []),
    ...aux.map((each) => `--aux ${quote(auxName(each))}`),
    ...(benchmark ? [`--benchmark ${quote(formatSubscription(benchmark))}`] : []),
  ];
}

function searchFlags(spec: OptimizationSpec): string[] {
  const flags = spec.axes.map((axis) => `-p ${quote(axisText(axis))}`);
  flags.push(...spec.paramConstraints.map((rule) => `--where ${quote(ruleText(rule))}`));
  if (spec.objective) {
    const goal = spec.objective.goal === Goal.MINIMIZE ? ":min" : ":max";
    flags.push(`--objective ${spec.objective.metric || "sharpe"}${goal}`);
  }
  for (const { metric, minValue, maxValue } of spec.constraints) {
    if (minValue !== undefined) {
      flags.push(`--constraint ${quote(`${metric} >= ${minValue}`)}`);
    }
    if (maxValue !== undefined) {
      flags.push(`--constraint ${quote(`${metric} <= ${maxValue}`)}`);
    }
  }
  if (spec.search.case === "random") {
    flags.push(`--random ${spec.search.value.trialCount}`, `--seed ${spec.search.value.seed}`);
  }
  if (spec.search.case === "genetic" || spec.search.case === "tpe") {
    const { trialCount, seed, batch } = spec.search.value;
    flags.push(
      `--${spec.search.case} ${trialCount}`,
      `--seed ${seed}`,
      ...(batch ? [`--batch ${batch}`] : []),
    );
    flags.push(...spec.moreObjectives.map((aim) => `--also ${objectiveText(aim)}`));
  }
  if (spec.maxFailedTrials > 0n) {
    flags.push(`--max-failed ${spec.maxFailedTrials}`);
  }
  return flags;
}

function axisText({ name, domain }: Axis): string {
  switch (domain.case) {
    case "intRange":
    case "doubleRange": {
      const { minValue, maxValue, step } = domain.value;
      return `${name}=${minValue}..${maxValue}${Number(step) === 0 ? "" : `:${step}`}`;
    }
    case "values":
      return `${name}=${domain.value.values.map(formatParam).join(",")}`;
    default:
      return name;
  }
}

export function ruleText({ left, op, right }: ParamConstraint): string {
  const other = right.case === "param" ? right.value : formatParam(right.value);
  return `${left} ${COMPARISONS.get(op) ?? "?"} ${other}`;
}

/** Only what is not the default. */
function accountFlags(account: Simulation): string[] {
  const flags = [`--cash ${account.initialCash}`];
  const decimals = [
    ["--commission", account.commissionRate, "0"],
    ["--slippage-ticks", account.slippageTicks, "0"],
    ["--leverage", account.maxLeverage, "1"],
    ["--risk-free", account.riskFreeRate, "0"],
  ] as const;
  for (const [flag, value, standard] of decimals) {
    if (value !== "" && Number(value) !== Number(standard)) {
      flags.push(`${flag} ${value}`);
    }
  }
  const sizing = account.sizing?.kind;
  const sizes = {
    fixedQuantity: "--quantity",
    fixedNotional: "--notional",
    equityFraction: "--fraction",
    riskFraction: "--risk",
  } as const;
  if (sizing?.case === "rangeFraction") {
    const { fraction, period } = sizing.value;
    flags.push(`--range-fraction ${fraction}`, ...(period ? [`--range-period ${period}`] : []));
  } else if (sizing?.case) {
    flags.push(`${sizes[sizing.case]} ${sizing.value}`);
  }
  if (account.endOfRunPolicy === EndOfRunPolicy.CLOSE_AT_LAST_CLOSE) {
    flags.push("--close-at-end");
  }
  if (account.entryBarPolicy === EntryBarPolicy.NEXT_BAR) {
    flags.push("--next-bar-exits");
  }
  return flags;
}

function isZero(decimal: string): boolean {
  return decimal === "" || Number(decimal) === 0;
}

function isoOf(time: Timestamp): string {
  return new Date(millisOf(time)).toISOString().replace(".000Z", "Z");
}

/** For a POSIX shell: as it is, or in single quotes. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
