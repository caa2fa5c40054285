// From values to colours that the colour-blind can tell apart: viridis for sizes, and a scale with
// its middle at 0 for what was won by some and lost by others. The good end is always that of the
// bright or strong colours. Colours are packed as a canvas holds them.

import { finite, inOrder } from "./order";

export interface ColorScale {
  readonly kind: "sequential" | "diverging";
  /** Values at and beyond these have the colours of the ends. */
  readonly low: number;
  readonly high: number;
  /** Whether less is better: then the palette is turned round. */
  readonly isLessBetter: boolean;
  /** Set where colours go by rank: the values in order, thinned. */
  readonly ranks?: Float64Array | undefined;
}

/** What the user has set of a scale. */
export interface ScaleWish {
  readonly isByRank: boolean;
  readonly low: number | undefined;
  readonly high: number | undefined;
}

export const NO_WISH: ScaleWish = { isByRank: false, low: undefined, high: undefined };

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
  0xd07f2b, 0xb96a1c, 0x9a571b, 0x75421b, 0x4b3323, 0x26323b, 0x1d4f50, 0x1c7470, 0x22a094,
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

/** A metric that may be won or lost has its middle at 0, where there is both. */
export function isDivergingMetric(name: string): boolean {
  return /sharpe|sortino|calmar|return|profit$|cagr|expectancy|sqn/.test(name);
}

/**
 * The scale for these values. The outermost hundredth on the bad side does not stretch it, but what
 * is looked for is never cut off.
 */
export function scaleOf(
  values: Float64Array,
  mayDiverge: boolean,
  isMaximized = true,
  wish: ScaleWish = NO_WISH,
): ColorScale {
  const defined = finite(values);
  if (wish.isByRank) {
    defined.sort();
  }
  const at = (share: number) => {
    const place = Math.round(share * (defined.length - 1));
    return (wish.isByRank ? defined[place] : inOrder(defined, place)) ?? Number.NaN;
  };
  let low = wish.low ?? at(isMaximized ? 0.01 : 0);
  let high = wish.high ?? at(isMaximized ? 1 : 0.99);
  if (!(high > low)) {
    [low, high] = Number.isNaN(low + high) ? [-1, 1] : [low - 1, low + 1];
  }
  const isLessBetter = !isMaximized;
  if (wish.isByRank) {
    const ranks = Float64Array.from({ length: STEPS }, (_, step) => at(step / (STEPS - 1)));
    return { kind: "sequential", low: at(0), high: at(1), isLessBetter, ranks };
  }
  // With nothing on one side of 0, its colours would stand for nothing.
  const kind = mayDiverge && low < 0 && high > 0 ? "diverging" : "sequential";
  return { kind, low, high, isLessBetter };
}

/** Where a value lies on the scale, from 0 to 1. Each side of 0 has half of a diverging one. */
export function placeOn({ kind, low, high, ranks }: ColorScale, value: number): number {
  if (ranks) {
    return shareBelow(ranks, value);
  }
  const place =
    kind === "sequential"
      ? (value - low) / (high - low)
      : value < 0
        ? 0.5 * (1 - value / low)
        : 0.5 + 0.5 * (value / high);
  return Math.min(1, Math.max(0, place));
}

export function colorOf(value: number, scale: ColorScale, palette: Palette): number {
  return colorIn(coloringOf(scale, palette), value);
}

/** What the colours of many values have in common. */
export interface Coloring {
  readonly colors: Palette;
  /** Where both slopes meet: a value, and its step. */
  readonly middle: number;
  readonly half: number;
  readonly below: number;
  readonly above: number;
  readonly ranks: Float64Array | undefined;
}

export function coloringOf(scale: ColorScale, palette: Palette): Coloring {
  const { kind, low, high, isLessBetter, ranks } = scale;
  const isDiverging = kind === "diverging";
  const [middle, half] = isDiverging ? [0, (STEPS - 1) / 2] : [low, 0];
  return {
    colors: isLessBetter ? palette.toReversed() : palette,
    middle,
    half,
    below: isDiverging ? half / -low : 0,
    above: (STEPS - 1 - half) / (high - middle),
    ranks,
  };
}

export function colorIn(coloring: Coloring, value: number): number {
  const { colors, middle, half, below, above, ranks } = coloring;
  const step = ranks
    ? shareBelow(ranks, value) * (STEPS - 1)
    : half + (value - middle) * (value < middle ? below : above);
  return colors[Math.round(Math.min(STEPS - 1, Math.max(0, step)))] ?? 0;
}

/** The share of the sorted values that a value is above, by halving. */
function shareBelow(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return Math.min(1, low / Math.max(1, sorted.length - 1));
}

/** Some stops of the palette for CSS, from the scale's low end to its high one. */
export function cssStops(palette: Palette, isLessBetter = false, count = 12): string[] {
  return Array.from({ length: count }, (_, stop) => {
    const place = isLessBetter ? count - 1 - stop : stop;
    const packed = palette[Math.round((place / (count - 1)) * (STEPS - 1))] ?? 0;
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
