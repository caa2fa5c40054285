// Lists that this browser keeps for its user, each entry under a name.

export const NAME_MAX = 60;

/** What a text holds of them: of what `read` knows nothing, it makes undefined. */
export function parseList<Entry>(
  text: string | null,
  read: (stored: unknown) => Entry | undefined,
): Entry[] {
  try {
    const stored: unknown = JSON.parse(text ?? "[]");
    const entries = Array.isArray(stored) ? stored.map(read) : [];
    return entries.filter((entry) => entry !== undefined);
  } catch {
    return [];
  }
}

/** None where the browser keeps nothing. */
export function keptText(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** False if this browser keeps nothing. */
export function keepText(key: string, text: string): boolean {
  try {
    localStorage.setItem(key, text);
    return true;
  } catch {
    return false;
  }
}

export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
