// Ranges of a strategy's parameters that this browser's user comes back to, each under a name.

import type { ParamField } from "./formState";

export interface KeptRanges {
  readonly name: string;
  readonly strategy: string;
  readonly params: Readonly<Record<string, ParamField>>;
}

const KEY = "tradeforge.ranges";
const KEPT_MAX = 100;
export const NAME_MAX = 60;

const MODES = ["fixed", "range", "list"];

function isField(value: unknown): value is ParamField {
  const field = value as Partial<ParamField> | null;
  const texts = [field?.fixed, field?.from, field?.to, field?.step, field?.list];
  return MODES.includes(field?.mode ?? "") && texts.every((text) => typeof text === "string");
}

/** What a text holds of ranges; anything else in it is left out. */
export function parseKept(text: string | null): KeptRanges[] {
  try {
    const stored: unknown = JSON.parse(text ?? "[]");
    return (Array.isArray(stored) ? (stored as Partial<KeptRanges>[]) : []).flatMap((it) => {
      const fields = Object.entries(it?.params ?? {}).filter(([, field]) => isField(field));
      return typeof it?.name === "string" && typeof it.strategy === "string" && fields.length > 0
        ? [{ name: it.name, strategy: it.strategy, params: Object.fromEntries(fields) }]
        : [];
    });
  } catch {
    return [];
  }
}

export function keptRanges(): KeptRanges[] {
  try {
    return parseKept(localStorage.getItem(KEY));
  } catch {
    return [];
  }
}

/** With these under their name, in the place of those of that strategy that have it already. */
export function withKept(all: readonly KeptRanges[], next: KeptRanges): KeptRanges[] {
  return [...without(all, next), next].slice(-KEPT_MAX).sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function without(
  all: readonly KeptRanges[],
  { name, strategy }: Pick<KeptRanges, "name" | "strategy">,
): KeptRanges[] {
  return all.filter((it) => it.name !== name || it.strategy !== strategy);
}

/** False if this browser keeps nothing. */
export function keepRanges(all: readonly KeptRanges[]): boolean {
  try {
    localStorage.setItem(KEY, JSON.stringify(all));
    return true;
  } catch {
    return false;
  }
}

/** The parameters as they were kept; those that came since, or went, are as they are. */
export function asKept(
  params: Readonly<Record<string, ParamField>>,
  kept: KeptRanges,
): Record<string, ParamField> {
  return Object.fromEntries(
    Object.entries(params).map(([name, field]) => [name, kept.params[name] ?? field]),
  );
}
