// What stands where in order, without putting all of it in order.

/** The values that are numbers, in an array of their own. */
export function finite(values: Float64Array): Float64Array {
  const kept = new Float64Array(values.length);
  let count = 0;
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] ?? Number.NaN;
    // As Number.isFinite says, without a call.
    if (value - value === 0) {
      kept[count] = value;
      count += 1;
    }
  }
  return kept.subarray(0, count);
}

/**
 * What would stand at a place if the values were sorted; undefined beyond them. Moves them about: by
 * Hoare's selection, each round leaves out those that are all smaller or all greater.
 */
export function inOrder(values: Float64Array, place: number): number | undefined {
  let [left, right] = [0, values.length - 1];
  while (left < right) {
    const pivot = values[(left + right) >> 1] ?? Number.NaN;
    let [low, high] = [left, right];
    while (low <= high) {
      while ((values[low] ?? pivot) < pivot) {
        low += 1;
      }
      while ((values[high] ?? pivot) > pivot) {
        high -= 1;
      }
      if (low <= high) {
        const held = values[low] ?? pivot;
        values[low] = values[high] ?? pivot;
        values[high] = held;
        low += 1;
        high -= 1;
      }
    }
    if (place <= high) {
      right = high;
    } else if (place >= low) {
      left = low;
    } else {
      return pivot;
    }
  }
  return values[place];
}
