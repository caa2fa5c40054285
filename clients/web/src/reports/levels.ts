// Where a trade was to end: the prices of the account's stop and targets at its entry. Only what
// follows from the entry alone is told; a stop that moves, or one by a range, is not.

import type { Distance, Simulation } from "../gen/tradeforge/v1/types_pb";
import type { TradeRow } from "./trades";

export interface Level {
  readonly name: "stop" | "target";
  readonly price: number;
}

type Entered = Pick<TradeRow, "isLong" | "entryPrice" | "entries">;

export function levelsOf(
  { isLong, entryPrice, entries }: Entered,
  simulation: Simulation | undefined,
): Level[] {
  // Of several entries each has its own, and only their average is known.
  if (entries !== 1) {
    return [];
  }
  const sign = isLong ? 1 : -1;
  const away = (distance: Distance | undefined, towards: 1 | -1) => {
    const part = distance?.kind.case === "percent" ? Number(distance.kind.value) : 0;
    return part > 0 ? [entryPrice * (1 + towards * sign * part)] : [];
  };
  const stops = away(simulation?.exits?.stopLoss, -1);
  const targets = simulation?.exits?.takeProfits.flatMap((it) => away(it.distance, 1)) ?? [];
  return [
    ...stops.map((price): Level => ({ name: "stop", price })),
    ...targets.map((price): Level => ({ name: "target", price })),
  ];
}
