// What reports ask the server for.

import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { keepPreviousData, type Query, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { TradesOfSpan } from "../charts/candleData";
import { millisOf } from "../format/time";
import type { Run, RunStatus, Subscription, TimeRange } from "../gen/tradeforge/v1/types_pb";
import { failureOf } from "../rpc/failure";
import { marketData } from "../rpc/marketData";
import { results } from "../rpc/results";
import { isFinal } from "../rpc/state";

/** A backtest, or one trial of a search. */
export interface Subject {
  readonly runId: string;
  readonly trialIndex?: bigint | undefined;
}

const TRADES_PAGE = 1_000;
const TRIALS_PAGE = 500;
/** So many of a list of trials can be scrolled to; those beyond are found by filter and order. */
export const TRIALS_SHOWN_MAX = 10_000;
const LIVE_EVERY_MS = 2_000;
/** What was there so far stays as it is, but more may have landed while the connection was lost. */
const UNTIL_A_LOSS = Number.POSITIVE_INFINITY;

/** What is final is asked for once, even if the connection is lost; unless it was not to be had. */
function final({ state }: Pick<Query, "state">): "static" | 0 {
  return state.status === "success" ? "static" : 0;
}

export function useTrial(runId: string, trialIndex: bigint | undefined) {
  return useQuery({
    queryKey: ["trial", runId, String(trialIndex)],
    enabled: trialIndex !== undefined,
    staleTime: final,
    queryFn: async ({ signal }) => {
      const index = trialIndex ?? 0n;
      return (await results.getTrial({ runId, trialIndex: index }, { signal })).trial ?? null;
    },
  });
}

export function useEquity({ runId, trialIndex }: Subject, maxPoints: number) {
  return useQuery({
    queryKey: ["equity", runId, String(trialIndex), maxPoints],
    staleTime: final,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      results.getEquityCurve({ runId, ...withTrial(trialIndex), maxPoints }, { signal }),
  });
}

/** The curve with what each instrument was of it. */
export function useWeights({ runId, trialIndex }: Subject, maxPoints: number) {
  return useQuery({
    queryKey: ["weights", runId, String(trialIndex), maxPoints],
    staleTime: final,
    queryFn: ({ signal }) => {
      const request = { runId, ...withTrial(trialIndex), maxPoints, withWeights: true };
      return results.getEquityCurve(request, { signal });
    },
  });
}

/** What each instrument did, in the order of subscription. */
export function useInstruments({ runId, trialIndex }: Subject) {
  return useQuery({
    queryKey: ["instruments", runId, String(trialIndex)],
    staleTime: final,
    queryFn: async ({ signal }) =>
      (await results.listInstruments({ runId, ...withTrial(trialIndex) }, { signal })).instruments,
  });
}

/** The windows of a report that nobody has chosen others for: a quarter of a year of sessions. */
export const REPORT_DAYS = 63;

/** What is told of its days, trades and holding, with figures over windows of so many days. */
export function useReport({ runId, trialIndex }: Subject, rollingDays: number, enabled = true) {
  return useQuery({
    queryKey: ["report", runId, String(trialIndex), rollingDays],
    enabled,
    staleTime: final,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      results.getReport({ runId, ...withTrial(trialIndex), rollingDays }, { signal }),
  });
}

/** The executions of one trade, by its place among all. */
export function useFills({ runId, trialIndex }: Subject, trade: number) {
  return useInfiniteQuery({
    queryKey: ["fills", runId, String(trialIndex), trade],
    staleTime: final,
    initialPageParam: "",
    queryFn: ({ signal, pageParam }) => {
      const request = { runId, ...withTrial(trialIndex), tradeIndex: BigInt(trade) };
      return results.listFills({ ...request, pageToken: pageParam }, { signal });
    },
    getNextPageParam: ({ nextPageToken }) => nextPageToken || undefined,
  });
}

/** A span of time in milliseconds; without borders, all there is. */
export interface Span {
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
}

/** As many as a screen can show. Who wants them of the same span shares one answer. */
const BARS = 1_500;

export function spanOf(range: TimeRange | undefined): Span {
  return {
    startMs: range?.startTime && millisOf(range.startTime),
    endMs: range?.endTime && millisOf(range.endTime),
  };
}

function rangeOf({ startMs, endMs }: Span) {
  return {
    ...(startMs !== undefined && { startTime: timestampFromMs(startMs) }),
    ...(endMs !== undefined && { endTime: timestampFromMs(endMs) }),
  };
}

export function useBars(subscription: Subscription | undefined, span: Span) {
  return useQuery({
    queryKey: [
      "bars",
      subscription?.dataSha256,
      subscription?.timeframe,
      subscription?.exchange,
      subscription?.symbol,
      span,
    ],
    enabled: subscription !== undefined,
    staleTime: final,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      marketData.getBars(
        {
          ...(subscription && { subscription }),
          timeRange: rangeOf(span),
          maxBars: BARS,
        },
        { signal },
      ),
  });
}

/**
 * What the definitions of a strategy as text were, over the bars of a span; null where the strategy
 * is no text and no text says the same.
 */
export function useRuleValues(
  { runId, trialIndex }: Subject,
  instrument: number | undefined,
  span: Span,
) {
  return useQuery({
    queryKey: ["rule-values", runId, String(trialIndex), instrument, span],
    enabled: instrument !== undefined,
    staleTime: final,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const request = {
        runId,
        ...withTrial(trialIndex),
        ...(instrument !== undefined && { instrument }),
        timeRange: rangeOf(span),
        maxPoints: BARS,
      };
      try {
        return await results.getRuleValues(request, { signal });
      } catch (error) {
        if (failureOf(error).reason === "STRATEGY_WITHOUT_TEXT") {
          return null;
        }
        throw error;
      }
    },
  });
}

export function useTrades({ runId, trialIndex }: Subject, enabled: boolean) {
  return useInfiniteQuery({
    queryKey: ["trades", runId, String(trialIndex)],
    enabled,
    staleTime: final,
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      results.listTrades(
        { runId, ...withTrial(trialIndex), pageToken: pageParam, pageSize: TRADES_PAGE },
        { signal },
      ),
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
}

/** More than this are counted in parts of the span instead of being drawn one by one. */
export const TRADES_DRAWN_MAX = 200;
const COUNT_PARTS = 150;

/** The trades that were open in a span; of more than can be drawn, how many began and ended when. */
export function useTradesIn({ runId, trialIndex }: Subject, { startMs, endMs }: Span) {
  return useQuery({
    queryKey: ["trades-in", runId, String(trialIndex), startMs, endMs],
    enabled: startMs !== undefined && endMs !== undefined,
    staleTime: final,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<TradesOfSpan> => {
      const [start, end] = [startMs ?? 0, endMs ?? 0];
      const request = {
        runId,
        ...withTrial(trialIndex),
        pageSize: TRADES_DRAWN_MAX,
        timeRange: { startTime: timestampFromMs(start), endTime: timestampFromMs(end) },
        countParts: COUNT_PARTS,
      };
      return {
        startMs: start,
        endMs: end,
        page: await results.listTrades(request, { signal }),
      };
    },
  });
}

/** While a search lives, its lists are asked for again so often, and never twice at once. */
function whileLive(isLive: boolean): number | false {
  return isLive ? LIVE_EVERY_MS : false;
}

export function useTrials(runId: string, filter: string, orderBy: string, isLive: boolean) {
  return useInfiniteQuery({
    queryKey: ["trials", runId, filter, orderBy, isLive],
    staleTime: UNTIL_A_LOSS,
    refetchInterval: whileLive(isLive),
    initialPageParam: "",
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) =>
      results.listTrials(
        { runId, filter, orderBy, pageToken: pageParam, pageSize: TRIALS_PAGE },
        { signal },
      ),
    // Pages come one after the other, and of a live search all of them again and again.
    getNextPageParam: (page, pages) =>
      pages.length < TRIALS_SHOWN_MAX / TRIALS_PAGE ? page.nextPageToken || undefined : undefined,
  });
}

export function useFailureGroups(runId: string, isLive: boolean) {
  return useQuery({
    queryKey: ["failures", runId, isLive],
    refetchInterval: whileLive(isLive),
    staleTime: UNTIL_A_LOSS,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => (await results.listFailureGroups({ runId }, { signal })).groups,
  });
}

/** Failed trials, each with its reason and message: the first thousand of them. */
export function useFailedTrials(runId: string, isLive: boolean) {
  return useQuery({
    queryKey: ["failed-trials", runId, isLive],
    refetchInterval: whileLive(isLive),
    staleTime: UNTIL_A_LOSS,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const request = { runId, filter: "state = FAILED", pageSize: 1_000 };
      return (await results.listTrials(request, { signal })).trials;
    },
  });
}

/** How many trials break a constraint: a search without any has none. */
export function useInfeasible(run: Run, status: RunStatus) {
  const isLive = !isFinal(status.state);
  const { runId } = run;
  const told = status.result.case === "optimization" ? status.result.value.infeasible : undefined;
  const isConstrained = run.spec.case === "optimization" && run.spec.value.constraints.length > 0;
  return useQuery({
    queryKey: ["infeasible", runId, isLive, String(told)],
    enabled: isConstrained,
    staleTime: UNTIL_A_LOSS,
    refetchInterval: whileLive(isLive),
    queryFn: async ({ signal }) => {
      const request = { runId, filter: "state = INFEASIBLE", pageSize: 1 };
      return told ?? (await results.listTrials(request, { signal })).totalSize;
    },
  });
}

function withTrial(trialIndex: bigint | undefined) {
  return trialIndex === undefined ? {} : { trialIndex };
}
