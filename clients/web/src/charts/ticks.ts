// Round numbers along an axis.

/** Some numbers of one step of 1, 2, 2.5 or 5 times a power of ten, all within the ends. */
export function roundTicks(low: number, high: number, most: number): number[] {
  const width = high - low;
  if (!(width > 0) || !Number.isFinite(width)) {
    return Number.isFinite(low) ? [low] : [];
  }
  const size = 10 ** Math.floor(Math.log10(width / most));
  const step = [1, 2, 2.5, 5, 10].map((by) => by * size).find((by) => width / by <= most) ?? width;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

/** The least and the greatest of what is finite; both 0 if nothing is. */
export function endsOf(values: ArrayLike<number>): { readonly low: number; readonly high: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] ?? Number.NaN;
    if (Number.isFinite(value)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return low <= high ? { low, high } : { low: 0, high: 0 };
}
