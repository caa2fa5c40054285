// Limits of owners as texts and back.

import { formatCount } from "../format/number";

/** 0 means that there is none. */
export function limitText(limit: bigint | undefined): string {
  return limit === undefined || limit === 0n ? "any number" : formatCount(limit);
}

interface Quota {
  readonly liveRunsMax?: bigint;
  readonly trialsPerDayMax?: bigint;
  readonly priorityMax?: number;
  readonly share?: number;
}

/** What is empty is left out, which makes it the server's setting again. */
export function quotaOf(texts: Readonly<Record<string, string>>): {
  readonly quota: Quota;
  readonly problems: Readonly<Record<string, string>>;
} {
  const problems: Record<string, string> = {};
  const whole = (name: string) => {
    const text = (texts[name] ?? "").trim();
    if (text === "") {
      return undefined;
    }
    const isCount = /^\d{1,15}$/.test(text);
    const isPriority = name === "priority_max" && /^-?\d{1,9}$/.test(text);
    if (!isCount && !isPriority) {
      problems[name] = `must be a whole number, not ${JSON.stringify(text)}`;
      return undefined;
    }
    return BigInt(text);
  };
  const [live, trials, priority, share] = [
    "live_runs_max",
    "trials_per_day_max",
    "priority_max",
    "share",
  ].map(whole);
  const quota = {
    ...(live !== undefined && { liveRunsMax: live }),
    ...(trials !== undefined && { trialsPerDayMax: trials }),
    ...(priority !== undefined && { priorityMax: Number(priority) }),
    ...(share !== undefined && { share: Number(share) }),
  };
  return { quota, problems };
}
