// Which rows of a long table are in view, where all rows are equally tall and its head stays in place.

import { type RefObject, useCallback, useLayoutEffect, useState } from "react";

interface Rows {
  readonly total: number;
  /** Of each, in pixels. */
  readonly height: number;
  /** So many more are told before and behind, which come into view by the next scrolling. */
  readonly around: number;
}

/** From `first` on, up to `end` without it. */
export interface InView {
  readonly first: number;
  readonly end: number;
}

export function rowsInView(top: number, room: number, { total, height, around }: Rows): InView {
  const within = (row: number) => Math.min(total, Math.max(0, row));
  return {
    first: within(Math.floor(top / height) - around),
    end: within(Math.ceil((top + room) / height) + around),
  };
}

/** Where to scroll to for a row to be whole, by as little as can be. */
export function scrolledTo(row: number, top: number, room: number, height: number): number {
  return Math.min(row * height, Math.max(top, (row + 1) * height - room));
}

interface Shown extends InView {
  /** Brings a row into view. */
  readonly show: (row: number) => void;
}

export function useRowsInView(scroller: RefObject<HTMLElement | null>, rows: Rows): Shown {
  const [view, setView] = useState({ top: 0, room: 0 });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) {
      return;
    }
    const look = () => {
      const { scrollTop: top, clientHeight: room } = element;
      setView((before) => (before.top === top && before.room === room ? before : { top, room }));
    };
    look();
    element.addEventListener("scroll", look, { passive: true });
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    return () => {
      element.removeEventListener("scroll", look);
      sizes.disconnect();
    };
  }, [scroller]);
  const { height } = rows;
  const show = useCallback(
    (row: number) => {
      const element = scroller.current;
      if (element) {
        const head = element.querySelector("thead")?.offsetHeight ?? 0;
        const room = element.clientHeight - head;
        element.scrollTop = scrolledTo(row, element.scrollTop, room, height);
      }
    },
    [scroller, height],
  );
  return { ...rowsInView(view.top, view.room, rows), show };
}
