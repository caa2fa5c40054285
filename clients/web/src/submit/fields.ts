// Which field of the form a violation is about: the server names a path in its message.

import type { FieldViolation } from "../errors";
import { formatSubscription } from "../runs/describe";
import type { FormState } from "./formState";
import { isSwept } from "./formState";
import { isSweptTerm } from "./terms";

const ACCOUNT: Readonly<Record<string, string>> = {
  initial_cash: "account.cash",
  commission_rate: "account.commission",
  slippage_ticks: "account.slippage",
  max_leverage: "account.leverage",
  risk_free_rate: "account.riskFree",
  sizing: "account.size",
  entry_bar_policy: "account.entryBar",
  end_of_run_policy: "account.endOfRun",
};

const RANGE: Readonly<Record<string, string>> = {
  min_value: "from",
  max_value: "to",
  step: "step",
};

/** The form's fields with what is wrong in each; what fits none of them is under "". */
export type Complaints = ReadonlyMap<string, readonly string[]>;

export function complaintsOf(
  form: FormState,
  violations: readonly FieldViolation[],
  problems: readonly FieldViolation[] = [],
): Complaints {
  const complaints = new Map<string, string[]>();
  const add = (field: string, description: string) =>
    complaints.set(field, [...(complaints.get(field) ?? []), description]);
  for (const { field, description } of problems) {
    add(field, description);
  }
  for (const { field, description } of violations) {
    const place = fieldOf(field, form);
    add(place, place === "" ? `${field}: ${description}` : description);
  }
  return complaints;
}

/**
 * The form's field for a path of the server, as in `optimization.axes[0].int_range.step`, or for
 * bars that are missing, which it names as in `SYN:DEMO@1h`.
 */
export function fieldOf(path: string, form: FormState): string {
  const bars = form.bars.findIndex((each) => formatSubscription(each) === path);
  if (bars >= 0) {
    return `bars.${bars}`;
  }
  const parts = path
    .replace(/^(optimization\.base|optimization|backtest)(\.|$)/, "")
    .split(/[.[\]]+/)
    .filter((part) => part !== "");
  const [head = "", second = "", third = "", fourth = ""] = parts;
  switch (head) {
    case "strategy":
      return "strategy";
    case "params":
      return `params.${second}`;
    case "axes":
      return axisField(Number(second), third, fourth, form);
    case "subscriptions":
    case "subscription_axis":
      return `bars.${second === "" ? 0 : second}`;
    case "time_range":
      return second === "start_time" ? "timeRange.startTime" : "timeRange.endTime";
    case "warmup_bars":
      return "warmup";
    case "aux":
    case "benchmark":
      return head;
    case "simulation":
      return termField(path, form) ?? ACCOUNT[second] ?? "";
    case "points": {
      const isAxis = form.params[path.split(".params.")[1] ?? ""] !== undefined;
      return isAxis ? `params.${path.split(".params.")[1]}` : "";
    }
    case "more_objectives":
      return "search.also";
    case "genetic":
    case "tpe":
      return second === "trial_count" ? "search.trialCount" : `search.${second}`;
    case "random":
      return second === "seed" ? "search.seed" : "search.trialCount";
    case "across":
      return "search.across";
    case "objective":
      return "search.objective";
    case "param_constraints":
      return form.search.rules.length > 0 ? `rules.${second === "" ? 0 : second}` : "";
    case "constraints":
      return `bounds.${second === "" ? 0 : second}`;
    case "extend_run_id":
      return "search.extended";
    case "max_failed_trials":
      return "search.maxFailed";
    case "display_name":
      return "name";
    case "deadline":
      return "deadline";
    case "compute_budget":
      return "budget";
    default:
      return "";
  }
}

/** The row of the account's terms that is nearest to the path, as in `exits.stop_loss.percent`. */
function termField(path: string, form: FormState): string | undefined {
  const own = path.replace(/^.*?simulation\./, "");
  const known = form.account.terms.findIndex(
    (term) => term.path === own || term.path.startsWith(`${own}.`) || own.startsWith(term.path),
  );
  return known < 0 ? undefined : `terms.${known}`;
}

/** Axes are the swept parameters, in the order of the schema, which is that of `form.params`. */
function axisField(index: number, domain: string, part: string, form: FormState): string {
  const swept = Object.keys(form.params).filter((name) => {
    const field = form.params[name];
    return field && isSwept(field);
  });
  const name = swept[index];
  if (name === undefined) {
    const terms = form.account.terms.flatMap((term, place) => (isSweptTerm(term) ? place : []));
    const place = terms[index - swept.length];
    return place === undefined ? "" : `terms.${place}`;
  }
  const place = RANGE[part];
  if (domain === "values" || form.params[name]?.mode === "list") {
    return `params.${name}`;
  }
  return `params.${name}.${place ?? "from"}`;
}
