// A stream from the server that is kept up: opened again after a loss, closed while nobody looks.
//
// It lives outside of React. What it receives goes to a store; what it is up to, to `onPhase`.

import { Code, ConnectError } from "@connectrpc/connect";

export type StreamPhase =
  | { readonly name: "connecting" }
  | { readonly name: "open" }
  /** The connection is gone; it is tried again by itself. */
  | { readonly name: "lost"; readonly error: unknown }
  /** The page is hidden. */
  | { readonly name: "paused" }
  /** The server ended it, with nothing more to say. */
  | { readonly name: "ended" }
  /** The server refused it; another try would be refused, too. */
  | { readonly name: "refused"; readonly error: unknown };

export interface StreamSource<Event> {
  /** Opens the stream. It is called again after a loss: resume from what was received. */
  open(signal: AbortSignal, onOpen: () => void): AsyncIterable<Event>;
  onEvent(event: Event): void;
  onPhase(phase: StreamPhase): void;
  /** Whether an end without an error means that all is said; if not, it is a loss. */
  readonly ends: boolean;
  /** Longest silence, for a stream without heartbeats. */
  readonly silenceMs?: number;
}

const FIRST_DELAY_MS = 500;
const LAST_DELAY_MS = 10_000;
const HIDDEN_FOR_MS = 10_000;
/** Longest silence: the server is asked for a heartbeat every 5 seconds. */
const SILENCE_MS = 12_000;

const PERMANENT = new Set([
  Code.InvalidArgument,
  Code.NotFound,
  Code.AlreadyExists,
  Code.PermissionDenied,
  Code.FailedPrecondition,
  Code.OutOfRange,
  Code.Unimplemented,
  Code.Unauthenticated,
]);

/** Milliseconds before the next try, after so many that failed in a row. */
export function retryDelay(failures: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** Math.max(0, failures - 1), LAST_DELAY_MS);
}

/** Starts the stream and gives what stops it. */
export function keepStream<Event>(source: StreamSource<Event>): () => void {
  let over = false;
  const start = () => {
    const session = new AbortController();
    if (!over) {
      void follow(source, session.signal).then((isOver) => {
        over ||= isOver;
      });
    }
    return (isForGood: boolean) => {
      session.abort();
      if (!over && !isForGood) {
        source.onPhase({ name: "paused" });
      }
    };
  };
  return whileSeen(start);
}

/**
 * Starts something when the page is seen, and stops it once the page has been hidden for a while:
 * a tab that was opened in the background has not begun. Gives what ends it for good.
 */
export function whileSeen(start: () => (isForGood: boolean) => void): () => void {
  let stop: ReturnType<typeof start> | undefined;
  let hiddenTimer: ReturnType<typeof setTimeout> | undefined;
  const onVisibility = () => {
    clearTimeout(hiddenTimer);
    if (document.visibilityState !== "hidden") {
      stop ??= start();
    } else if (stop) {
      hiddenTimer = setTimeout(() => {
        stop?.(false);
        stop = undefined;
      }, HIDDEN_FOR_MS);
    }
  };
  document.addEventListener("visibilitychange", onVisibility);
  onVisibility();
  return () => {
    clearTimeout(hiddenTimer);
    document.removeEventListener("visibilitychange", onVisibility);
    stop?.(true);
  };
}

/** Opens the stream again and again; true once there is nothing more to come. */
export async function follow<Event>(
  source: StreamSource<Event>,
  signal: AbortSignal,
): Promise<boolean> {
  let failures = 0;
  while (!signal.aborted) {
    if (failures === 0) {
      source.onPhase({ name: "connecting" });
    }
    let error: unknown = new ConnectError("the stream ended", Code.Unavailable);
    try {
      await receive(source, signal, () => {
        failures = 0;
        source.onPhase({ name: "open" });
      });
      if (source.ends && !signal.aborted) {
        source.onPhase({ name: "ended" });
        return true;
      }
    } catch (caught) {
      error = caught;
    }
    // An abort of ours comes as all sorts of errors, so the signal is asked and not the error.
    if (signal.aborted) {
      return false;
    }
    if (PERMANENT.has(ConnectError.from(error).code)) {
      source.onPhase({ name: "refused", error });
      return true;
    }
    failures += 1;
    source.onPhase({ name: "lost", error });
    await pauseFor(retryDelay(failures), signal);
  }
  return false;
}

/** Receives until the end, an error, or too long a silence. */
async function receive<Event>(
  source: StreamSource<Event>,
  signal: AbortSignal,
  onOpen: () => void,
): Promise<void> {
  const silence = new AbortController();
  const wait = source.silenceMs ?? SILENCE_MS;
  let timer = setTimeout(() => silence.abort(), wait);
  try {
    const events = source.open(AbortSignal.any([signal, silence.signal]), onOpen);
    for await (const event of events) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), wait);
      if (signal.aborted) {
        return;
      }
      source.onEvent(event);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Waits, but not beyond the abort or the moment at which the network is back. */
function pauseFor(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      globalThis.removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, millis);
    signal.addEventListener("abort", done);
    globalThis.addEventListener("online", done);
  });
}
