// What reports ask the server for.

import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { Subscription } from "../gen/tradeforge/v1/types_pb";
import { api } from "../rpc/client";

/** A backtest, or one trial of a search. */
export interface Subject {
  readonly runId: string;
  readonly trialIndex?: bigint | undefined;
}

const TRADES_PAGE = 1_000;
const TRIALS_PAGE = 200;
/** What is final stays as it is. */
const FOR_EVER = Number.POSITIVE_INFINITY;

export function useTrial(runId: string, trialIndex: bigint | undefined) {
  return useQuery({
    queryKey: ["trial", runId, String(trialIndex)],
    enabled: trialIndex !== undefined,
    staleTime: FOR_EVER,
    queryFn: async ({ signal }) => {
      const index = trialIndex ?? 0n;
      return (await api.results.getTrial({ runId, trialIndex: index }, { signal })).trial ?? null;
    },
  });
}

export function useEquity({ runId, trialIndex }: Subject, maxPoints: number) {
  return useQuery({
    queryKey: ["equity", runId, String(trialIndex), maxPoints],
    staleTime: FOR_EVER,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      api.results.getEquityCurve({ runId, ...withTrial(trialIndex), maxPoints }, { signal }),
  });
}

/** A span of time in milliseconds; without borders, all there is. */
export interface Span {
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
}

export function useBars(subscription: Subscription | undefined, span: Span, maxBars: number) {
  return useQuery({
    queryKey: [
      "bars",
      subscription?.dataSha256,
      subscription?.timeframe,
      subscription?.exchange,
      subscription?.symbol,
      span,
      maxBars,
    ],
    enabled: subscription !== undefined,
    staleTime: FOR_EVER,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      api.marketData.getBars(
        {
          ...(subscription && { subscription }),
          timeRange: {
            ...(span.startMs !== undefined && { startTime: timestampFromMs(span.startMs) }),
            ...(span.endMs !== undefined && { endTime: timestampFromMs(span.endMs) }),
          },
          maxBars,
        },
        { signal },
      ),
  });
}

export function useTrades({ runId, trialIndex }: Subject) {
  return useInfiniteQuery({
    queryKey: ["trades", runId, String(trialIndex)],
    staleTime: FOR_EVER,
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      api.results.listTrades(
        { runId, ...withTrial(trialIndex), pageToken: pageParam, pageSize: TRADES_PAGE },
        { signal },
      ),
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
}

export function useTrials(runId: string, filter: string, orderBy: string, version: unknown) {
  return useInfiniteQuery({
    queryKey: ["trials", runId, filter, orderBy, version],
    staleTime: FOR_EVER,
    initialPageParam: "",
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) =>
      api.results.listTrials(
        { runId, filter, orderBy, pageToken: pageParam, pageSize: TRIALS_PAGE },
        { signal },
      ),
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
}

export function useFailureGroups(runId: string, version: unknown) {
  return useQuery({
    queryKey: ["failures", runId, version],
    staleTime: FOR_EVER,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) =>
      (await api.results.listFailureGroups({ runId }, { signal })).groups,
  });
}

function withTrial(trialIndex: bigint | undefined) {
  return trialIndex === undefined ? {} : { trialIndex };
}
