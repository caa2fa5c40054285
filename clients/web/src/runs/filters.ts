// Which runs the list shows: as the page's address keeps it, and as the server is asked for it.

import { RunKind, type RunState } from "../gen/tradeforge/v1/types_pb";
import { STATES, stateName } from "../rpc/state";

export interface RunFilters {
  /** Empty means all. */
  readonly states: readonly RunState[];
  readonly kind: RunKind | undefined;
  /** A word to find in names, or an expression of the server's filter language. */
  readonly text: string;
  readonly isOldestFirst: boolean;
}

export const NO_FILTERS: RunFilters = {
  states: [],
  kind: undefined,
  text: "",
  isOldestFirst: false,
};

/** What the server takes: longer words and more of them find nothing else. */
const WORD_MAX = 64;
const WORDS_MAX = 10;

const KINDS = { backtest: RunKind.BACKTEST, optimization: RunKind.OPTIMIZATION } as const;

export function filtersOf(search: URLSearchParams): RunFilters {
  const names = (search.get("state") ?? "").toUpperCase().split(",");
  const kind = search.get("kind") ?? "";
  return {
    states: STATES.filter((state) => names.includes(stateName(state))),
    kind: kind === "backtest" || kind === "optimization" ? KINDS[kind] : undefined,
    text: search.get("filter") ?? "",
    isOldestFirst: search.get("order") === "oldest",
  };
}

/** The query string that says the same; empty without filters. */
export function searchOf(filters: RunFilters): string {
  const search = new URLSearchParams();
  if (filters.states.length > 0) {
    search.set("state", filters.states.map((state) => stateName(state).toLowerCase()).join(","));
  }
  if (filters.kind !== undefined) {
    search.set("kind", filters.kind === RunKind.BACKTEST ? "backtest" : "optimization");
  }
  if (filters.text !== "") {
    search.set("filter", filters.text);
  }
  if (filters.isOldestFirst) {
    search.set("order", "oldest");
  }
  return search.toString();
}

/** What ListRuns takes as `filter`. */
export function filterExpression({ states, kind, text }: RunFilters): string {
  const parts: string[] = [];
  if (states.length > 0) {
    parts.push(anyOf(states.map((state) => `state = ${stateName(state)}`)));
  }
  if (kind !== undefined) {
    parts.push(`kind = ${RunKind[kind]}`);
  }
  const wanted = text.trim();
  if (wanted !== "") {
    parts.push(isExpression(wanted) ? `(${wanted})` : wordsExpression(wanted));
  }
  return parts.join(" AND ");
}

export function orderExpression({ isOldestFirst }: RunFilters): string {
  return isOldestFirst ? "create_time asc" : "create_time desc";
}

function isExpression(text: string): boolean {
  return /[=<>]/.test(text);
}

/** Each bare word is to be some part of what names a run. */
function wordsExpression(words: string): string {
  const terms = words.split(/\s+/).map((word) => {
    const text = [...word].slice(0, WORD_MAX).join("");
    return `text = "${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  });
  return terms.slice(0, WORDS_MAX).join(" AND ");
}

function anyOf(terms: readonly string[]): string {
  return terms.length === 1 ? (terms[0] ?? "") : `(${terms.join(" OR ")})`;
}
