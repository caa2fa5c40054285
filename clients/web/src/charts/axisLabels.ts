// Which steps of an axis are written below it.

import { type GridAxis, placeOfValue } from "./axes";
import { roundTicks } from "./ticks";

/** Round values where the axis has them, `apart` steps from each other at least; else every so many. */
export function labelledPlaces(axis: GridAxis, apart: number): number[] {
  const count = axis.labels.length;
  const by = Math.max(1, apart);
  const { numbers, range } = axis;
  if (by > 1 && numbers && !range) {
    const [first = 0, last = 0] = [numbers[0], numbers.at(-1)];
    const ends = [Math.min(first, last), Math.max(first, last)] as const;
    const places = roundTicks(...ends, Math.max(1, Math.floor((count - 1) / by)))
      .map((value) => placeOfValue(value, axis))
      .sort((a, b) => a - b);
    const isRoomy = places.every((place, at) => at === 0 || place - (places[at - 1] ?? 0) >= by);
    if (places.length > 1 && places.every((place) => place >= 0) && isRoomy) {
      return places;
    }
  }
  return Array.from({ length: Math.ceil(count / by) }, (_, at) => at * by);
}
