// A run followed to its end, over lost connections.

import { Code, ConnectError } from "@connectrpc/connect";
import type { Api } from "./api";
import { reasonOf } from "./errors";
import { RunState, type RunStatus } from "./gen/tradeforge/v1/types_pb";

const FIRST_PAUSE_MS = 100;
const PAUSE_MS_MAX = 2_000;

export interface WatchOptions {
  /** The sequence of a status that was seen already: only newer ones are given, and the final one. */
  readonly afterSequence?: bigint;
  /** Ends the watch, not the run. */
  readonly signal?: AbortSignal;
  /** For how long a server that cannot be reached is asked again; each status renews it. */
  readonly patienceMs?: number;
}

/** Whether the state is one that a run never leaves. */
export function isFinal(state: RunState): boolean {
  return state === RunState.COMPLETED || state === RunState.FAILED || state === RunState.CANCELLED;
}

/**
 * The statuses of a run, each newer than the one before; the last is final. A connection that breaks
 * is made again: a status says all there is, so nothing is missed.
 */
export async function* watch(
  api: Api,
  runId: string,
  options: WatchOptions = {},
): AsyncGenerator<RunStatus, void, void> {
  const { signal, patienceMs = 60_000 } = options;
  let sequence = options.afterSequence;
  let pauseMs = FIRST_PAUSE_MS;
  let giveUpAt = performance.now() + patienceMs;
  for (;;) {
    try {
      const after = sequence === undefined ? {} : { afterSequence: sequence };
      const events = api.runs.watchProgress({ runId, ...after }, signal ? { signal } : {});
      for await (const { event } of events) {
        pauseMs = FIRST_PAUSE_MS;
        giveUpAt = performance.now() + patienceMs;
        if (event.case !== "snapshot") {
          continue;
        }
        const isLast = isFinal(event.value.state);
        if (isLast || sequence === undefined || event.value.sequence > sequence) {
          sequence = event.value.sequence;
          yield event.value;
        }
        if (isLast) {
          return;
        }
      }
      throw new ConnectError("the watch ended too early", Code.Unavailable);
    } catch (error) {
      if (!isLoss(error) || signal?.aborted || performance.now() + pauseMs > giveUpAt) {
        throw error;
      }
      await pause(pauseMs, signal);
      pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
    }
  }
}

/**
 * The final status of a run that completed.
 *
 * @throws RunFailed, RunCancelled, or the ConnectError of the watch.
 */
export async function finished(
  api: Api,
  runId: string,
  options: WatchOptions = {},
): Promise<RunStatus> {
  let last: RunStatus | undefined;
  for await (const status of watch(api, runId, options)) {
    last = status;
  }
  if (last?.state === RunState.FAILED) {
    throw new RunFailed(last);
  }
  if (last?.state === RunState.CANCELLED) {
    throw new RunCancelled(last);
  }
  if (last === undefined) {
    throw new ConnectError("the watch ended without a status", Code.Internal);
  }
  return last;
}

/** A run that was waited for has failed. */
export class RunFailed extends Error {
  override readonly name = "RunFailed";
  readonly reason: string;

  constructor(readonly status: RunStatus) {
    const { reason = "", message = "the server gave no reason" } = status.error ?? {};
    super(`run ${status.runId} failed: ${reason}: ${message}`);
    this.reason = reason;
  }
}

/** A run that was waited for was cancelled. */
export class RunCancelled extends Error {
  override readonly name = "RunCancelled";

  constructor(readonly status: RunStatus) {
    const reason = status.cancel?.reason;
    super(`run ${status.runId} was cancelled${reason ? `: ${reason}` : ""}`);
  }
}

/** Whether the server may be there again; what it refuses itself has a reason in its details. */
function isLoss(error: unknown): boolean {
  const refusal = ConnectError.from(error);
  switch (refusal.code) {
    case Code.Unavailable:
      return true;
    case Code.Unknown:
    case Code.Internal:
      return reasonOf(refusal) === undefined;
    default:
      return false;
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        reject(ConnectError.from(signal.reason, Code.Canceled));
      },
      { once: true },
    );
  });
}
