// What a run is, in a few words.

import { formatParam, formatParams } from "../format/value";
import type {
  Axis,
  BacktestSpec,
  OptimizationSpec,
  Point,
  Run,
  Subscription,
} from "../gen/tradeforge/v1/types_pb";

/** The run's spec as it can be submitted: a text names itself, and is not named beside. */
export function submittable(run: Run): Run["spec"] {
  const bare = <Spec extends BacktestSpec | undefined>(base: Spec): Spec =>
    base?.strategy?.source
      ? { ...base, strategy: { ...base.strategy, name: "", version: "", ruleSha256: "" } }
      : base;
  switch (run.spec.case) {
    case "backtest":
      return { case: "backtest", value: bare(run.spec.value) };
    case "optimization":
      return {
        case: "optimization",
        value: { ...run.spec.value, base: bare(run.spec.value.base) },
      };
    case "walkForward": {
      const { search } = run.spec.value;
      return {
        case: "walkForward",
        value: { ...run.spec.value, search: search && { ...search, base: bare(search.base) } },
      };
    }
    case "robustness":
      return {
        case: "robustness",
        value: { ...run.spec.value, base: bare(run.spec.value.base) },
      };
    default:
      return run.spec;
  }
}

/** What is simulated: of a search, what its trials have in common. */
export function baseOf(run: Run): BacktestSpec | undefined {
  switch (run.spec.case) {
    case "backtest":
      return run.spec.value;
    case "optimization":
      return run.spec.value.base;
    case "robustness":
      return run.spec.value.base;
    case "walkForward":
      return run.spec.value.search?.base;
    default:
      return undefined;
  }
}

export function strategyOf(run: Run): string {
  return baseOf(run)?.strategy?.name ?? "";
}

/** The name that was given, or else what it does. */
export function titleOf(run: Run): string {
  const { spec } = run;
  const judged = spec.case === "validation" ? `Validation of ${shortId(spec.value.runId)}` : "";
  return isolated(run.displayName.trim()) || strategyOf(run) || judged || run.runId;
}

/** Without the marks that turn the direction of what follows: a name ends with itself. */
function isolated(name: string): string {
  return name.replaceAll(/[\u202a-\u202e\u2066-\u2069]/g, "");
}

type MarketName = Pick<Subscription, "exchange" | "symbol" | "timeframe">;

/** As in `BINANCE:BTCUSDT@1h`. */
export function formatSubscription({ exchange, symbol, timeframe }: MarketName): string {
  return `${exchange}:${symbol}@${timeframe}`;
}

export function subscriptionsOf(run: Run): readonly Subscription[] {
  if (run.spec.case === "optimization" && run.spec.value.subscriptionAxis.length > 0) {
    return run.spec.value.subscriptionAxis;
  }
  return baseOf(run)?.subscriptions ?? [];
}

/** The values of a backtest, or the ranges of a search. */
export function settingsOf(run: Run): string {
  switch (run.spec.case) {
    case "backtest":
      return formatParams(run.spec.value.params) + changesOf(run.spec.value);
    case "optimization":
      return formatSearch(run.spec.value);
    case "walkForward":
      return run.spec.value.search ? formatSearch(run.spec.value.search) : "";
    case "robustness":
      return formatParams(run.spec.value.base?.params ?? {});
    default:
      return "";
  }
}

/** How often its parameters change on the way. */
function changesOf({ schedule }: BacktestSpec): string {
  const count = schedule.length;
  return count === 0 ? "" : `, changing ${count === 1 ? "once" : `${count} times`}`;
}

/** What its axes are, or how many points of which parameters it tries. */
function formatSearch({ axes, search }: OptimizationSpec): string {
  return search.case === "points"
    ? `${search.value.points.length} points of ${namesOf(search.value.points).join(", ")}`
    : axes.map(formatAxis).join(" × ");
}

/** The parameters that a search varies. */
export function sweptNames({ axes, search }: OptimizationSpec): string[] {
  return search.case === "points" ? namesOf(search.value.points) : axes.map(({ name }) => name);
}

function namesOf([first]: readonly Point[]): string[] {
  return Object.keys(first?.params ?? {}).sort();
}

/** As in `fast 5…60:5`, the last number being the step, or `mode long|short`. */
export function formatAxis({ name, domain }: Axis): string {
  switch (domain.case) {
    case "intRange":
    case "doubleRange": {
      const { minValue, maxValue, step } = domain.value;
      const isPlain = Number(step) === 0 || (domain.case === "intRange" && Number(step) === 1);
      return `${name} ${minValue}…${maxValue}${isPlain ? "" : `:${step}`}`;
    }
    case "values":
      return `${name} ${domain.value.values.map(formatParam).join("|")}`;
    default:
      return name;
  }
}

/** The last eight characters: ids begin with the time, so the beginning hardly differs. */
export function shortId(runId: string): string {
  return runId.slice(-8);
}
