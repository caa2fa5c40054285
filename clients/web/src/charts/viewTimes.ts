// Which times a chart shows, also where there are no bars yet: whoever zooms out beyond what is
// loaded wants what lies there.

import type { UTCTimestamp } from "lightweight-charts";

/** Both ends: seconds since 1970, or places of bars, which may lie before the first. */
export interface Ends {
  readonly from: number;
  readonly to: number;
}

/** The times at the places of a range over these bars, as if they went on before and after. */
export function timesInView(times: readonly UTCTimestamp[], { from, to }: Ends): Ends | undefined {
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined) {
    return undefined;
  }
  const step = stepOf(times);
  const end = times.length - 1;
  const at = (place: number, round: (place: number) => number) =>
    place < 0
      ? first + place * step
      : place > end
        ? last + (place - end) * step
        : (times[Math.min(end, Math.max(0, round(place)))] ?? last);
  return { from: at(from, Math.ceil), to: at(to, Math.floor) };
}

/** The range over these bars that shows those times. */
export function placesOf(times: readonly UTCTimestamp[], { from, to }: Ends): Ends {
  const step = stepOf(times);
  const end = times.length - 1;
  const at = (time: number) => {
    const [first = 0, last = 0] = [times[0], times.at(-1)];
    if (time < first) {
      return (time - first) / step;
    }
    return time > last ? end + (time - last) / step : placeAt(times, time);
  };
  return { from: at(from), to: at(to) };
}

/** The place of the last bar that begins by then, of rising times. */
function placeAt(times: readonly UTCTimestamp[], time: number): number {
  let [low, high] = [0, times.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((times[middle] ?? 0) <= time) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

/** How far bars are apart, on the whole. */
function stepOf(times: readonly UTCTimestamp[]): number {
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  return times.length > 1 ? (last - first) / (times.length - 1) : 60;
}
