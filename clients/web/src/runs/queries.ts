// Runs by way of TanStack Query. Every status that an answer holds goes to the runs store, so that
// answers and the live stream can not disagree.

import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { RunStatus } from "../gen/tradeforge/v1/types_pb";
import { api } from "../rpc/client";
import { runsStore } from "../rpc/runsStore";
import { filterExpression, orderExpression, type RunFilters } from "./filters";

const PAGE_SIZE = 50;
/** A list is asked for again at most this often while runs come and go. */
const REFRESH_EVERY_MS = 1_000;

export function useRun(runId: string) {
  return useQuery({
    queryKey: ["run", runId],
    queryFn: async ({ signal }) => {
      const { run } = await api.runs.getRun({ runId }, { signal });
      if (run?.status) {
        runsStore.accept(run.status);
      }
      return run ?? null;
    },
  });
}

export function useRuns(filters: RunFilters) {
  const filter = filterExpression(filters);
  const orderBy = orderExpression(filters);
  return useInfiniteQuery({
    queryKey: ["runs", filter, orderBy],
    initialPageParam: "",
    queryFn: async ({ pageParam, signal }) => {
      const request = { filter, orderBy, pageToken: pageParam, pageSize: PAGE_SIZE };
      const page = await api.runs.listRuns(request, { signal });
      for (const { status } of page.runs) {
        if (status) {
          runsStore.accept(status);
        }
      }
      return page;
    },
    getNextPageParam: (page) => page.nextPageToken || undefined,
    placeholderData: (before) => before,
  });
}

/** Asks for the lists of runs again when a run comes up or changes its state, wherever that was. */
export function useFreshRuns(): void {
  const queries = useQueryClient();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = runsStore.onStateChange(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void queries.invalidateQueries({ queryKey: ["runs"] }, { cancelRefetch: false });
      }, REFRESH_EVERY_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [queries]);
}

/**
 * What the server orders a run by: a metric of its backtest, or of the best trial of its sweep, of
 * which a status has no more than the objective's. Undefined until it is known, and if it is undefined.
 */
export function useMetricOf({ runId, result }: RunStatus, name: string): number | undefined {
  const best = result.case === "optimization" ? result.value.bestTrial : undefined;
  const told = result.case === "backtest" ? result.value.metrics[name] : best?.metrics[name];
  const { data } = useQuery({
    queryKey: ["best", runId],
    queryFn: async ({ signal }) => {
      const { results } = await import("../rpc/results");
      const trialIndex = best?.trialIndex ?? 0n;
      return (await results.getTrial({ runId, trialIndex }, { signal })).trial ?? null;
    },
    enabled: best !== undefined && told === undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return told ?? data?.metrics[name];
}
