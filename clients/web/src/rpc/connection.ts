// The one watch over all runs, which the tabs share, and whether the server can be reached: told by
// that watch.

import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { useSyncExternalStore } from "react";
import {
  type WatchRunsResponse,
  WatchRunsResponseSchema,
} from "../gen/tradeforge/v1/run_service_pb";
import { api } from "./client";
import { runsStore } from "./runsStore";
import { shareStream } from "./sharedStream";
import type { StreamPhase, StreamSource } from "./stream";

const HEARTBEAT = { seconds: 5n };

let phase: StreamPhase = { name: "connecting" };
const listeners = new Set<() => void>();

/** Starts the watch; `onOpen` is called each time that it stands, again after each loss. */
export function watchRuns(onOpen: () => void): () => void {
  const source: StreamSource<WatchRunsResponse> = {
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
  };
  return shareStream("tradeforge.runs", source, {
    encode: (event) => toBinary(WatchRunsResponseSchema, event),
    decode: (bytes) => fromBinary(WatchRunsResponseSchema, bytes),
  });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useConnection(): StreamPhase {
  return useSyncExternalStore(subscribe, () => phase);
}
