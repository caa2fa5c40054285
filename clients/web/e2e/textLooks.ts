// Text that cannot be read on a page: cut off, or over other text. Only what the page lays out; what
// is drawn on a canvas is looked at by eye.

import type { Page } from "@playwright/test";

/** What is wrong, as in `cut: Submitted ↓ in TH`; nothing on a page where all can be read. */
export function unreadable(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    interface Piece {
      readonly element: Element;
      readonly text: string;
      readonly boxes: readonly DOMRect[];
    }
    const faults = new Set<string>();
    const isSeen = (element: Element) =>
      element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
      !element.closest(".visually-hidden, [data-arrival], .cm-editor, option, script, style");
    const pieces: Piece[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const [element, text] = [node.parentElement, node.textContent?.trim() ?? ""];
      if (element && text !== "" && isSeen(element)) {
        const range = document.createRange();
        range.selectNodeContents(node);
        const boxes = [...range.getClientRects()].filter(({ width, height }) => width && height);
        pieces.push({ element, text: text.slice(0, 60), boxes });
      }
    }
    // What a box around it hides: cut off where nothing leads to it, else out of sight.
    const NEVER = "th, button, label, legend, h1, h2, h3, dt, dd, summary, [role=tab], nav";
    const clipped = ({ element, boxes }: Piece) => {
      let seen: readonly DOMRect[] = boxes;
      let isCut = false;
      let isReachable = false;
      for (let box: Element | null = element; box; box = box.parentElement) {
        const { overflowX, overflowY } = getComputedStyle(box);
        if (overflowX === "visible" && overflowY === "visible") {
          continue;
        }
        isReachable ||= /auto|scroll/.test(overflowX);
        const frame = box.getBoundingClientRect();
        isCut ||=
          !isReachable &&
          seen.some(
            ({ left, right, top, bottom }) =>
              right > frame.right + 1 ||
              left < frame.left - 1 ||
              bottom > frame.bottom + 3 ||
              top < frame.top - 3,
          );
        seen = seen.map(({ left, right, top, bottom }) => {
          const [x, y] = [Math.max(left, frame.left), Math.max(top, frame.top)];
          const [toX, toY] = [Math.min(right, frame.right), Math.min(bottom, frame.bottom)];
          return new DOMRect(x, y, Math.max(0, toX - x), Math.max(0, toY - y));
        });
      }
      return { isCut, seen };
    };
    // What stays in its place while others go beneath it hides them on purpose.
    const floats = (element: Element) => {
      for (let it: Element | null = element; it; it = it.parentElement) {
        if (/fixed|sticky/.test(getComputedStyle(it).position)) {
          return true;
        }
      }
      return false;
    };
    const placed: { readonly piece: Piece; readonly box: DOMRect }[] = [];
    for (const piece of pieces) {
      const { isCut, seen } = clipped(piece);
      const told = piece.element.closest("[title]")?.getAttribute("title") ?? "";
      const isTold = told.includes(piece.text) && !piece.element.closest(NEVER);
      if (isCut && !isTold) {
        faults.add(`cut: ${piece.text} in ${piece.element.tagName}`);
      }
      if (!floats(piece.element) && !piece.element.closest("svg")) {
        placed.push(...seen.map((box) => ({ piece, box })));
      }
    }
    placed.sort((a, b) => a.box.top - b.box.top);
    placed.forEach(({ piece, box }, at) => {
      for (let next = at + 1; next < placed.length; next += 1) {
        const other = placed[next];
        if (!other || other.box.top > box.bottom - 4) {
          break;
        }
        const wide = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const high = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        if (other.piece !== piece && wide > 2 && high > 4) {
          faults.add(`over one another: ${piece.text} and ${other.piece.text}`);
        }
      }
    });
    // What one types into or presses stands within its part of the page, and shows what it holds.
    for (const control of document.querySelectorAll("input, select, button, textarea")) {
      if (!isSeen(control)) {
        continue;
      }
      const { left, right } = control.getBoundingClientRect();
      const part = control.closest("section, form, fieldset, header, nav, dialog, main, table");
      const frame = (part ?? document.body).getBoundingClientRect();
      const name = control.getAttribute("aria-label") ?? control.id ?? control.textContent;
      if (right > frame.right + 1 || left < frame.left - 1) {
        faults.add(`sticks out: ${control.tagName} ${name}`);
      }
      const isText = control instanceof HTMLInputElement && control.type === "text";
      if (isText && control.scrollWidth > control.clientWidth + 1) {
        faults.add(`cut: ${control.value} in INPUT ${name}`);
      }
    }
    const { scrollWidth } = document.documentElement;
    if (scrollWidth > innerWidth + 1) {
      faults.add(`the page is ${scrollWidth} pixels wide on a screen of ${innerWidth}`);
    }
    return [...faults];
  });
}
