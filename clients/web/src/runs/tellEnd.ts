// Tells by the system when a run has ended that somebody waits for, and whose page nobody looks at.

import { useEffect, useRef, useState } from "react";
import { RunState, type RunStatus } from "../gen/tradeforge/v1/types_pb";
import { isFinal, stateLabel } from "../rpc/state";

interface Telling {
  /** Whether a browser can tell, and has not been forbidden to. */
  readonly isPossible: boolean;
  readonly isWanted: boolean;
  readonly want: () => void;
}

export function useTellEnd(title: string, status: RunStatus): Telling {
  const [isWanted, setWanted] = useState(false);
  const wasLive = useRef(false);
  const isOver = isFinal(status.state);
  useEffect(() => {
    if (!isOver) {
      wasLive.current = true;
    } else if (wasLive.current && isWanted && document.hidden) {
      wasLive.current = false;
      new Notification(title, { body: endText(status), tag: status.runId });
    }
  }, [isOver, isWanted, status, title]);
  const isPossible = "Notification" in globalThis && Notification.permission !== "denied";
  const want = () => {
    void Notification.requestPermission().then((answer) => setWanted(answer === "granted"));
  };
  return { isPossible, isWanted, want };
}

function endText(status: RunStatus): string {
  const label = stateLabel(status);
  const error = status.state === RunState.FAILED ? status.error?.message : undefined;
  return error ? `${label}: ${error}` : label;
}

/** How far a live run is, for the browser's tab; undefined once it is over. */
export function newsOf({ state, progress }: RunStatus): string | undefined {
  return isFinal(state) || !progress ? undefined : `${Math.floor(progress.fraction * 100)} %`;
}
