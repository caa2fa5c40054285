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

/** Into so many parts an axis without steps is cut. */
const PARTS = 24;
/** What the axis of instruments is called; no parameter can have this name. */
export const SUBSCRIPTION_AXIS = "instrument@timeframe";

export function gridAxes(spec: OptimizationSpec): GridAxis[] {
  const axes = spec.axes.map(gridAxis);
  if (spec.subscriptionAxis.length < 2) {
    return axes;
  }
  const labels = spec.subscriptionAxis.map((it) => `${it.exchange}:${it.symbol}@${it.timeframe}`);
  return [{ name: SUBSCRIPTION_AXIS, labels, numbers: undefined, range: undefined }, ...axes];
}

function gridAxis({ name, domain }: Axis): GridAxis {
  switch (domain.case) {
    case "intRange": {
      const { minValue, maxValue, step } = domain.value;
      return stepped(name, Number(minValue), Number(maxValue), Math.max(1, Number(step)));
    }
    case "doubleRange": {
      const { minValue, maxValue, step } = domain.value;
      return step > 0 ? stepped(name, minValue, maxValue, step) : cut(name, minValue, maxValue);
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

function stepped(name: string, min: number, max: number, step: number): GridAxis {
  const count = Math.max(1, Math.floor((max - min) / step + 1e-9) + 1);
  const numbers = Array.from({ length: count }, (_, place) => tidy(min + place * step));
  return { name, labels: numbers.map(String), numbers, range: undefined };
}

function cut(name: string, min: number, max: number): GridAxis {
  const width = (max - min) / PARTS;
  const numbers = Array.from({ length: PARTS }, (_, part) => tidy(min + (part + 0.5) * width));
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
