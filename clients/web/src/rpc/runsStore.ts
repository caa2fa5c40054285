// The newest status of every run this tab has heard of, from streams and answers alike.
//
// A status counts only if its sequence is above the one held, so it does not matter in which order
// or how often they come. Listeners are told at most four times a second, the first time at once.

import { useCallback, useSyncExternalStore } from "react";
import type { RunStatus } from "../gen/tradeforge/v1/types_pb";
import { isFinal } from "./state";

const NOTIFY_EVERY_MS = 250;
const STATUSES_MAX = 5_000;

type Listener = () => void;

export class RunsStore {
  readonly #statuses = new Map<string, RunStatus>();
  readonly #listeners = new Set<Listener>();
  readonly #changeListeners = new Set<Listener>();
  #notifiedAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Takes a status in; false if it is not newer than what is known. */
  accept(status: RunStatus): boolean {
    const known = this.#statuses.get(status.runId);
    if (known && known.sequence >= status.sequence) {
      return false;
    }
    this.#statuses.set(status.runId, status);
    this.#makeRoom();
    this.#notifySoon();
    if (known?.state !== status.state) {
      for (const listener of this.#changeListeners) {
        listener();
      }
    }
    return true;
  }

  forget(runId: string): void {
    this.#statuses.delete(runId);
    this.#notifySoon();
  }

  status(runId: string): RunStatus | undefined {
    return this.#statuses.get(runId);
  }

  /** Tells, not too often, that something moved. */
  readonly subscribe = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Tells at once that a run came up or went to another state: lists may be other ones now. */
  onStateChange(listener: Listener): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  #makeRoom(): void {
    if (this.#statuses.size <= STATUSES_MAX) {
      return;
    }
    for (const [runId, status] of this.#statuses) {
      if (isFinal(status.state)) {
        this.#statuses.delete(runId);
        return;
      }
    }
  }

  #notifySoon(): void {
    if (this.#timer !== undefined) {
      return;
    }
    const wait = this.#notifiedAt + NOTIFY_EVERY_MS - performance.now();
    if (wait <= 0) {
      this.#notify();
    } else {
      this.#timer = setTimeout(() => this.#notify(), wait);
    }
  }

  #notify(): void {
    this.#timer = undefined;
    this.#notifiedAt = performance.now();
    for (const listener of this.#listeners) {
      listener();
    }
  }
}

export const runsStore = new RunsStore();

/** The newest status known of a run: the one given, or what came since. */
export function useRunStatus(runId: string, known: RunStatus | undefined): RunStatus | undefined {
  const read = useCallback(() => runsStore.status(runId), [runId]);
  const live = useSyncExternalStore(runsStore.subscribe, read);
  return newer(live, known);
}

export function newer(a: RunStatus | undefined, b: RunStatus | undefined): RunStatus | undefined {
  return !b || (a && a.sequence >= b.sequence) ? a : b;
}
