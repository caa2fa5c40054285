// What each instrument was of the equity, as lines: those that weighed most, the others together, and
// the cash.

import type { InstrumentWeights } from "../gen/tradeforge/v1/result_service_pb";

/** Lines that can be told apart, those of the others and of the cash not counted. */
export const WEIGHED_MAX = 6;

export interface WeightLine {
  readonly name: string;
  readonly weights: readonly number[];
  readonly kind: "instrument" | "others" | "cash";
}

/** The heaviest first, by the mean of what they were at all points, whichever way. */
export function weightLines(instruments: readonly InstrumentWeights[]): readonly WeightLine[] {
  const points = instruments[0]?.weights.length ?? 0;
  if (points === 0) {
    return [];
  }
  const sizes = new Map(
    instruments.map((each) => [each, each.weights.reduce((sum, it) => sum + Math.abs(it), 0)]),
  );
  const sorted = instruments.toSorted((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0));
  // Two and more are "others": the name of one is as short.
  const shown = sorted.length <= WEIGHED_MAX + 1 ? sorted : sorted.slice(0, WEIGHED_MAX);
  const others = sorted.slice(shown.length);
  const sum = (all: readonly InstrumentWeights[], at: number) =>
    all.reduce((total, { weights }) => total + (weights[at] ?? 0), 0);
  const places = Array.from({ length: points }, (_, at) => at);
  return [
    ...shown.map(({ exchange, symbol, weights }) => ({
      name: `${exchange}:${symbol}`,
      weights,
      kind: "instrument" as const,
    })),
    ...(others.length > 0
      ? [
          {
            name: `${others.length} others`,
            weights: places.map((at) => sum(others, at)),
            kind: "others" as const,
          },
        ]
      : []),
    { name: "Cash", weights: places.map((at) => 1 - sum(instruments, at)), kind: "cash" as const },
  ];
}
