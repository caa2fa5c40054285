// How a sweep is to be judged, as a person writes it and as it is asked for.

import { create } from "@bufbuild/protobuf";
import {
  CombinatorialSchema,
  type ValidationSpec,
  ValidationSpecSchema,
} from "../gen/tradeforge/v1/types_pb";

/** What stands in the form: whole numbers, as they are typed. */
export interface Judging {
  readonly orders: string;
  readonly hasPaths: boolean;
  readonly groups: string;
  readonly testGroups: string;
  readonly purgeDays: string;
  readonly embargoDays: string;
}

/** What a validation does if nothing is said. */
export const AS_USUAL: Judging = {
  orders: "0",
  hasPaths: false,
  groups: "10",
  testGroups: "2",
  purgeDays: "0",
  embargoDays: "",
};

type Number = Exclude<keyof Judging, "hasPaths">;

/** Beyond any series: a limit of what is written, not of what is judged. */
const DAYS_MAX = 1_000_000;
const BOUNDS: Readonly<Record<Number, readonly [least: number, most: number]>> = {
  orders: [0, 1_000],
  groups: [3, 20],
  testGroups: [1, 19],
  purgeDays: [0, DAYS_MAX],
  embargoDays: [0, DAYS_MAX],
};

/** What is wrong with a field; nothing if it can be asked for. */
export function faultOf(name: keyof Judging, form: Judging): string | undefined {
  if (name === "hasPaths" || (name === "embargoDays" && form[name].trim() === "")) {
    return undefined;
  }
  const [least, most] = BOUNDS[name];
  const text = form[name].trim();
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    return `must be a whole number from ${least} to ${most}, not "${text}"`;
  }
  if (name === "testGroups" && value >= Number(form.groups)) {
    return `must be fewer than the ${form.groups} groups`;
  }
  return undefined;
}

export function validationOf(runId: string, form: Judging): ValidationSpec {
  const paths = create(CombinatorialSchema, {
    groups: Number(form.groups),
    testGroups: Number(form.testGroups),
    purgeDays: Number(form.purgeDays),
    ...(form.embargoDays.trim() !== "" && { embargoDays: Number(form.embargoDays) }),
  });
  return create(ValidationSpecSchema, {
    runId,
    permutationCount: Number(form.orders),
    ...(form.hasPaths && { combinatorial: paths }),
  });
}
