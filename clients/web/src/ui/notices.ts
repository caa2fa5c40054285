// Short notices that come up over any page and go by themselves, unless something went wrong.

import { useSyncExternalStore } from "react";

export interface Notice {
  readonly id: number;
  readonly look: "good" | "bad";
  readonly text: string;
}

const GONE_AFTER_MS = 6_000;

let notices: readonly Notice[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

export function showNotice(look: Notice["look"], text: string): void {
  lastId += 1;
  const id = lastId;
  change([...notices.filter((notice) => notice.text !== text), { id, look, text }]);
  if (look === "good") {
    setTimeout(() => dismissNotice(id), GONE_AFTER_MS);
  }
}

export function dismissNotice(id: number): void {
  change(notices.filter((notice) => notice.id !== id));
}

function change(next: readonly Notice[]): void {
  notices = next;
  for (const listener of listeners) {
    listener();
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useNotices(): readonly Notice[] {
  return useSyncExternalStore(subscribe, () => notices);
}
