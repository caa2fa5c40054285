// The run computed anew, to see whether the same comes out: to the bit, or not at all.

import { useMutation } from "@tanstack/react-query";
import { Link } from "wouter";
import { ReusePolicy } from "../gen/tradeforge/v1/run_service_pb";
import { type Run, RunState } from "../gen/tradeforge/v1/types_pb";
import { api } from "../rpc/client";
import { failureOf } from "../rpc/failure";
import { isFinal } from "../rpc/state";
import { submittable, titleOf } from "../runs/describe";
import { Button } from "../ui/Button";
import styles from "./Provenance.module.css";

const WAIT = { seconds: 20n };

interface Outcome {
  readonly isSame: boolean;
  /** What was computed for it; gone if it is the same. */
  readonly runId: string;
  readonly said: string;
}

/** The copy that was computed is kept only if it tells something else. */
async function computeAgain(run: Run, result: string): Promise<Outcome> {
  const spec = submittable(run);
  const { runId } = await api.runs.submit({
    spec: spec as Extract<typeof spec, { value: unknown }>,
    displayName: `Verification of ${titleOf(run)}`.slice(0, 100),
    reusePolicy: ReusePolicy.ALWAYS_NEW,
  });
  for (;;) {
    const { status } = await api.runs.getStatus({ runId, wait: WAIT });
    if (status && isFinal(status.state)) {
      const again = status.result.value?.resultSha256;
      const isSame = status.state === RunState.COMPLETED && again === result;
      if (isSame) {
        await api.runs.deleteRun({ runId });
      }
      const said = status.error?.message ?? again?.slice(0, 12) ?? "nothing";
      return { isSame, runId, said };
    }
  }
}

export function Verify({ run, result }: { readonly run: Run; readonly result: string }) {
  const { data, error, isPending, mutate } = useMutation({
    mutationFn: () => computeAgain(run, result),
  });
  return (
    <span className={styles.verify} role="status" data-verified={data?.isSame}>
      {data?.isSame && "Computed again: the same result, to the bit"}
      {data && !data.isSame && (
        <>
          Computed again, and it is another: <Link href={`/runs/${data.runId}`}>{data.said}</Link>
        </>
      )}
      {error && `Could not be computed again: ${failureOf(error).message}`}
      {!data && (
        <Button small disabled={isPending} onClick={() => mutate()}>
          {isPending ? "Computing again…" : "Verify"}
        </Button>
      )}
    </span>
  );
}
