// The rows of a preview: each bar once, and a gap where bars are not shown.

import type { BarPreview, GetBarsResponse } from "../gen/tradeforge/v1/market_data_service_pb";

export interface BarAt {
  readonly bars: GetBarsResponse;
  readonly at: number;
}

/** The bars at both ends in order; `undefined` stands for those between that are not shown. */
export function barsAtEnds(preview: BarPreview, barCount: bigint): readonly (BarAt | undefined)[] {
  const { first, last } = preview;
  if (!first || !last) {
    return [];
  }
  const all = (bars: GetBarsResponse) => bars.timeUnixMs.map((_, at) => ({ bars, at }));
  const seen = first.timeUnixMs.at(-1) ?? 0n;
  // Of a few bars, both ends are the same.
  const others = all(last).filter(({ at }) => (last.timeUnixMs[at] ?? 0n) > seen);
  const rows: (BarAt | undefined)[] = all(first);
  if (BigInt(rows.length + others.length) < barCount) {
    rows.push(undefined);
  }
  return [...rows, ...others];
}
