// How often values fall where: equally wide bars, one border of them at the mark, so that no bar is on
// both sides of it.

export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly step: number;
  readonly counts: readonly number[];
}

const BARS = 40;

export function barsOf(values: readonly number[], mark: number): Histogram {
  let [least, greatest] = [mark, mark];
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  const step = greatest > least ? (greatest - least) / BARS : 1;
  const before = Math.ceil((mark - least) / step);
  const after = Math.max(1, Math.ceil((greatest - mark) / step));
  const counts = new Array<number>(before + after).fill(0);
  for (const value of values) {
    const bar = Math.min(
      before + after - 1,
      Math.max(0, before + Math.floor((value - mark) / step)),
    );
    counts[bar] = (counts[bar] ?? 0) + 1;
  }
  return { low: mark - before * step, high: mark + after * step, step, counts };
}
