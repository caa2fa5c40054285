// What the form takes over from a strategy as text: its parameters, and what it requires of them.

import type { Strategy } from "../gen/tradeforge/v1/strategy_service_pb";
import { Comparison } from "../gen/tradeforge/v1/types_pb";
import {
  defaultParams,
  type FormState,
  isSearch,
  type ParamField,
  type RuleField,
} from "./formState";

const OPERATORS: ReadonlyMap<string, Comparison> = new Map([
  ["<", Comparison.LESS],
  ["<=", Comparison.LESS_EQUAL],
  [">", Comparison.GREATER],
  [">=", Comparison.GREATER_EQUAL],
  ["!=", Comparison.NOT_EQUAL],
]);

const REQUIRE =
  /^require\s+([A-Za-z_]\w*)\s*(<=|>=|!=|<|>)\s*([A-Za-z_]\w*|-?\d+(?:\.\d+)?)\s*(?:"[^"]*"\s*)?(?:#.*)?$/gm;

/**
 * What the text requires of its parameters, so far as a sweep's rules can say it: a sweep then
 * leaves out what would fail one by one. The text itself holds in any case.
 */
export function requiredRules(source: string, { params }: Strategy): RuleField[] {
  const names = new Set(params.map(({ name }) => name));
  return [...source.matchAll(REQUIRE)].flatMap(([, left = "", sign = "", right = ""]) => {
    const op = OPERATORS.get(sign);
    const isSaid = names.has(left) && (names.has(right) || !/^[A-Za-z_]/.test(right));
    return op !== undefined && isSaid ? [{ left, op, right }] : [];
  });
}

interface Text {
  readonly source: string;
  readonly strategy: Strategy;
}

/** The form with the text's parameters: what was set by hand stays, the rest follows the text. */
export function adopted(form: FormState, before: Text | undefined, now: Text): FormState {
  const old = before ? defaultParams(before.strategy) : {};
  const params = Object.fromEntries(
    Object.entries(defaultParams(now.strategy)).map(([name, next]) => {
      const field = form.params[name];
      return [name, field ? followed(field, old[name], next) : next];
    }),
  );
  // Those of a run that the form starts from are its own.
  const followsRules =
    before && sameRules(form.search.rules, requiredRules(before.source, before.strategy));
  const next = { ...form, params };
  if (!followsRules || !isSearch(next)) {
    return next;
  }
  const rules = requiredRules(now.source, now.strategy);
  return { ...next, search: { ...form.search, rules } };
}

function followed(field: ParamField, old: ParamField | undefined, next: ParamField): ParamField {
  const part = (key: "fixed" | "from" | "to" | "step" | "list") =>
    old && field[key] === old[key] ? next[key] : field[key];
  return {
    mode: field.mode,
    fixed: part("fixed"),
    from: part("from"),
    to: part("to"),
    step: part("step"),
    list: part("list"),
  };
}

function sameRules(one: readonly RuleField[], other: readonly RuleField[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
