// One stream for all tabs of a browser: it has six connections to a server, and each tab that held
// one would leave the seventh without an answer. The tab that has the lock receives, and tells the
// others by a channel; when it is hidden or gone, the next one has the lock.
//
// Browsers give locks to secure origins only, which those of the same machine are. Where there are
// none, each tab receives for itself.

import { Code, ConnectError } from "@connectrpc/connect";
import { follow, keepStream, type StreamPhase, type StreamSource, whileSeen } from "./stream";

/** How events pass between tabs. */
export interface Codec<Event> {
  encode(event: Event): Uint8Array;
  decode(bytes: Uint8Array): Event;
}

type Told =
  | { readonly kind: "event"; readonly bytes: Uint8Array }
  | { readonly kind: "phase"; readonly name: StreamPhase["name"]; readonly error?: ToldError }
  /** Of a tab that has just come: it would like to know the phase. */
  | { readonly kind: "hello" };

interface ToldError {
  readonly code: Code;
  readonly message: string;
}

/** Keeps the stream for this tab and all others that share one of this name. */
export function shareStream<Event>(
  name: string,
  source: StreamSource<Event>,
  codec: Codec<Event>,
): () => void {
  if (!globalThis.navigator?.locks || !globalThis.BroadcastChannel) {
    return keepStream(source);
  }
  const channel = new BroadcastChannel(name);
  const tell = (told: Told) => channel.postMessage(told);
  let role: "away" | "follows" | "leads" = "away";
  let phase: StreamPhase = { name: "connecting" };
  channel.onmessage = ({ data }: MessageEvent<Told>) => {
    if (data.kind === "hello") {
      if (role === "leads") {
        tell(phaseTold(phase));
      }
    } else if (role === "follows") {
      if (data.kind === "event") {
        source.onEvent(codec.decode(data.bytes));
      } else {
        source.onPhase(phaseHeard(data));
      }
    }
  };
  const lead = async (signal: AbortSignal): Promise<void> => {
    role = "leads";
    await follow(
      {
        ...source,
        onEvent: (event) => {
          source.onEvent(event);
          tell({ kind: "event", bytes: codec.encode(event) });
        },
        onPhase: (next) => {
          phase = next;
          source.onPhase(next);
          tell(phaseTold(next));
        },
      },
      signal,
    );
    // What is over for this tab is over for all: the lock is held until the page goes.
    await aborted(signal);
  };
  const stop = whileSeen(() => {
    const session = new AbortController();
    const { signal } = session;
    role = "follows";
    source.onPhase({ name: "connecting" });
    tell({ kind: "hello" });
    navigator.locks.request(name, { signal }, () => lead(signal)).catch(() => {});
    return (isForGood) => {
      role = "away";
      session.abort();
      if (!isForGood) {
        source.onPhase({ name: "paused" });
      }
    };
  });
  return () => {
    stop();
    channel.close();
  };
}

function phaseTold(phase: StreamPhase): Told {
  if (phase.name !== "lost" && phase.name !== "refused") {
    return { kind: "phase", name: phase.name };
  }
  const { code, rawMessage: message } = ConnectError.from(phase.error);
  return { kind: "phase", name: phase.name, error: { code, message } };
}

function phaseHeard({ name, error }: Extract<Told, { kind: "phase" }>): StreamPhase {
  return name === "lost" || name === "refused"
    ? { name, error: new ConnectError(error?.message ?? "", error?.code ?? Code.Unknown) }
    : { name };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    }
    signal.addEventListener("abort", () => resolve());
  });
}
