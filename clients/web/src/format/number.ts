// Numbers as people read them. What is undefined is a dash, never 0.

export const DASH = "–";

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });
// Made once: to make one costs as much as a hundred numbers that it formats.
const decimals = Array.from(
  { length: 9 },
  (_, digits) =>
    new Intl.NumberFormat("en-US", {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }),
);
const shortest = [2, 4, 6].map(
  (digits) => new Intl.NumberFormat("en-US", { maximumFractionDigits: digits }),
);

export function formatCount(value: number | bigint | undefined): string {
  return isDefined(value) ? whole.format(value) : DASH;
}

/** As in `12.3K`: for narrow places. */
export function formatCompact(value: number | bigint | undefined): string {
  return isDefined(value) ? compact.format(value) : DASH;
}

export function formatDecimal(value: number | undefined, digits = 2): string {
  return isDefined(value) ? (decimals[digits] ?? whole).format(unsigned(value, digits)) : DASH;
}

/** A fraction in percent: 0.314 is `31.4 %`. */
export function formatPercent(fraction: number | undefined, digits = 1): string {
  return isDefined(fraction) ? `${formatDecimal(fraction * 100, digits)} %` : DASH;
}

export function formatSigned(value: number | undefined, digits = 2): string {
  const text = formatDecimal(value, digits);
  return isDefined(value) && unsigned(value, digits) > 0 ? `+${text}` : text;
}

/** A price or another number of unknown size: about six significant digits, no tail of zeros. */
export function formatNumber(value: number | undefined): string {
  if (!isDefined(value)) {
    return DASH;
  }
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e12)) {
    return value.toExponential(3);
  }
  return (shortest[size >= 1000 ? 0 : size >= 1 ? 1 : 2] ?? whole).format(value);
}

/** How many decimals a column of these numbers needs, so that its points stand below each other. */
export function decimalsOf(values: readonly number[]): number {
  let most = 0;
  for (const value of values) {
    const [, exponent] = String(value).split("e-");
    const digits = String(value).split(".")[1]?.length ?? 0;
    most = Math.max(most, exponent ? decimals.length : digits);
  }
  return Math.min(most, decimals.length - 1);
}

/** As in `312/s`. */
export function formatRate(perSecond: number | undefined): string {
  if (!isDefined(perSecond) || perSecond <= 0) {
    return DASH;
  }
  const text =
    perSecond < 10
      ? formatDecimal(perSecond, 1)
      : perSecond < 1e5
        ? formatCount(Math.round(perSecond))
        : formatCompact(perSecond);
  return `${text}/s`;
}

export function formatBytes(bytes: number | bigint | undefined): string {
  if (!isDefined(bytes)) {
    return DASH;
  }
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${formatDecimal(value, unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`;
}

function isDefined<T extends number | bigint>(value: T | undefined): value is T {
  return value !== undefined && (typeof value === "bigint" || Number.isFinite(value));
}

/** The value, or 0 for one that would be shown as a negative zero. */
function unsigned(value: number, digits: number): number {
  return Math.abs(value) < 0.5 / 10 ** digits ? 0 : value;
}
