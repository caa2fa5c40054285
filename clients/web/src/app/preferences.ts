// What this browser's user likes: kept in local storage, told to every part that shows it.

import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";
export type Zone = "utc" | "local";

export interface Preferences {
  readonly theme: Theme;
  readonly zone: Zone;
}

const KEY = "tradeforge.preferences";
const DEFAULTS: Preferences = { theme: "system", zone: "utc" };

const listeners = new Set<() => void>();
let current = load();

/** Reads what a text holds of preferences; what it does not hold is the default. */
export function parsePreferences(text: string | null): Preferences {
  let stored: unknown;
  try {
    stored = JSON.parse(text ?? "{}");
  } catch {
    stored = {};
  }
  const { theme, zone } = (stored ?? {}) as Record<string, unknown>;
  return {
    theme: theme === "light" || theme === "dark" ? theme : DEFAULTS.theme,
    zone: zone === "local" ? zone : DEFAULTS.zone,
  };
}

function load(): Preferences {
  // A browser may forbid storage altogether.
  try {
    return parsePreferences(globalThis.localStorage?.getItem(KEY) ?? null);
  } catch {
    return DEFAULTS;
  }
}

export function prefer(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // Then it holds for this visit only.
  }
  applyTheme();
  for (const listener of listeners) {
    listener();
  }
}

/** Puts the chosen theme on the document's root; without a choice the system decides. */
export function applyTheme(): void {
  const root = document.documentElement;
  if (current.theme === "system") {
    delete root.dataset["theme"];
  } else {
    root.dataset["theme"] = current.theme;
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, () => current);
}
