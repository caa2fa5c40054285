// What can be done to the run that is shown.

import { useState } from "react";
import { useLocation } from "wouter";
import { loadedLater } from "../app/loadedLater";
import { type Run, RunKind, RunState, type RunStatus } from "../gen/tradeforge/v1/types_pb";
import { isFinal } from "../rpc/state";
import { Button, DownloadButton, LinkButton } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import { Icon } from "../ui/icons";
import { saveTearSheet } from "../ui/tearSheet";
import { useCancelRun, useContinue, useDeleteRun, usePauseRun, useRunAgain } from "./actions";
import { CopyAs } from "./CopyAs";
import { titleOf } from "./describe";
import { Star } from "./Star";
import { useTellEnd } from "./tellEnd";

const EditRun = loadedLater(() => import("./EditRun"));

export function RunActions({ run, status }: { readonly run: Run; readonly status: RunStatus }) {
  const cancelRun = useCancelRun();
  const pauseRun = usePauseRun();
  const isPaused = status.state === RunState.PAUSED;
  const [, navigate] = useLocation();
  const runAgain = useRunAgain((runId) => navigate(`/runs/${runId}`));
  const goOn = useContinue((runId) => navigate(`/runs/${runId}`));
  // Undefined until somebody asks for it.
  const [isEditing, setIsEditing] = useState<boolean>();
  const telling = useTellEnd(titleOf(run), status);
  const isStopping = cancelRun.isPending || status.cancel !== undefined;
  return (
    <>
      {!isFinal(status.state) && (
        <Button look="danger" disabled={isStopping} onClick={() => cancelRun.mutate(run.runId)}>
          <Icon name="stop" /> {isStopping ? "Stopping" : "Cancel"}
        </Button>
      )}
      {!isFinal(status.state) && !isStopping && (
        <Button
          disabled={pauseRun.isPending}
          onClick={() => pauseRun.mutate({ runId: run.runId, isPaused })}
        >
          <Icon name={isPaused ? "resume" : "pause"} /> {isPaused ? "Resume" : "Pause"}
        </Button>
      )}
      {!isFinal(status.state) && telling.isPossible && (
        <Button aria-pressed={telling.isWanted} onClick={telling.want}>
          {telling.isWanted ? "You will be told" : "Tell me when it ends"}
        </Button>
      )}
      {isStopped(run, status) && (
        <Button
          disabled={goOn.isPending}
          title="Takes over its trials and computes the others, as a run of its own"
          onClick={() => goOn.mutate({ run })}
        >
          <Icon name="resume" /> Go on
        </Button>
      )}
      <Star run={run} />
      <Button onClick={() => setIsEditing(true)}>Edit</Button>
      {isEditing !== undefined && (
        <EditRun run={run} status={status} isOpen={isEditing} onClose={() => setIsEditing(false)} />
      )}
      <CopyAs run={run} />
      {fitsTheForm(run) && <LinkButton href={`/new?from=${run.runId}`}>Edit and run</LinkButton>}
      {isFinal(status.state) && (
        <Button disabled={runAgain.isPending} onClick={() => runAgain.mutate(run)}>
          <Icon name="again" /> Run again
        </Button>
      )}
      {status.result.case !== undefined && (
        <Button
          title="This report as one file that needs nothing else"
          onClick={() => {
            const main = document.getElementById("main");
            if (main) {
              void saveTearSheet(main, titleOf(run));
            }
          }}
        >
          Tear sheet
        </Button>
      )}
      {isFinal(status.state) && (
        <DownloadButton
          href={`/export/runs/${run.runId}/run.tfrun`}
          title="All of it as one file that proves itself: tradeforge verify FILE"
        >
          Bundle
        </DownloadButton>
      )}
      {isFinal(status.state) && <DeleteRun run={run} />}
    </>
  );
}

/** Whether the form has a field for all that the run says. */
function fitsTheForm({ spec }: Run): boolean {
  const isOther = spec.case === "walkForward" || spec.case === "robustness";
  return !isOther && !(spec.case === "backtest" && spec.value.schedule.length > 0);
}

/** A search that ended before its end has trials to go on from. */
function isStopped({ kind }: Run, { state }: RunStatus): boolean {
  const hasEnded = state === RunState.CANCELLED || state === RunState.FAILED;
  return kind === RunKind.OPTIMIZATION && hasEnded;
}

function DeleteRun({ run }: { readonly run: Run }) {
  const [, navigate] = useLocation();
  const [isAsking, setIsAsking] = useState(false);
  const deleteRun = useDeleteRun();
  return (
    <>
      <Button look="quiet" aria-label="Delete this run" onClick={() => setIsAsking(true)}>
        <Icon name="trash" />
      </Button>
      <Confirm
        title={`Delete ${titleOf(run)}?`}
        verb="Delete"
        isOpen={isAsking}
        isBusy={deleteRun.isPending}
        onClose={() => setIsAsking(false)}
        onConfirm={() => deleteRun.mutate(run.runId, { onSuccess: () => navigate("/") })}
      >
        The run goes with all its trials, trades and results. This cannot be undone.
      </Confirm>
    </>
  );
}
