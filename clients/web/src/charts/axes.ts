// The axes of a search as a grid has them: so many steps, each with a label, and the place of a
// trial on all of them, told by its index.

import { formatParam } from "../format/value";
import type { Axis, OptimizationSpec, Point } from "../gen/tradeforge/v1/types_pb";

export interface GridAxis {
  readonly name: string;
  readonly labels: readonly string[];
  /** The values, where they are numbers that a scale could have. */
  readonly numbers: readonly number[] | undefined;
  /** Whether what lies side by side is alike: the values rise or fall, and are no names. */
  readonly isOrdered: boolean;
  /** Set for an axis without steps: it is cut into equal parts, and a value tells its part. */
  readonly range: { readonly min: number; readonly max: number } | undefined;
  /** Whether a trial's value tells its place, and its index does not. */
  readonly isByValue?: boolean;
}

/** Into so many parts an axis is cut at most, if it is cut. */
const PARTS_MAX = 24;
const PARTS_MIN = 4;
/** What the axis of instruments is called; no parameter can have this name. */
export const SUBSCRIPTION_AXIS = "instrument@timeframe";

export function gridAxes(spec: OptimizationSpec): GridAxis[] {
  const { search } = spec;
  const drawn =
    search.case === "random" || search.case === "genetic" || search.case === "tpe"
      ? Number(search.value.trialCount)
      : undefined;
  const axes =
    spec.search.case === "points"
      ? axesOfPoints(spec.search.value.points)
      : spec.axes.map((axis) => gridAxis(axis, drawn));
  if (spec.subscriptionAxis.length < 2) {
    return axes;
  }
  const labels = spec.subscriptionAxis.map((it) => `${it.exchange}:${it.symbol}@${it.timeframe}`);
  return [{ name: SUBSCRIPTION_AXIS, labels, ...OF_NAMES }, ...axes];
}

/** What points lie on: of each parameter the values that it has somewhere, or parts of their span. */
function axesOfPoints(points: readonly Point[]): GridAxis[] {
  const names = Object.keys(points[0]?.params ?? {}).sort();
  return names.map((name) => {
    const values = points.map(({ params }) => params[name]);
    const labels = [...new Set(values.map(formatParam))].sort();
    const kinds = new Set(values.map((value) => value?.kind.case));
    const isWhole = kinds.size === 1 && kinds.has("intValue");
    if (!isWhole && !(kinds.size === 1 && kinds.has("doubleValue"))) {
      return { name, labels, ...OF_NAMES, isByValue: true };
    }
    const numbers = [...new Set(labels.map((label) => tidy(Number(label))))].sort((x, y) => x - y);
    const [min = 0, max = 0] = [numbers[0], numbers.at(-1)];
    const parts = partsFor(points.length);
    return numbers.length > parts
      ? cut(name, min, max, parts, isWhole)
      : {
          name,
          labels: numbers.map(String),
          numbers,
          isOrdered: true,
          range: undefined,
          isByValue: true,
        };
  });
}

/** `drawn` is how many combinations are drawn at random; all are tried if it is undefined. */
function gridAxis({ name, domain }: Axis, drawn: number | undefined): GridAxis {
  const parts = partsFor(drawn);
  switch (domain.case) {
    case "intRange": {
      const { minValue, maxValue, step } = domain.value;
      const by = Math.max(1, Number(step));
      const whole = { isWhole: true, partsMax: drawn && parts };
      return steppedOrCut(name, Number(minValue), Number(maxValue), by, whole);
    }
    case "doubleRange": {
      const { minValue, maxValue, step } = domain.value;
      return step > 0
        ? steppedOrCut(name, minValue, maxValue, step, { isWhole: false, partsMax: drawn && parts })
        : cut(name, minValue, maxValue, parts, false);
    }
    case "values": {
      const labels = domain.value.values.map(formatParam);
      const numbers = labels.map(Number);
      const areNumbers = domain.value.values.every(
        ({ kind }) => kind.case === "intValue" || kind.case === "doubleValue",
      );
      return areNumbers
        ? { name, labels, numbers, isOrdered: isMonotonic(numbers), range: undefined }
        : { name, labels, ...OF_NAMES };
    }
    default:
      return { name, labels: [DEFAULT_LABEL], ...OF_NAMES };
  }
}

const DEFAULT_LABEL = "–";
const OF_NAMES = { numbers: undefined, isOrdered: false, range: undefined } as const;

function isMonotonic(numbers: readonly number[]): boolean {
  const signs = numbers.slice(1).map((value, at) => Math.sign(value - (numbers[at] ?? value)));
  return signs.every((sign) => sign !== 0 && sign === signs[0]);
}

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
  { isWhole, partsMax }: { readonly isWhole: boolean; readonly partsMax: number | undefined },
): GridAxis {
  const axis = stepped(name, min, max, step);
  return partsMax && axis.labels.length > partsMax ? cut(name, min, max, partsMax, isWhole) : axis;
}

function stepped(name: string, min: number, max: number, step: number): GridAxis {
  const count = Math.max(1, Math.floor((max - min) / step + 1e-9) + 1);
  const numbers = Array.from({ length: count }, (_, place) => tidy(min + place * step));
  return { name, labels: numbers.map(String), numbers, isOrdered: true, range: undefined };
}

/** Of whole numbers a part is written as its first and its last. */
function cut(name: string, min: number, max: number, parts: number, isWhole: boolean): GridAxis {
  const width = (max - min) / parts;
  const numbers = Array.from({ length: parts }, (_, part) => tidy(min + (part + 0.5) * width));
  const labels = numbers.map((value, part) => {
    if (!isWhole) {
      return `≈${Number(value.toPrecision(3))}`;
    }
    const first = Math.ceil(tidy(min + part * width));
    const last = part === parts - 1 ? max : Math.ceil(tidy(min + (part + 1) * width)) - 1;
    return first === last ? String(first) : `${first}–${last}`;
  });
  return { name, labels, numbers, isOrdered: true, range: { min, max } };
}

/** Without the dust of binary fractions: 0.30000000000000004 is 0.3. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

/** Whether an index alone tells the place of a trial. */
export function isCounted(axes: readonly GridAxis[]): boolean {
  return axes.every((axis) => axis.range === undefined && axis.isByValue !== true);
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
