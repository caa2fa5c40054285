import { useSyncExternalStore } from "react";

const query = globalThis.matchMedia?.("print");

function subscribe(listener: () => void): () => void {
  query?.addEventListener("change", listener);
  return () => query?.removeEventListener("change", listener);
}

/** Whether the page is on its way to paper, where nothing can be scrolled. */
export function usePrinting(): boolean {
  return useSyncExternalStore(subscribe, () => query?.matches ?? false);
}
