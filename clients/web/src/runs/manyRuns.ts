// One thing done to many runs: to those that are named, one after the other, and to all that a
// filter finds, by the calls that count first.

import { api } from "../rpc/client";
import { failureOf } from "../rpc/failure";

export type Verb = "cancel" | "delete";

const REASON = "stopped in the web client";
/** What a filter without conditions is, where one is required. */
const ALL = "create_time > 1970-01-01";
/** The server does it to so many in one call. */
const CALL_MAX = 10_000n;

/** How it went: what could not be done stays as it is. */
export interface Outcome {
  readonly done: number;
  readonly failures: readonly { readonly runId: string; readonly message: string }[];
}

/** Does it to each by itself, so that one that cannot be done keeps none of the others. */
export async function toEach(
  runIds: readonly string[],
  act: (runId: string) => Promise<unknown>,
): Promise<Outcome> {
  const failures: { runId: string; message: string }[] = [];
  for (const runId of runIds) {
    try {
      await act(runId);
    } catch (error) {
      failures.push({ runId, message: failureOf(error).message });
    }
  }
  return { done: runIds.length - failures.length, failures };
}

export function actionOf(verb: Verb): (runId: string) => Promise<unknown> {
  return verb === "cancel"
    ? (runId) => api.runs.cancel({ runId, reason: REASON })
    : (runId) => api.runs.deleteRun({ runId });
}

/** What would be done to all that the filter finds. */
export interface Counted {
  readonly matched: bigint;
  /** Others' runs, which stay. */
  readonly denied: bigint;
  readonly sampleRunIds: readonly string[];
}

export async function countAll(verb: Verb, filter: string, signal: AbortSignal): Promise<Counted> {
  const request = { filter: filter || ALL, validateOnly: true };
  return verb === "cancel"
    ? api.runs.cancelRuns(request, { signal })
    : api.runs.deleteRuns(request, { signal });
}

/** Does it to as many as were counted, and to none if there are more or fewer by now. */
export async function doToAll(verb: Verb, filter: string, matched: bigint): Promise<bigint> {
  let left = matched;
  while (left > 0n) {
    const request = { filter: filter || ALL, expectedCount: left };
    const done =
      verb === "cancel"
        ? (await api.runs.cancelRuns({ ...request, reason: REASON })).cancelled
        : (await api.runs.deleteRuns(request)).deleted;
    left -= done;
    if (done < CALL_MAX) {
      break;
    }
  }
  return matched - left;
}
