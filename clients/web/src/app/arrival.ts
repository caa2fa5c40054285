// What the page that is shown calls itself, to be spoken when it is another one.

import { useSyncExternalStore } from "react";

let first: string | undefined;
let shown = "";
const listeners = new Set<() => void>();

/** The first page of a visit is read by itself; only what comes after is news. */
export function arrive(title: string): void {
  first ??= title;
  if (first === title && shown === "") {
    return;
  }
  shown = title;
  for (const listener of listeners) {
    listener();
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useArrival(): string {
  return useSyncExternalStore(subscribe, () => shown);
}
