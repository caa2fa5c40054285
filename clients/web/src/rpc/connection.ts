// The tab's one watch over all runs, and whether the server can be reached: told by that watch.

import { useSyncExternalStore } from "react";
import { api } from "./client";
import { runsStore } from "./runsStore";
import { keepStream, type StreamPhase } from "./stream";

const HEARTBEAT = { seconds: 5n };

let phase: StreamPhase = { name: "connecting" };
const listeners = new Set<() => void>();

/** Starts the watch; `onOpen` is called each time that it stands, again after each loss. */
export function watchRuns(onOpen: () => void): () => void {
  return keepStream({
    ends: false,
    open: (signal, opened) =>
      api.runs.watchRuns({ heartbeatInterval: HEARTBEAT }, { signal, onHeader: opened }),
    onEvent: ({ event }) => {
      if (event.case === "snapshot") {
        runsStore.accept(event.value);
      }
    },
    onPhase: (next) => {
      phase = next;
      for (const listener of listeners) {
        listener();
      }
      if (next.name === "open") {
        onOpen();
      }
    },
  });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useConnection(): StreamPhase {
  return useSyncExternalStore(subscribe, () => phase);
}
