// From values to colours that the colour-blind can tell apart: viridis for sizes, and a scale with
// its middle at 0 for what may be won or lost. Colours are packed as a canvas holds them.

export interface ColorScale {
  readonly kind: "sequential" | "diverging";
  /** Values at and beyond these have the colours of the ends. */
  readonly low: number;
  readonly high: number;
}

const STEPS = 256;

/** Viridis at equal distances, as matplotlib has it. */
const VIRIDIS = [
  0x440154, 0x482475, 0x414487, 0x355f8d, 0x2a788e, 0x21918c, 0x22a884, 0x44bf70, 0x7ad151,
  0xbddf26, 0xfde725,
];
/** Brown to teal; the middle is near the surface that it stands on. */
const DIVERGING_ON_LIGHT = [
  0x7f3b08, 0xb35806, 0xe08214, 0xfdb863, 0xfee3bd, 0xf4f4f2, 0xc2e7e0, 0x7fcdbb, 0x35a09a,
  0x147d80, 0x014f5b,
];
const DIVERGING_ON_DARK = [
  0xffb45c, 0xe8912f, 0xb96a1c, 0x83491a, 0x4b3323, 0x26323b, 0x1d4f50, 0x1c7470, 0x22a094,
  0x3ccbb6, 0x8af5e0,
];

export type Palette = Uint32Array;

const sequential = gradient(VIRIDIS);
const divergingOnLight = gradient(DIVERGING_ON_LIGHT);
const divergingOnDark = gradient(DIVERGING_ON_DARK);

export function paletteOf(kind: ColorScale["kind"], isDark: boolean): Palette {
  if (kind === "sequential") {
    return sequential;
  }
  return isDark ? divergingOnDark : divergingOnLight;
}

/** A metric that may be won or lost has its middle at 0, whatever the values are. */
export function isDivergingMetric(name: string): boolean {
  return /sharpe|sortino|calmar|return|profit$|cagr|expectancy|sqn/.test(name);
}

/** The scale for these values. The outermost hundredths do not stretch it. */
export function scaleOf(values: Float64Array, kind: ColorScale["kind"]): ColorScale {
  const defined = values.filter((value) => !Number.isNaN(value)).sort();
  const at = (share: number) => defined[Math.round(share * (defined.length - 1))] ?? Number.NaN;
  let [low, high] = [at(0.01), at(0.99)];
  if (kind === "diverging") {
    high = Math.max(Math.abs(low), Math.abs(high));
    low = -high;
  }
  return high > low ? { kind, low, high } : { kind, low: low - 1, high: high + 1 };
}

export function colorOf(value: number, { low, high }: ColorScale, palette: Palette): number {
  const place = Math.round(((value - low) / (high - low)) * (STEPS - 1));
  return palette[Math.min(STEPS - 1, Math.max(0, place))] ?? 0;
}

/** Some stops of the palette for CSS, from low to high. */
export function cssStops(palette: Palette, count = 12): string[] {
  return Array.from({ length: count }, (_, stop) => {
    const packed = palette[Math.round((stop / (count - 1)) * (STEPS - 1))] ?? 0;
    return `rgb(${packed & 255} ${(packed >> 8) & 255} ${(packed >> 16) & 255})`;
  });
}

/** `0xRRGGBB` as the bytes of an opaque pixel, red first in memory. */
export function packed(rgb: number): number {
  const [red, green, blue] = [(rgb >> 16) & 255, (rgb >> 8) & 255, rgb & 255];
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

function gradient(stops: readonly number[]): Palette {
  const channel = (rgb: number | undefined, shift: number) => ((rgb ?? 0) >> shift) & 255;
  return Uint32Array.from({ length: STEPS }, (_, step) => {
    const at = (step / (STEPS - 1)) * (stops.length - 1);
    const before = Math.min(stops.length - 2, Math.floor(at));
    const mixed = [16, 8, 0].map((shift) => {
      const [from, to] = [channel(stops[before], shift), channel(stops[before + 1], shift)];
      return Math.round(from + (to - from) * (at - before));
    });
    const [red = 0, green = 0, blue = 0] = mixed;
    return packed((red << 16) | (green << 8) | blue);
  });
}
