// What can be done to runs.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ReusePolicy } from "../gen/tradeforge/v1/run_service_pb";
import type { BacktestSpec, Run } from "../gen/tradeforge/v1/types_pb";
import { api } from "../rpc/client";
import { failureOf } from "../rpc/failure";
import { runsStore } from "../rpc/runsStore";
import { showNotice } from "../ui/notices";
import { submittable } from "./describe";
import { labelsFor } from "./star";

export function useCancelRun() {
  return useMutation({
    mutationFn: async (runId: string) =>
      (await api.runs.cancel({ runId, reason: "stopped in the web client" })).status,
    onSuccess: (status) => {
      if (status) {
        runsStore.accept(status);
      }
    },
    onError: (error) => showNotice("bad", `Could not stop the run: ${failureOf(error).message}`),
  });
}

/** Halts the run, or lets it go on. */
export function usePauseRun() {
  return useMutation({
    mutationFn: async ({ runId, isPaused }: { runId: string; isPaused: boolean }) => {
      const answer = isPaused
        ? await api.runs.resume({ runId })
        : await api.runs.pause({ runId, reason: "paused in the web client" });
      return answer.status;
    },
    onSuccess: (status) => {
      if (status) {
        runsStore.accept(status);
      }
    },
    onError: (error, { isPaused }) =>
      showNotice(
        "bad",
        `Could not ${isPaused ? "resume" : "pause"} the run: ${failureOf(error).message}`,
      ),
  });
}

/** Computes the same again, whatever is there already. */
export function useRunAgain(onStarted: (runId: string) => void) {
  return useMutation({
    mutationFn: (run: Run) => {
      const spec = submittable(run);
      return api.runs.submit({
        spec: spec as Extract<typeof spec, { value: unknown }>,
        displayName: run.displayName,
        labels: labelsFor(run),
        reusePolicy: ReusePolicy.ALWAYS_NEW,
      });
    },
    onSuccess: ({ runId }) => onStarted(runId),
    onError: (error) => showNotice("bad", `Could not start it again: ${failureOf(error).message}`),
  });
}

/** Runs a backtest that another run tells of, or finds it where it was run before. */
export function useBacktest(onStarted: (runId: string) => void) {
  return useMutation({
    mutationFn: ({ backtest, name }: { backtest: BacktestSpec; name: string }) =>
      api.runs.submit({
        spec: { case: "backtest", value: backtest },
        displayName: name,
        reusePolicy: ReusePolicy.REUSE_COMPLETED,
      }),
    onSuccess: ({ runId }) => onStarted(runId),
    onError: (error) => showNotice("bad", `Could not run it: ${failureOf(error).message}`),
  });
}

export function useDeleteRun() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (runId: string) => api.runs.deleteRun({ runId }),
    onSuccess: async (_, runId) => {
      runsStore.forget(runId);
      queries.removeQueries({ queryKey: ["run", runId] });
      await queries.invalidateQueries({ queryKey: ["runs"] });
    },
    onError: (error) => showNotice("bad", `Could not delete the run: ${failureOf(error).message}`),
  });
}

/** Goes on from a search that was stopped: another run, which takes over the trials of this one. */
export function useContinue(onStarted: (runId: string) => void) {
  return useMutation({
    mutationFn: ({ run, retryFailed = false }: { run: Run; retryFailed?: boolean }) =>
      api.runs.submit({
        continueRunId: run.runId,
        retryFailed,
        displayName: run.displayName,
        labels: labelsFor(run),
        notes: run.notes,
      }),
    onSuccess: ({ runId }) => onStarted(runId),
    onError: (error) => showNotice("bad", `Could not go on with it: ${failureOf(error).message}`),
  });
}
