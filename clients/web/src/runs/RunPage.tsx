// One run: what it is, what can be done to it, and the report of its kind with the newest status.
// The report of a backtest comes with it; who looks at one needs no maps and no windows.

import { useHistoryState } from "wouter/use-browser-location";
import { loadedLater } from "../app/loadedLater";
import { type Run, RunKind, type RunStatus } from "../gen/tradeforge/v1/types_pb";
import { BacktestReport } from "../reports/BacktestReport";
import { failureOf } from "../rpc/failure";
import { useRunStatus } from "../rpc/runsStore";
import { LinkButton } from "../ui/Button";
import { FailureMessage, Message } from "../ui/Message";
import { Page } from "../ui/Page";
import { StateBadge } from "../ui/StateBadge";
import { titleOf } from "./describe";
import { useRun } from "./queries";
import { RunActions } from "./RunActions";
import { RunFacts } from "./RunFacts";
import styles from "./RunPage.module.css";
import { newsOf } from "./tellEnd";

const SweepReport = loadedLater(() => import("../reports/SweepReport"));
const ValidationReport = loadedLater(() => import("../reports/ValidationReport"));
const WalkForwardReport = loadedLater(() => import("../reports/WalkForwardReport"));
const RobustnessReport = loadedLater(() => import("../reports/RobustnessReport"));

interface Props {
  readonly runId: string;
}

export default function RunPage({ runId }: Props) {
  const { data: run, error, refetch } = useRun(runId);
  const status = useRunStatus(runId, run?.status);
  if (run && status) {
    return <KnownRun run={run} status={status} />;
  }
  if (!error) {
    return <Page title="Run" />;
  }
  const { kind, message } = failureOf(error);
  return (
    <Page title="Run">
      {kind === "not-found" || kind === "invalid" ? (
        <Message
          name="no-such-run"
          title="There is no such run"
          actions={<LinkButton href="/">All runs</LinkButton>}
        >
          <p>
            It may have been deleted, or the address is not complete. The server says: {message}
          </p>
        </Message>
      ) : (
        <FailureMessage error={error} what="the run" onRetry={refetch} />
      )}
    </Page>
  );
}

function reportOf(kind: RunKind) {
  switch (kind) {
    case RunKind.OPTIMIZATION:
      return SweepReport;
    case RunKind.VALIDATION:
      return ValidationReport;
    case RunKind.WALK_FORWARD:
      return WalkForwardReport;
    case RunKind.ROBUSTNESS:
      return RobustnessReport;
    default:
      return BacktestReport;
  }
}

function KnownRun({ run, status }: { readonly run: Run; readonly status: RunStatus }) {
  const Report = reportOf(run.kind);
  return (
    <Page
      title={titleOf(run)}
      news={newsOf(status)}
      badge={<StateBadge status={status} />}
      subtitle={<RunFacts run={run} status={status} />}
      actions={<RunActions run={run} status={status} />}
    >
      <Disposition />
      {run.notes !== "" && (
        <p className={styles.notes} data-notes>
          {run.notes}
        </p>
      )}
      <Report run={run} status={status} />
    </Page>
  );
}

/** Why a submission led here, if it started no run of its own: told by the form, kept by reloads. */
function Disposition() {
  const state: { disposition?: "joined" | "reused" | "known" } | null = useHistoryState();
  if (state?.disposition === "known") {
    return (
      <p className={styles.notice} role="status">
        <strong>Known already.</strong> The bundle is of this run, so nothing was imported.
      </p>
    );
  }
  if (state?.disposition === "joined") {
    return (
      <p className={styles.notice} role="status">
        <strong>Joined a running run.</strong> The same work was already under way, so nothing was
        started twice. Cancelling stops it for everyone who waits for it.
      </p>
    );
  }
  if (state?.disposition === "reused") {
    return (
      <p className={styles.notice} role="status">
        <strong>Reused a result.</strong> The same work had been done before, on the same bars, so
        this is what came out then. To compute it again, choose “Compute it afresh” in the form, or
        “Run again” here.
      </p>
    );
  }
  return null;
}
