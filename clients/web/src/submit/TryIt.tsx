// One backtest of the text as it stands, told beside it: the page is not left for it.

import { useMutation } from "@tanstack/react-query";
import type { SubmitRequest } from "../gen/tradeforge/v1/run_service_pb";
import { RunState, type RunStatus } from "../gen/tradeforge/v1/types_pb";
import { Headline } from "../reports/MetricsPanel";
import { api } from "../rpc/client";
import { failureOf } from "../rpc/failure";
import { isFinal } from "../rpc/state";
import { Button, LinkButton } from "../ui/Button";
import styles from "./SubmitPage.module.css";

const WAIT = { seconds: 20n };

/** Runs it and waits for its end. The same text on the same bars is not computed twice. */
export function useTry() {
  return useMutation({
    mutationFn: async (request: SubmitRequest): Promise<RunStatus> => {
      const { runId } = await api.runs.submit(request);
      for (;;) {
        const { status } = await api.runs.getStatus({ runId, wait: WAIT });
        if (status && isFinal(status.state)) {
          return status;
        }
      }
    },
  });
}

interface Props {
  readonly attempt: ReturnType<typeof useTry>;
  readonly isReady: boolean;
  readonly onTry: () => void;
}

export function TryIt({ attempt, isReady, onTry }: Props) {
  const { data, error, isPending } = attempt;
  return (
    <>
      <div className={styles.row}>
        <Button disabled={!isReady || isPending} onClick={onTry}>
          {isPending ? "Trying…" : "Try it"}
        </Button>
        <span className={styles.hint}>
          One backtest with the fixed values, shown here · <kbd>Ctrl</kbd> <kbd>Enter</kbd>
        </span>
      </div>
      {error && (
        <p className={styles.faults} role="alert">
          {[failureOf(error).message, ...failureOf(error).fields.map((it) => it.description)].join(
            ": ",
          )}
        </p>
      )}
      {data && <Outcome status={data} />}
    </>
  );
}

function Outcome({ status }: { readonly status: RunStatus }) {
  const result = status.result.case === "backtest" ? status.result.value : undefined;
  return (
    <div className={styles.tried} data-tried={status.runId} role="status">
      {status.state === RunState.FAILED && (
        <p className={styles.faults}>{status.error?.message ?? "The backtest failed."}</p>
      )}
      {result && <Headline metrics={result.metrics} />}
      <div className={styles.row}>
        <LinkButton href={`/runs/${status.runId}`} small>
          Open the report
        </LinkButton>
      </div>
    </div>
  );
}
