// What the windows of a walk-forward come to together.

import { millisOf } from "../format/time";
import type { Window } from "../gen/tradeforge/v1/types_pb";

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
