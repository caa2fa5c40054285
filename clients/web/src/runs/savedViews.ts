// Lists that this browser's user comes back to: a name, and what the address of the list then says.

export interface SavedView {
  readonly name: string;
  readonly search: string;
}

const KEY = "tradeforge.views";
const VIEWS_MAX = 50;
export const NAME_MAX = 60;

/** What a text holds of views; anything else in it is left out. */
export function parseViews(text: string | null): SavedView[] {
  try {
    const stored: unknown = JSON.parse(text ?? "[]");
    const views = Array.isArray(stored) ? (stored as Partial<SavedView>[]) : [];
    return views.flatMap((it) =>
      typeof it?.name === "string" && typeof it.search === "string"
        ? [{ name: it.name, search: it.search }]
        : [],
    );
  } catch {
    return [];
  }
}

export function savedViews(): SavedView[] {
  try {
    return parseViews(localStorage.getItem(KEY));
  } catch {
    return [];
  }
}

/** With the view under its name, in the place of one that has it already. */
export function withView(views: readonly SavedView[], view: SavedView): SavedView[] {
  const others = views.filter(({ name }) => name !== view.name);
  return [...others, view].slice(-VIEWS_MAX).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** False if this browser keeps nothing. */
export function keepViews(views: readonly SavedView[]): boolean {
  try {
    localStorage.setItem(KEY, JSON.stringify(views));
    return true;
  } catch {
    return false;
  }
}
