// Which runs are compared, as the address of the page keeps it.

export const RUNS_COMPARED_MAX = 8;

export function compareAddress(runIds: readonly string[]): string {
  return `/compare?ids=${runIds.slice(0, RUNS_COMPARED_MAX).join(",")}`;
}

/** The ids, each once, in the order of the address. */
export function comparedIds(search: URLSearchParams): string[] {
  const ids = (search.get("ids") ?? "").split(",").filter((id) => id !== "");
  return [...new Set(ids)].slice(0, RUNS_COMPARED_MAX);
}
