// Keys that do something wherever the focus is, except in a field or an open dialog.

import { useEffect, useRef } from "react";

export type Shortcuts = Readonly<Record<string, (event: KeyboardEvent) => void>>;

/** Binds keys by `KeyboardEvent.key` for as long as the component stands. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const action = latest.current[event.key];
      if (!action || event.ctrlKey || event.metaKey || event.altKey || isBusy(event)) {
        return;
      }
      event.preventDefault();
      action(event);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

function isBusy(event: KeyboardEvent): boolean {
  // What is within a shadow tells its keys as those of its host.
  const [target] = event.composedPath();
  if (event.defaultPrevented || document.querySelector("dialog[open]")) {
    return true;
  }
  if (!(target instanceof HTMLElement)) {
    return false;
  }
  // Enter on a button or a link is theirs.
  return (
    target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]") ||
    (event.key === "Enter" && target.matches("a, button, summary, input"))
  );
}
