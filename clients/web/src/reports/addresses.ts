// Addresses of pages that reports lead to.

export function trialAddress(runId: string, trialIndex: number | bigint): string {
  return `/runs/${runId}/trials/${trialIndex}`;
}

/** The form, filled with a trial's parameters. */
export function promoteAddress(runId: string, trialIndex: number | bigint): string {
  return `/new?from=${runId}&trial=${trialIndex}`;
}

/** A tab of a search's report, perhaps with some of its trials only. */
export function trialsAddress(runId: string, filter: string): string {
  return `/runs/${runId}?${new URLSearchParams({ tab: "trials", filter })}`;
}

/** The form of the same search within ranges of its parameters, in half as wide steps. */
export function finerAddress(
  runId: string,
  ranges: ReadonlyMap<string, readonly [low: number, high: number]>,
): string {
  const query = new URLSearchParams({ from: runId });
  for (const [name, [low, high]] of ranges) {
    if (name.startsWith("params.")) {
      query.set(`range.${name.slice("params.".length)}`, `${low}..${high}`);
    }
  }
  return `/new?${query}`;
}

export const EXPORT_FORMATS = ["csv", "jsonl", "parquet"] as const;

/** The trials as a file; of a filter and an order only if there are any. */
export function exportAddress(
  runId: string,
  format: (typeof EXPORT_FORMATS)[number],
  { filter = "", order = "" }: { readonly filter?: string; readonly order?: string } = {},
): string {
  const query = new URLSearchParams({
    ...(filter !== "" && { filter }),
    ...(order !== "" && { order_by: order }),
  });
  return `/export/runs/${runId}/trials.${format}${query.size > 0 ? `?${query}` : ""}`;
}
