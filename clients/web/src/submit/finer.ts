// The same search over a part of its ranges, in half as wide steps.

import type { Strategy } from "../gen/tradeforge/v1/strategy_service_pb";
import type { FormState, ParamField } from "./formState";

const RANGE = /^(-?[\d.e+-]+)\.\.(-?[\d.e+-]+)$/;

/** `range.NAME=LOW..HIGH` in the address for each parameter that is narrowed. */
export function finer(form: FormState, search: URLSearchParams, { params }: Strategy): FormState {
  const next = { ...form.params };
  for (const { name, domain } of params) {
    const [, low, high] = RANGE.exec(search.get(`range.${name}`) ?? "") ?? [];
    const field = next[name];
    if (field && low !== undefined && high !== undefined) {
      const isWhole = domain.case === "intDomain";
      next[name] = narrowed(field, Number(low), Number(high), isWhole);
    }
  }
  return { ...form, params: next };
}

/** The steps of the range that lie within, and one between each two of them. */
function narrowed(field: ParamField, low: number, high: number, isWhole: boolean): ParamField {
  const [from, step] = [Number(field.from), Number(field.step) || 1];
  if (field.mode !== "range" || !(low <= high)) {
    return field;
  }
  const first = from + Math.ceil((low - from) / step - 1e-9) * step;
  const last = from + Math.floor((high - from) / step + 1e-9) * step;
  const [start, end] = first <= last ? [first, last] : [low, high];
  const half = isWhole ? Math.max(1, Math.floor(step / 2)) : step / 2;
  const text = (value: number) =>
    String(isWhole ? Math.round(value) : Number(value.toPrecision(12)));
  return { ...field, from: text(start), to: text(end), step: text(half) };
}
