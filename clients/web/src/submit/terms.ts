// Numbers of the account by their paths, beyond those that have a field of their own: exits, limits,
// fees, slippage, margin, what holding costs. One value stands in the simulation; a range or a list is an axis.

import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { create, fromJson, type JsonObject, type JsonValue, toJson } from "@bufbuild/protobuf";
import type { FieldViolation } from "../errors";
import { fractionOf } from "../format/fraction";
import { formatParam } from "../format/value";
import {
  type Axis,
  type AxisSchema,
  type ParamValue,
  type Simulation,
  SimulationSchema,
} from "../gen/tradeforge/v1/types_pb";

export interface TermField {
  readonly path: string;
  /** As in `0.02`, `2%`, `1%..5%:1%`, `10, 20`. */
  readonly text: string;
}

/** What stands in the simulation itself is swept by a path of its own, and set by its field. */
const OWN = "simulation.";
const SWEPT_FIELDS = ["commission_rate", "slippage_ticks", "max_leverage", "risk_free_rate"];
const PARTS = ["exits", "limits", "fees", "slippage", "margin", "carry", "instruments"];

/** All paths, as the contract has them; of targets the first. */
export const PATHS: readonly string[] = [
  ...SimulationSchema.fields
    .filter(({ name }) => PARTS.includes(name))
    .flatMap((field) => (field.message ? pathsOf(field.message, field.name) : [])),
  ...[
    "fixed_quantity",
    "fixed_notional",
    "equity_fraction",
    "risk_fraction",
    "range_fraction.fraction",
    "range_fraction.period",
  ].map((kind) => `sizing.${kind}`),
  ...SWEPT_FIELDS.map((name) => `${OWN}${name}`),
];

function pathsOf(message: DescMessage, prefix: string): string[] {
  return message.fields.flatMap((field) => {
    const path = `${prefix}.${field.name}${field.fieldKind === "list" ? "[0]" : ""}`;
    return field.message ? pathsOf(field.message, path) : [path];
  });
}

export function isSweptTerm({ text }: TermField): boolean {
  return text.includes("..") || text.includes(",");
}

/** The terms with one value, where a sweep is tried as a backtest. */
export function fixedTerms(terms: readonly TermField[]): TermField[] {
  return terms.map(({ path, text }) => ({ path, text: (text.split(/\.\.|,/)[0] ?? "").trim() }));
}

/** The account with the terms that have one value. */
export function withTerms(
  init: MessageInitShape<typeof SimulationSchema>,
  terms: readonly TermField[],
  problems: FieldViolation[],
): Simulation {
  const plain = create(SimulationSchema, init);
  let simulation = plain;
  for (const [index, term] of terms.entries()) {
    if (!isSweptTerm(term)) {
      try {
        simulation = withTerm(simulation, term);
      } catch {
        const description = `${JSON.stringify(term.path)} cannot be ${JSON.stringify(term.text)}`;
        problems.push({ field: `terms.${index}`, description });
      }
    }
  }
  // A cost is said in one form only.
  const isZero = (text: string) => Number(text) === 0;
  if (simulation.fees && isZero(simulation.commissionRate)) {
    simulation.commissionRate = "";
  }
  if (simulation.slippage && isZero(simulation.slippageTicks)) {
    simulation.slippageTicks = "";
  }
  return simulation;
}

/** The account with one number more; throws if there is no such number. */
export function withTerm(simulation: Simulation, { path, text }: TermField): Simulation {
  const json = toJson(SimulationSchema, simulation, { useProtoFieldName: true }) as JsonObject;
  const parts = path
    .replace(OWN, "")
    .split(/[.[\]]+/)
    .filter(Boolean);
  const value = fractionOf(text);
  setIn(json, parts, value === "true" || value === "false" ? value === "true" : value);
  return fromJson(SimulationSchema, json);
}

function setIn(json: JsonObject, [head = "", ...rest]: readonly string[], value: JsonValue): void {
  if (rest.length === 0) {
    json[head] = value;
    return;
  }
  const isList = /^\d+$/.test(rest[0] ?? "");
  const inner = json[head] ?? (isList ? [] : {});
  json[head] = inner;
  // A list of JSON takes its places as names.
  setIn(inner as JsonObject, rest, value);
}

/** The terms of an account that have no field of their own, but for those that are swept. */
export function termsOf(simulation: Simulation, axes: readonly Axis[] = []): TermField[] {
  const json = toJson(SimulationSchema, simulation, { useProtoFieldName: true }) as JsonObject;
  const swept = new Set(axes.map(({ name }) => name));
  // A size of two numbers has no field of its own.
  const range = (json["sizing"] as JsonObject | undefined)?.["range_fraction"];
  const fixed = [
    ...PARTS.flatMap((part) => leavesOf(json[part], part)),
    ...leavesOf(range, "sizing.range_fraction"),
  ];
  return [
    ...fixed.filter(({ path }) => !swept.has(path)),
    ...axes.filter(({ name }) => name.includes(".")).map(termOfAxis),
  ];
}

function leavesOf(json: JsonValue | undefined, path: string): TermField[] {
  if (json === undefined || json === null) {
    return [];
  }
  if (Array.isArray(json)) {
    return json.flatMap((each, index) => leavesOf(each, `${path}[${index}]`));
  }
  return typeof json === "object"
    ? Object.entries(json).flatMap(([name, each]) => leavesOf(each, `${path}.${name}`))
    : [{ path, text: String(json) }];
}

function termOfAxis({ name, domain }: Axis): TermField {
  switch (domain.case) {
    case "intRange":
    case "doubleRange": {
      const { minValue, maxValue, step } = domain.value;
      const by = Number(step) === 0 ? "" : `:${step}`;
      return { path: name, text: `${minValue}..${maxValue}${by}` };
    }
    case "values": {
      const texts = domain.value.values.map(formatParam);
      // One value is a list only by its comma.
      return { path: name, text: texts.length === 1 ? `${texts[0]},` : texts.join(", ") };
    }
    default:
      return { path: name, text: "" };
  }
}

/** The account that a trial has. */
export function accountOfTrial(
  simulation: Simulation,
  params: Readonly<Record<string, ParamValue>>,
): Simulation {
  return Object.entries(params)
    .filter(([name]) => name.includes("."))
    .reduce((account, [path, value]) => {
      return withTerm(account, { path, text: formatParam(value) });
    }, simulation);
}

/** The axes of the terms that have many values. */
export function axesOf(
  terms: readonly TermField[],
  problems: FieldViolation[],
): MessageInitShape<typeof AxisSchema>[] {
  return terms.flatMap((term, index) => {
    if (!isSweptTerm(term)) {
      return [];
    }
    const axis = axisOf(term);
    if (!axis) {
      const description = "must be as 0.02, 1%..5%:1% or 10, 20";
      problems.push({ field: `terms.${index}`, description });
    }
    return axis ?? [];
  });
}

function axisOf({ path: name, text }: TermField): MessageInitShape<typeof AxisSchema> | undefined {
  const [, from = "", to = "", by = ""] = /^(.+?)\.\.([^:]+)(?::(.+))?$/.exec(text.trim()) ?? [];
  if (from === "") {
    const parts = text
      .split(",")
      .map(fractionOf)
      .filter((part) => part !== "");
    const values = parts.flatMap((part) => {
      const kind = kindOf(part);
      return kind ? { kind } : [];
    });
    return values.length < parts.length || values.length === 0
      ? undefined
      : { name, domain: { case: "values", value: { values } } };
  }
  const [first, last, step] = [from, to, by || "0"].map(fractionOf);
  const numbers = [first, last, step].map(Number);
  if (numbers.some(Number.isNaN)) {
    return undefined;
  }
  const [minValue = 0, maxValue = 0, stepValue = 0] = numbers;
  const isWhole = [first, last, step].every((part) => /^-?\d+$/.test(part ?? ""));
  return isWhole
    ? {
        name,
        domain: {
          case: "intRange",
          value: {
            minValue: BigInt(minValue),
            maxValue: BigInt(maxValue),
            step: BigInt(stepValue),
          },
        },
      }
    : {
        name,
        domain: { case: "doubleRange", value: { minValue, maxValue, step: stepValue } },
      };
}

function kindOf(text: string) {
  if (/^-?\d+$/.test(text)) {
    return { case: "intValue", value: BigInt(text) } as const;
  }
  const value = Number(text);
  return Number.isNaN(value) ? undefined : ({ case: "doubleValue", value } as const);
}
