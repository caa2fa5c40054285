// The axes of a search as a grid has them: so many steps, each with a label, and the place of a
// trial on all of them, told by its index.

import { formatParam } from "../format/value";
import type { Axis, OptimizationSpec } from "../gen/tradeforge/v1/types_pb";

export interface GridAxis {
  readonly name: string;
  readonly labels: readonly string[];
  /** The values, where they are numbers that a scale could have. */
  readonly numbers: readonly number[] | undefined;
  /** Set for an axis without steps: it is cut into equal parts, and a value tells its part. */
  readonly range: { readonly min: number; readonly max: number } | undefined;
}

/** Into so many parts an axis is cut at most, if it is cut. */
const PARTS_MAX = 24;
const PARTS_MIN = 4;
/** What the axis of instruments is called; no parameter can have this name. */
export const SUBSCRIPTION_AXIS = "instrument@timeframe";

export function gridAxes(spec: OptimizationSpec): GridAxis[] {
  const drawn = spec.search.case === "random" ? Number(spec.search.value.trialCount) : undefined;
  const axes = spec.axes.map((axis) => gridAxis(axis, drawn));
  if (spec.subscriptionAxis.length < 2) {
    return axes;
  }
  const labels = spec.subscriptionAxis.map((it) => `${it.exchange}:${it.symbol}@${it.timeframe}`);
  return [{ name: SUBSCRIPTION_AXIS, labels, numbers: undefined, range: undefined }, ...axes];
}

/** `drawn` is how many combinations are drawn at random; all are tried if it is undefined. */
function gridAxis({ name, domain }: Axis, drawn: number | undefined): GridAxis {
  const parts = partsFor(drawn);
  switch (domain.case) {
    case "intRange": {
      const { minValue, maxValue, step } = domain.value;
      const by = Math.max(1, Number(step));
      return steppedOrCut(name, Number(minValue), Number(maxValue), by, drawn && parts);
    }
    case "doubleRange": {
      const { minValue, maxValue, step } = domain.value;
      return step > 0
        ? steppedOrCut(name, minValue, maxValue, step, drawn && parts)
        : cut(name, minValue, maxValue, parts);
    }
    case "values": {
      const labels = domain.value.values.map(formatParam);
      const numbers = labels.map(Number);
      const areNumbers = numbers.every((value) => Number.isFinite(value));
      return { name, labels, numbers: areNumbers ? numbers : undefined, range: undefined };
    }
    default:
      return { name, labels: [DEFAULT_LABEL], numbers: undefined, range: undefined };
  }
}

const DEFAULT_LABEL = "–";

/** Such that of the cells of two axes most are hit by a draw. */
function partsFor(drawn = Number.POSITIVE_INFINITY): number {
  return Math.min(PARTS_MAX, Math.max(PARTS_MIN, Math.round(Math.sqrt(drawn / 2))));
}

/** Its steps, or parts of several steps where a search at random leaves most of them out. */
function steppedOrCut(
  name: string,
  min: number,
  max: number,
  step: number,
  partsMax: number | undefined,
): GridAxis {
  const axis = stepped(name, min, max, step);
  return partsMax && axis.labels.length > partsMax ? cut(name, min, max, partsMax) : axis;
}

function stepped(name: string, min: number, max: number, step: number): GridAxis {
  const count = Math.max(1, Math.floor((max - min) / step + 1e-9) + 1);
  const numbers = Array.from({ length: count }, (_, place) => tidy(min + place * step));
  return { name, labels: numbers.map(String), numbers, range: undefined };
}

function cut(name: string, min: number, max: number, parts: number): GridAxis {
  const width = (max - min) / parts;
  const numbers = Array.from({ length: parts }, (_, part) => tidy(min + (part + 0.5) * width));
  const labels = numbers.map((value) => `≈${Number(value.toPrecision(3))}`);
  return { name, labels, numbers, range: { min, max } };
}

/** Without the dust of binary fractions: 0.30000000000000004 is 0.3. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

/** Whether an index alone tells the place of a trial. */
export function isCounted(axes: readonly GridAxis[]): boolean {
  return axes.every((axis) => axis.range === undefined);
}

/** The place of a trial on each axis: the last axis counts fastest. */
export function placesOf(trialIndex: number, axes: readonly GridAxis[]): number[] {
  const places = new Array<number>(axes.length).fill(0);
  let rest = trialIndex;
  for (let axis = axes.length - 1; axis >= 0; axis -= 1) {
    const size = axes[axis]?.labels.length ?? 1;
    places[axis] = rest % size;
    rest = Math.floor(rest / size);
  }
  return places;
}

/** The place of a value on an axis; -1 if it has none. */
export function placeOfValue(value: number | string, { labels, numbers, range }: GridAxis): number {
  if (typeof value === "string" || !numbers) {
    return labels.indexOf(String(value));
  }
  if (range) {
    const part = Math.floor(((value - range.min) / (range.max - range.min)) * labels.length);
    return Math.min(labels.length - 1, Math.max(0, part));
  }
  return numbers.indexOf(tidy(value));
}
