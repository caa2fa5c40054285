// States of runs: which are final, and what they are called.

import { RunState, type RunStatus } from "../gen/tradeforge/v1/types_pb";

export const STATES = [
  RunState.PENDING,
  RunState.RUNNING,
  RunState.PAUSED,
  RunState.COMPLETED,
  RunState.FAILED,
  RunState.CANCELLED,
] as const;

export function isFinal(state: RunState): boolean {
  return state === RunState.COMPLETED || state === RunState.FAILED || state === RunState.CANCELLED;
}

/** As filters name it: `COMPLETED`. */
export function stateName(state: RunState): string {
  return RunState[state] ?? "UNKNOWN";
}

/** As people read it. A run that was asked to stop and still works is `Stopping`. */
export function stateLabel(status: Pick<RunStatus, "state" | "cancel">): string {
  if (status.cancel && !isFinal(status.state)) {
    return "Stopping";
  }
  switch (status.state) {
    case RunState.PENDING:
      return "Queued";
    case RunState.RUNNING:
      return "Running";
    case RunState.PAUSED:
      return "Paused";
    case RunState.COMPLETED:
      return "Completed";
    case RunState.FAILED:
      return "Failed";
    case RunState.CANCELLED:
      return "Cancelled";
    default:
      return "Unknown";
  }
}
