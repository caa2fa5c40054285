// A table of trials as React sees it: a number that changes at most four times a second.

import { useCallback, useSyncExternalStore } from "react";
import type { MapTable } from "./mapPart";

const EVERY_MS = 250;

/** Renders the component again when rows were added, but not for each of them. */
export function useTable(table: MapTable): number {
  const subscribe = useCallback(
    (listener: () => void) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const stop = table.subscribe(() => {
        timer ??= setTimeout(() => {
          timer = undefined;
          listener();
        }, EVERY_MS);
      });
      return () => {
        stop();
        clearTimeout(timer);
      };
    },
    [table],
  );
  useSyncExternalStore(subscribe, () => table.version);
  return table.rows;
}
