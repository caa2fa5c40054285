// What the windows of a walk-forward come to together.

import { formatCount } from "../format/number";
import { formatBorder, millisOf } from "../format/time";
import {
  Handover,
  InSampleMode,
  Smoothing,
  type TimeRange,
  type WalkForwardSpec,
  type Window,
} from "../gen/tradeforge/v1/types_pb";

/** Who is drawn beside the account, by the name of the baseline. */
export const BESIDE = ["all_trials", "buy_and_hold", "defaults"] as const;

export interface Growth {
  /** Seconds since 1970: the start of the first window, and the end of each. */
  readonly times: readonly number[];
  /** Of 1 that was there at the start. */
  readonly account: readonly number[];
  /** The same of those beside; null from the first window on that does not know it. */
  readonly beside: ReadonlyMap<string, readonly (number | null)[]>;
}

/** How the account and others grew over the days to be judged by. */
export function growthOf(windows: readonly Window[]): Growth {
  const times = windows.flatMap(({ outOfSample }, place) => {
    const { startTime, endTime } = outOfSample ?? {};
    const moments = place === 0 ? [startTime, endTime] : [endTime];
    return moments.map((time) => (time ? millisOf(time) / 1000 : 0));
  });
  // A window without a choice rests: it earns nothing.
  const account = compounded(windows.map((it) => it.outOfSampleMetrics["total_return"] ?? 0));
  const beside = BESIDE.map((name) => {
    return [name, compounded(windows.map(({ baselines }) => baselines[name]))] as const;
  });
  return { times, account: account.map((it) => it ?? 1), beside: new Map(beside) };
}

function compounded(returns: readonly (number | undefined)[]): (number | null)[] {
  let worth: number | null = 1;
  const grown: (number | null)[] = [worth];
  for (const value of returns) {
    worth = worth === null || value === undefined ? null : worth * (1 + value);
    grown.push(worth);
  }
  return grown;
}

export interface Failed {
  readonly reason: string;
  readonly message: string;
  readonly count: bigint;
}

/** Failed trials of all windows by reason and message, the most frequent first. */
export function failuresOf(windows: readonly Window[]): Failed[] {
  const all = new Map<string, Failed>();
  for (const { reason, message, count } of windows.flatMap(({ failures }) => failures)) {
    const key = `${reason} ${message}`;
    all.set(key, { reason, message, count: count + (all.get(key)?.count ?? 0n) });
  }
  return [...all.values()].sort((left, right) => Number(right.count - left.count));
}

/** As in `2021-01-01 – 2021-03-01`. */
export function daysOf(range: TimeRange | undefined): string {
  return `${formatBorder(range?.startTime, "utc")} – ${formatBorder(range?.endTime, "utc")}`;
}

type Metrics = "inSampleMetrics" | "outOfSampleMetrics" | "carriedMetrics";

/** The names of all metrics that a window has of any of its days, in their alphabet. */
export function metricRows(window: Pick<Window, Metrics>): string[] {
  const names = [window.inSampleMetrics, window.outOfSampleMetrics, window.carriedMetrics];
  return [...new Set(names.flatMap((metrics) => Object.keys(metrics)))].sort();
}

const HANDOVERS: Readonly<Record<Handover, string>> = {
  [Handover.UNSPECIFIED]: "is closed",
  [Handover.CLOSE]: "is closed",
  [Handover.RUN_OFF]: "is left by the old parameters",
  [Handover.KEEP]: "is kept for the new parameters",
  [Handover.ADOPT]: "is what the new parameters hold alone",
};

/** How windows are cut and trials chosen: what was asked for, as the server echoed it. */
export function howWalked(spec: WalkForwardSpec): readonly (readonly [string, string])[] {
  const windows = spec.scheme.value;
  const days = (count: number | undefined) => `${formatCount(count ?? 0)} days`;
  const latest = spec.scheme.case === "anchored" ? "all days before, at least" : "the latest";
  const isCarried = spec.inSampleMode === InSampleMode.CARRIED;
  const isSmoothed = spec.smoothing === Smoothing.MEDIAN;
  return [
    ["Chosen by", `${latest} ${days(windows?.inSampleDays)}`],
    ["Judged by", days(windows?.outOfSampleDays)],
    ["Left out between", days(windows?.purgeDays)],
    ["Step", days(windows?.stepDays)],
    ["A trial's days are", isCarried ? "cut from one simulation" : "each a simulation of its own"],
    ["The best is", isSmoothed ? "the middle of a plateau" : "the highest objective"],
    ["The position, at a change,", HANDOVERS[spec.handover]],
  ];
}
