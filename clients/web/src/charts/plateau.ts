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
  if (grid.isOrderedAcross && grid.isOrderedUp) {
    smoothInside(values, grid, result);
  }
  for (let cell = 0; cell < values.length; cell += 1) {
    if (Number.isNaN(values[cell]) || !Number.isNaN(result[cell])) {
      continue;
    }
    const count = neighbourhood(values, grid, cell, true, near);
    if (count >= known) {
      result[cell] = median(near, count);
    }
  }
  return result;
}

/**
 * The medians of the cells whose nine are all known. Of three columns in order the median of all
 * nine is the middle one of: the greatest of the least, the middle of the middle ones, the least of
 * the greatest. So each column is put in order once for three cells; what is unknown makes NaN.
 */
function smoothInside(values: Float64Array, { width, height }: Grid, result: Float64Array): void {
  const { min, max } = Math;
  for (let line = 1; line < height - 1; line += 1) {
    const here = line * width;
    let [least0, middle0, greatest0] = [Number.NaN, Number.NaN, Number.NaN];
    let [least1, middle1, greatest1] = [Number.NaN, Number.NaN, Number.NaN];
    for (let column = 0; column < width; column += 1) {
      const at = here + column;
      const below = values[at - width] ?? Number.NaN;
      const beside = values[at] ?? Number.NaN;
      const above = values[at + width] ?? Number.NaN;
      const [low, high] = [min(below, beside), max(below, beside)];
      const least2 = min(low, above);
      const middle2 = max(low, min(high, above));
      const greatest2 = max(high, above);
      if (column >= 2) {
        const least = max(least0, least1, least2);
        const middle = middleOf(middle0, middle1, middle2);
        const greatest = min(greatest0, greatest1, greatest2);
        result[at - 1] = middleOf(least, middle, greatest);
      }
      [least0, middle0, greatest0] = [least1, middle1, greatest1];
      [least1, middle1, greatest1] = [least2, middle2, greatest2];
    }
  }
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

/** The best defined cell; -1 if none is. */
export function bestCell(values: Float64Array, isMaximized: boolean): number {
  let best = -1;
  let held = isMaximized ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  for (let cell = 0; cell < values.length; cell += 1) {
    const value = values[cell] ?? Number.NaN;
    if ((isMaximized ? value > held : value < held) || (best < 0 && value === held)) {
      best = cell;
      held = value;
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
  // In order, the best first; of equal ones the first.
  const peaks: number[] = [];
  const worth = (cell: number | undefined) => sign * (values[cell ?? -1] ?? Number.NaN);
  // What a further one must exceed; nothing exceeds it that is unknown.
  let least = Number.NEGATIVE_INFINITY;
  for (let cell = 0; cell < values.length; cell += 1) {
    const value = sign * (values[cell] ?? Number.NaN);
    if (!(value > least)) {
      continue;
    }
    const count = neighbourhood(values, grid, cell, false, near);
    let isPeak = count > 0;
    for (let at = 0; isPeak && at < count; at += 1) {
      isPeak = sign * (near[at] ?? 0) <= value;
    }
    if (isPeak) {
      const place = peaks.findIndex((peak) => worth(peak) < value);
      peaks.splice(place < 0 ? peaks.length : place, 0, cell);
      peaks.length = Math.min(peaks.length, PEAKS_LOOKED_AT);
      least = peaks.length === PEAKS_LOOKED_AT ? worth(peaks.at(-1)) : least;
    }
  }
  return peaks.filter((peak) => isFragile(lossAround(values, grid, peak, isMaximized)));
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
