// Ranges that one would begin with: what a slider reaches over, and templates of an axis. Knows no React.

import type { ParamSpec } from "../gen/tradeforge/v1/types_pb";
import type { ParamField } from "./formState";

export interface Range {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** More places a slider does not tell apart. */
const PLACES_MAX = 1_000;
const COARSE = 6;
const FINE = 24;

/** What a parameter allows, and what is suggested for it or stands at first. */
function known({ domain, suggestedAxis, defaultValue }: ParamSpec) {
  if (domain.case !== "intDomain" && domain.case !== "doubleDomain") {
    return undefined;
  }
  const isWhole = domain.case === "intDomain";
  const [least, most] = [Number(domain.value.minValue), Number(domain.value.maxValue)];
  const held = Number(defaultValue?.kind.value ?? least);
  const range = suggestedAxis?.domain;
  const suggested =
    range?.case === "intRange" || range?.case === "doubleRange"
      ? {
          from: Number(range.value.minValue),
          to: Number(range.value.maxValue),
          step: Number(range.value.step) || 1,
        }
      : undefined;
  return { isWhole, least, most, held, suggested };
}

/** Digits that a step has behind its point: 0.1 three times is to be written as 0.3. */
function digitsOf(step: number): number {
  const text = String(step);
  const power = /e-(\d+)$/.exec(text)?.[1];
  return power ? Number(power) : (text.split(".")[1]?.length ?? 0);
}

export function numberText(value: number, step: number): string {
  return String(Number(value.toFixed(Math.min(12, digitsOf(step)))));
}

/** A step of one, two or five of some size, that makes about so many values of a span. */
function niceStep(span: number, count: number, isWhole: boolean): number {
  const raw = span / Math.max(1, count - 1);
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((times) => times * size).find((it) => it >= raw * 0.999) ?? raw;
  const exact = Number(step.toPrecision(3));
  return isWhole ? Math.max(1, Math.round(exact)) : exact;
}

/** From where to where a slider goes, in which steps; as far as is typed, if that is farther. */
export function sliderOf(spec: ParamSpec, { from, to }: ParamField): Range | undefined {
  const facts = known(spec);
  if (!facts) {
    return undefined;
  }
  const { isWhole, least, most, held, suggested } = facts;
  const typed = [from, to].filter((text) => text.trim() !== "").map(Number);
  const near = suggested ? [suggested.from, suggested.to] : [held / 2, held * 2];
  const reach = Math.max(...near, held) - Math.min(...near, held);
  const low = Math.max(least, Math.min(...near, held) - reach);
  const high = Math.min(most, Math.max(...near, held) + reach);
  const ends = [low, high, ...typed.filter(Number.isFinite)];
  const [first, last] = [Math.min(...ends), Math.max(...ends)];
  if (!(last > first)) {
    return undefined;
  }
  const finest = isWhole ? 1 : niceStep(last - first, PLACES_MAX, false);
  const step = Math.max(finest, isWhole ? Math.ceil((last - first) / PLACES_MAX) : finest);
  return isWhole
    ? { from: Math.ceil(first), to: Math.floor(last), step }
    : { from: first, to: last, step };
}

export interface AxisTemplate {
  readonly name: string;
  readonly range: Range;
}

/** Templates of an axis: as suggested, about the value that is fixed, what stands there with fewer or more values. */
export function templatesOf(spec: ParamSpec, field: ParamField): AxisTemplate[] {
  const facts = known(spec);
  if (!facts) {
    return [];
  }
  const { isWhole, least, most, suggested } = facts;
  const templates: AxisTemplate[] = [];
  const add = (name: string, from: number, to: number, step: number) => {
    const [low, high] = [Math.max(least, from), Math.min(most, to)];
    if (high > low && Number.isFinite(step) && step > 0) {
      templates.push({ name, range: { from: low, to: high, step } });
    }
  };
  if (suggested) {
    add("As suggested", suggested.from, suggested.to, suggested.step);
  }
  const fixed = Number(field.fixed);
  if (Number.isFinite(fixed) && fixed !== 0) {
    const step = niceStep(Math.abs(fixed), 11, isWhole);
    const half = Math.max(step, Math.floor(Math.abs(fixed) / 2 / step) * step);
    add(`Half to one and a half of ${field.fixed}`, fixed - half, fixed + half, step);
  }
  const [from, to] = [Number(field.from), Number(field.to)];
  if (field.from.trim() !== "" && to > from) {
    add("Coarse: about six values", from, to, niceStep(to - from, COARSE, isWhole));
    add("Fine: about twenty-four values", from, to, niceStep(to - from, FINE, isWhole));
  }
  return templates;
}

export function fieldOf({ from, to, step }: Range): Pick<ParamField, "from" | "to" | "step"> {
  return { from: numberText(from, step), to: numberText(to, step), step: String(step) };
}
