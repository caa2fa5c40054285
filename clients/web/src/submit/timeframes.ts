// Timeframes that bars can be resampled to.

const COMMON = ["1m", "5m", "15m", "30m", "1h", "2h", "4h", "12h", "1d"];
const MINUTES: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1440 };

/** Minutes of a timeframe as in `4h`; undefined if it is none. */
export function minutesOf(timeframe: string): number | undefined {
  const [, count, unit] = /^(\d+)([mhd])$/.exec(timeframe) ?? [];
  const size = MINUTES[unit ?? ""];
  return size === undefined ? undefined : Number(count) * size;
}

/** The stored timeframe, and the common ones that are whole multiples of it. */
export function timeframesFrom(stored: string): string[] {
  const minutes = minutesOf(stored);
  const coarser = COMMON.filter((each) => {
    const size = minutesOf(each);
    return minutes && size && size > minutes && size % minutes === 0;
  });
  return [stored, ...coarser];
}
