// How a sweep is to be walked forward, as a person writes it and as it is asked for.

import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  Across,
  Handover,
  InSampleMode,
  type Run,
  Smoothing,
  type WalkForwardSpecSchema,
} from "../gen/tradeforge/v1/types_pb";
import { submittable } from "../runs/describe";

/** What stands in the form: whole numbers, as they are typed. */
export interface Walking {
  readonly windows: string;
  readonly hasLengths: boolean;
  readonly inSample: string;
  readonly outOfSample: string;
  readonly step: string;
  readonly purge: string;
  readonly isAnchored: boolean;
  readonly isCarried: boolean;
  readonly isSmoothed: boolean;
  readonly handover: Handover;
}

/** What a walk-forward does if nothing is said. */
export const AS_USUAL: Walking = {
  windows: "8",
  hasLengths: false,
  inSample: "120",
  outOfSample: "30",
  step: "",
  purge: "0",
  isAnchored: false,
  isCarried: false,
  isSmoothed: false,
  handover: Handover.CLOSE,
};

export type Days = "windows" | "inSample" | "outOfSample" | "step" | "purge";

/** Beyond any series: a limit of what is written, not of what is walked. */
const DAYS_MAX = 1_000_000;
const BOUNDS: Readonly<Record<Days, readonly [least: number, most: number]>> = {
  windows: [2, 200],
  inSample: [1, DAYS_MAX],
  outOfSample: [1, DAYS_MAX],
  step: [1, DAYS_MAX],
  purge: [0, DAYS_MAX],
};

/** The fields that are asked for, so that only they can be wrong. */
export function askedOf({ hasLengths }: Walking): readonly Days[] {
  return hasLengths ? ["inSample", "outOfSample", "step", "purge"] : ["windows", "purge"];
}

/** What is wrong with a field; nothing if it can be asked for. */
export function faultOf(name: Days, form: Walking): string | undefined {
  const text = form[name].trim();
  if (name === "step" && text === "") {
    return undefined;
  }
  const [least, most] = BOUNDS[name];
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    return `must be a whole number from ${least} to ${most}, not "${text}"`;
  }
  if (name === "step" && value < Number(form.outOfSample)) {
    return `must be at least the ${form.outOfSample.trim()} days that are judged by`;
  }
  return undefined;
}

/** Windows go over one series, or over all that combinations are compared across. */
export function canWalk(run: Run): boolean {
  const { spec } = run;
  const isOfOne = spec.case === "optimization" && spec.value.subscriptionAxis.length <= 1;
  return isOfOne || isScoredOver(run);
}

/** Whether combinations have one score over several series. */
export function isScoredOver({ spec }: Run): boolean {
  return spec.case === "optimization" && spec.value.across !== Across.UNSPECIFIED;
}

export function walkOf(run: Run, form: Walking): MessageInitShape<typeof WalkForwardSpecSchema> {
  const spec = submittable(run);
  const days = (name: Days) => Number(form[name]);
  const lengths = form.hasLengths
    ? {
        inSampleDays: days("inSample"),
        outOfSampleDays: days("outOfSample"),
        stepDays: days("step"),
      }
    : { windowCount: days("windows") };
  return {
    ...(spec.case === "optimization" && { search: spec.value }),
    scheme: {
      case: form.isAnchored ? "anchored" : "rolling",
      value: { ...lengths, purgeDays: days("purge") },
    },
    inSampleMode: form.isCarried ? InSampleMode.CARRIED : InSampleMode.FLAT,
    smoothing: form.isSmoothed ? Smoothing.MEDIAN : Smoothing.NONE,
    handover: form.handover,
  };
}
