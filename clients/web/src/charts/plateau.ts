// Plateaus and peaks. A single high cell is mostly luck; one whose neighbours are high as well is
// worth a look. So each cell is also shown as the median of its neighbourhood: 3 × 3, or three in a
// row where only one axis has an order. Between names there are no neighbours.

/** Cells row by row. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  /** Whether cells beside one another are alike, and whether those above one another are. */
  readonly isOrderedAcross: boolean;
  readonly isOrderedUp: boolean;
}

/** Fewer known neighbours than this say nothing of a neighbourhood, but the corners must do. */
const KNOWN_MIN = 4;
const KNOWN_MIN_OF_LINE = 2;
/** A peak whose neighbours lose more than this share of it is fragile. */
const FRAGILE_LOSS = 0.5;
/** Peaks that someone may be tempted by. */
const PEAKS_LOOKED_AT = 5;

/** Along how many axes a cell has neighbours: of none, nothing is said of plateaus. */
export function dimensions({ width, height, isOrderedAcross, isOrderedUp }: Grid): number {
  return Number(isOrderedAcross && width > 1) + Number(isOrderedUp && height > 1);
}

/** The median of each cell's neighbourhood; NaN where the cell or most of it is unknown. */
export function smoothed(values: Float64Array, grid: Grid): Float64Array {
  const result = new Float64Array(values.length).fill(Number.NaN);
  const known = dimensions(grid) === 2 ? KNOWN_MIN : KNOWN_MIN_OF_LINE;
  const near = new Float64Array(9);
  for (let cell = 0; cell < values.length; cell += 1) {
    if (Number.isNaN(values[cell])) {
      continue;
    }
    const count = neighbourhood(values, grid, cell, true, near);
    if (count >= known) {
      result[cell] = median(near, count);
    }
  }
  return result;
}

/** The best defined cell; -1 if none is. */
export function bestCell(values: Float64Array, isMaximized: boolean): number {
  let best = -1;
  for (let cell = 0; cell < values.length; cell += 1) {
    const value = values[cell] ?? Number.NaN;
    const held = values[best] ?? Number.NaN;
    if (!Number.isNaN(value) && (best < 0 || (isMaximized ? value > held : value < held))) {
      best = cell;
    }
  }
  return best;
}

/** What the neighbours lose, as a share of the peak; undefined if that says nothing. */
export function lossAround(
  values: Float64Array,
  grid: Grid,
  peak: number,
  isMaximized: boolean,
): number | undefined {
  const value = values[peak] ?? Number.NaN;
  const near = new Float64Array(9);
  const count = neighbourhood(values, grid, peak, false, near);
  if (Number.isNaN(value) || value === 0 || count === 0) {
    return undefined;
  }
  const around = median(near, count);
  return (isMaximized ? value - around : around - value) / Math.abs(value);
}

/** Of the best peaks, which no neighbour exceeds, those that are fragile; the best one first. */
export function fragilePeaks(values: Float64Array, grid: Grid, isMaximized: boolean): number[] {
  const sign = isMaximized ? 1 : -1;
  const near = new Float64Array(9);
  const peaks: number[] = [];
  for (let cell = 0; cell < values.length; cell += 1) {
    const value = sign * (values[cell] ?? Number.NaN);
    const count = neighbourhood(values, grid, cell, false, near);
    let isPeak = count > 0 && !Number.isNaN(value);
    for (let at = 0; isPeak && at < count; at += 1) {
      isPeak = sign * (near[at] ?? 0) <= value;
    }
    if (isPeak) {
      peaks.push(cell);
    }
  }
  return peaks
    .sort((a, b) => sign * ((values[b] ?? 0) - (values[a] ?? 0)) || a - b)
    .slice(0, PEAKS_LOOKED_AT)
    .filter((peak) => isFragile(lossAround(values, grid, peak, isMaximized)));
}

export function isFragile(loss: number | undefined): boolean {
  return loss !== undefined && loss > FRAGILE_LOSS;
}

/** Fills `into` with the defined values around a cell; how many there are. */
function neighbourhood(
  values: Float64Array,
  { width, height, isOrderedAcross, isOrderedUp }: Grid,
  cell: number,
  withItself: boolean,
  into: Float64Array,
): number {
  const x = cell % width;
  const y = (cell - x) / width;
  const [across, up] = [isOrderedAcross ? 1 : 0, isOrderedUp ? 1 : 0];
  let count = 0;
  for (let line = Math.max(0, y - up); line <= Math.min(height - 1, y + up); line += 1) {
    const last = Math.min(width - 1, x + across);
    for (let column = Math.max(0, x - across); column <= last; column += 1) {
      const value = values[line * width + column] ?? Number.NaN;
      if (!Number.isNaN(value) && (withItself || line !== y || column !== x)) {
        into[count] = value;
        count += 1;
      }
    }
  }
  return count;
}

/** Of the first `count`, which are put in order: at most nine, so the simplest sort is the fastest. */
function median(values: Float64Array, count: number): number {
  for (let end = 1; end < count; end += 1) {
    const value = values[end] ?? 0;
    let at = end;
    while (at > 0 && (values[at - 1] ?? 0) > value) {
      values[at] = values[at - 1] ?? 0;
      at -= 1;
    }
    values[at] = value;
  }
  const middle = count >> 1;
  const upper = values[middle] ?? Number.NaN;
  return count % 2 === 1 ? upper : (upper + (values[middle - 1] ?? Number.NaN)) / 2;
}
