import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { rawResults } from "../rpc/rawResults";
import { TrialPoints } from "./trialPoints";

/** A live search is asked for again so often; a large one only when it has ended. */
const LIVE_EVERY_MS = 5_000;
const LIVE_TRIALS_MAX = 20_000;

/** All trials so far with these columns. */
export function useTrialPoints(
  runId: string,
  columns: readonly string[],
  isLive: boolean,
  total: number,
) {
  return useQuery({
    queryKey: ["trial-points", runId, isLive, ...columns],
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: isLive && total <= LIVE_TRIALS_MAX ? LIVE_EVERY_MS : false,
    structuralSharing: false,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const points = new TrialPoints();
      const request = { runId, columns: [...columns] };
      for await (const message of rawResults.exportTrials(request, { signal })) {
        points.push(message);
      }
      return points;
    },
  });
}
