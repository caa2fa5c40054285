// What the server says of a strategy as text, and of the language that it is written in.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type CheckStrategyResponse, Severity } from "../gen/tradeforge/v1/strategy_service_pb";
import { api } from "../rpc/client";
import { useSettled } from "../ui/useSettled";

/** The language's functions and words; it does not change while the server runs. */
export function useLanguage(isWanted: boolean) {
  return useQuery({
    queryKey: ["language"],
    queryFn: ({ signal }) => api.strategies.describeLanguage({}, { signal }),
    enabled: isWanted,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export interface Check {
  /** The last answer; until the next one comes it may be about the text before. */
  readonly answer: CheckStrategyResponse | undefined;
  /** Whether it is about the text as it stands. */
  readonly isCurrent: boolean;
  readonly error: Error | null;
}

/** Has a text checked whenever the typing pauses. */
export function useCheck(source: string, isWanted: boolean): Check {
  const settled = useSettled(source);
  const isAsked = isWanted && settled.trim() !== "";
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: ["check", settled],
    queryFn: ({ signal }) => api.strategies.checkStrategy({ source: settled }, { signal }),
    enabled: isAsked,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
  const answer = isAsked ? data : undefined;
  const isCurrent = answer !== undefined && settled === source && !isPlaceholderData;
  return { answer, isCurrent, error };
}

export function hasErrors({ diagnostics }: CheckStrategyResponse): boolean {
  return diagnostics.some(({ severity }) => severity === Severity.ERROR);
}
