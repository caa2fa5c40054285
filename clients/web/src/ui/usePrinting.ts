// Whether a page is about to be taken as a whole, on paper or as a file, where nothing can be scrolled.

import { useSyncExternalStore } from "react";

const query = globalThis.matchMedia?.("print");
const listeners = new Set<() => void>();
let isTaken = false;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  query?.addEventListener("change", listener);
  return () => {
    listeners.delete(listener);
    query?.removeEventListener("change", listener);
  };
}

export function usePrinting(): boolean {
  return useSyncExternalStore(subscribe, () => isTaken || (query?.matches ?? false));
}

/** Has long tables show all of their rows while something is made of the page. */
export async function takenWhole<Result>(take: () => Result): Promise<Result> {
  const tell = (next: boolean) => {
    isTaken = next;
    for (const listener of listeners) {
      listener();
    }
  };
  tell(true);
  // The stores' changes are rendered before the next task.
  await new Promise((resolve) => setTimeout(resolve));
  try {
    return take();
  } finally {
    tell(false);
  }
}
