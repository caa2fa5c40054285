// Which runs the list shows: as the page's address keeps it, and as the server is asked for it.

import { RunKind, type RunState } from "../gen/tradeforge/v1/types_pb";
import { STATES, stateName } from "../rpc/state";
import { IS_STARRED } from "./star";

export interface RunFilters {
  /** Empty means all. */
  readonly states: readonly RunState[];
  readonly kind: RunKind | undefined;
  /** Only those with a star. */
  readonly isStarred: boolean;
  /** A word to find in names, or an expression of the server's filter language. */
  readonly text: string;
  /** A field that they are ordered by, after a `-` if its largest come first; empty is by time. */
  readonly order: string;
  /** Names of what is shown of each run, in their order. */
  readonly columns: readonly string[];
}

export const COLUMNS: readonly string[] = ["progress", "result", "time"];
/** A table of more is none that one reads. */
export const COLUMNS_MAX = 24;

export const NO_FILTERS: RunFilters = {
  states: [],
  kind: undefined,
  isStarred: false,
  text: "",
  order: "",
  columns: COLUMNS,
};

/** What the server takes: longer words and more of them find nothing else. */
const WORD_MAX = 64;
const WORDS_MAX = 10;

const NEWEST = "-create_time";

const KINDS: Readonly<Record<string, RunKind>> = {
  backtest: RunKind.BACKTEST,
  optimization: RunKind.OPTIMIZATION,
  walk_forward: RunKind.WALK_FORWARD,
  validation: RunKind.VALIDATION,
  robustness: RunKind.ROBUSTNESS,
};

/** A field of a run by its name on the wire, and its direction. */
const ORDER = /^-?[a-z][a-z0-9_]{0,63}$/;

export function filtersOf(search: URLSearchParams): RunFilters {
  const names = (search.get("state") ?? "").toUpperCase().split(",");
  const order = search.get("order") ?? "";
  const columns = new Set((search.get("columns") ?? "").split(",").filter((it) => ORDER.test(it)));
  return {
    states: STATES.filter((state) => names.includes(stateName(state))),
    kind: KINDS[search.get("kind") ?? ""],
    isStarred: search.get("star") === "yes",
    text: search.get("filter") ?? "",
    order: ORDER.test(order) && order !== NEWEST ? order : "",
    columns: columns.size > 0 ? [...columns].slice(0, COLUMNS_MAX) : COLUMNS,
  };
}

/** The query string that says the same; empty without filters. */
export function searchOf(filters: RunFilters): string {
  const search = new URLSearchParams();
  if (filters.states.length > 0) {
    search.set("state", filters.states.map((state) => stateName(state).toLowerCase()).join(","));
  }
  if (filters.kind !== undefined) {
    search.set("kind", (RunKind[filters.kind] ?? "").toLowerCase());
  }
  if (filters.isStarred) {
    search.set("star", "yes");
  }
  if (filters.text !== "") {
    search.set("filter", filters.text);
  }
  if (filters.order !== "") {
    search.set("order", filters.order);
  }
  if (filters.columns.join() !== COLUMNS.join()) {
    search.set("columns", filters.columns.join(","));
  }
  return search.toString();
}

/** What ListRuns takes as `filter`. */
export function filterExpression({ states, kind, isStarred, text }: RunFilters): string {
  const parts: string[] = [];
  if (states.length > 0) {
    parts.push(anyOf(states.map((state) => `state = ${stateName(state)}`)));
  }
  if (kind !== undefined) {
    parts.push(`kind = ${RunKind[kind]}`);
  }
  if (isStarred) {
    parts.push(IS_STARRED);
  }
  const wanted = text.trim();
  if (wanted !== "") {
    parts.push(isExpression(wanted) ? `(${wanted})` : wordsExpression(wanted));
  }
  return parts.join(" AND ");
}

export function orderExpression({ order }: RunFilters): string {
  const wanted = order || NEWEST;
  return wanted.startsWith("-") ? `${wanted.slice(1)} desc` : `${wanted} asc`;
}

/** Whether there is anything that keeps runs from the list. */
export function isFiltering(filters: RunFilters): boolean {
  return filterExpression(filters) !== "";
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
