// Runs that somebody marked to come back to: a label like any other, so that it is there in every
// browser, and the command line and Python find it, too.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Run } from "../gen/tradeforge/v1/types_pb";
import { api } from "../rpc/client";
import { failureOf } from "../rpc/failure";
import { showNotice } from "../ui/notices";

const STAR = "star";
const YES = "yes";
export const IS_STARRED = `labels.${STAR} = ${YES}`;

export function isStarred({ labels }: Pick<Run, "labels">): boolean {
  return labels[STAR] === YES;
}

/** The labels of a run for another one: a star is of one alone. */
export function labelsFor({ labels }: Pick<Run, "labels">): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => name !== STAR));
}

/** Sets the star, or takes it away; the other labels stay as whoever changed them. */
export function useStar() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (run: Run) =>
      api.runs.updateRun({
        runId: run.runId,
        labels: isStarred(run) ? {} : { [STAR]: YES },
        updateMask: { paths: [`labels.${STAR}`] },
      }),
    onSuccess: async ({ run }) => {
      if (run) {
        queries.setQueryData(["run", run.runId], run);
      }
      await queries.invalidateQueries({ queryKey: ["runs"] });
    },
    onError: (error) => showNotice("bad", `Could not star the run: ${failureOf(error).message}`),
  });
}
