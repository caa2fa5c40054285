// What a page keeps at its place in the browser's history: to come back is to find it as it was, to
// begin anew is to find it empty. The address keeps what another person should see too; this does not.

const PREFIX = "tradeforge.";

function keyOfPlace(): string | undefined {
  const state: unknown = history.state;
  const place = (state as { readonly place?: unknown } | null)?.place;
  return typeof place === "string" ? place : undefined;
}

/** What was kept under the name when this place was last left; undefined if it is new. */
export function keptHere(name: string): unknown {
  const key = keyOfPlace();
  try {
    const text = key && sessionStorage.getItem(`${PREFIX}${name}.${key}`);
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

export function keepHere(name: string, value: unknown): void {
  let key = keyOfPlace();
  if (key === undefined) {
    key = crypto.getRandomValues(new Uint32Array(2)).join("-");
    history.replaceState({ ...(history.state as object | null), place: key }, "");
  }
  try {
    sessionStorage.setItem(`${PREFIX}${name}.${key}`, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing: it lives as long as the page.
  }
}
