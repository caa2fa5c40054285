// Lists that this browser's user comes back to: a name, and what the address of the list then says.

import { byName, keepText, keptText, parseList } from "../ui/kept";

export interface SavedView {
  readonly name: string;
  readonly search: string;
}

const KEY = "tradeforge.views";
const VIEWS_MAX = 50;

/** What a text holds of views; anything else in it is left out. */
export function parseViews(text: string | null): SavedView[] {
  return parseList(text, (stored) => {
    const it = stored as Partial<SavedView> | null;
    return typeof it?.name === "string" && typeof it.search === "string"
      ? { name: it.name, search: it.search }
      : undefined;
  });
}

export function savedViews(): SavedView[] {
  return parseViews(keptText(KEY));
}

/** With the view under its name, in the place of one that has it already. */
export function withView(views: readonly SavedView[], view: SavedView): SavedView[] {
  const others = views.filter(({ name }) => name !== view.name);
  return [...others, view].slice(-VIEWS_MAX).sort(byName);
}

/** False if this browser keeps nothing. */
export function keepViews(views: readonly SavedView[]): boolean {
  return keepText(KEY, JSON.stringify(views));
}
