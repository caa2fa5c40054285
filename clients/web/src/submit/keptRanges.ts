// Ranges of a strategy's parameters that this browser's user comes back to, each under a name.

import { byName, keepText, keptText, parseList } from "../ui/kept";
import type { ParamField } from "./formState";

export interface KeptRanges {
  readonly name: string;
  readonly strategy: string;
  readonly params: Readonly<Record<string, ParamField>>;
}

const KEY = "tradeforge.ranges";
const KEPT_MAX = 100;

const MODES = ["fixed", "range", "list"];

function isField(value: unknown): value is ParamField {
  const field = value as Partial<ParamField> | null;
  const texts = [field?.fixed, field?.from, field?.to, field?.step, field?.list];
  return MODES.includes(field?.mode ?? "") && texts.every((text) => typeof text === "string");
}

/** What a text holds of ranges; anything else in it is left out. */
export function parseKept(text: string | null): KeptRanges[] {
  return parseList(text, (stored) => {
    const it = stored as Partial<KeptRanges> | null;
    const fields = Object.entries(it?.params ?? {}).filter(([, field]) => isField(field));
    return typeof it?.name === "string" && typeof it.strategy === "string" && fields.length > 0
      ? { name: it.name, strategy: it.strategy, params: Object.fromEntries(fields) }
      : undefined;
  });
}

export function keptRanges(): KeptRanges[] {
  return parseKept(keptText(KEY));
}

/** With these under their name, in the place of those of that strategy that have it already. */
export function withKept(all: readonly KeptRanges[], next: KeptRanges): KeptRanges[] {
  return [...without(all, next), next].slice(-KEPT_MAX).sort(byName);
}

export function without(
  all: readonly KeptRanges[],
  { name, strategy }: Pick<KeptRanges, "name" | "strategy">,
): KeptRanges[] {
  return all.filter((it) => it.name !== name || it.strategy !== strategy);
}

/** False if this browser keeps nothing. */
export function keepRanges(all: readonly KeptRanges[]): boolean {
  return keepText(KEY, JSON.stringify(all));
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
