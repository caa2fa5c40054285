// A backtest: live while it computes, then what came out of it.

import { type Run, RunState, type RunStatus } from "../gen/tradeforge/v1/types_pb";
import { baseOf, subscriptionsOf } from "../runs/describe";
import { Examine } from "./Examine";
import { LiveProgress } from "./LiveProgress";
import { Provenance } from "./Provenance";
import { ReportBody } from "./ReportBody";
import { RunErrorPanel } from "./RunErrorPanel";

interface Props {
  /** The run as it was submitted. */
  readonly run: Run;
  /** How it stands now; new ones come while it lives. */
  readonly status: RunStatus;
}

export function BacktestReport({ run, status }: Props) {
  return (
    <>
      {status.state === RunState.FAILED && status.error && (
        <RunErrorPanel title="The backtest failed" error={status.error} />
      )}
      {status.state !== RunState.COMPLETED && <LiveProgress status={status} />}
      {status.result.case === "backtest" && (
        <ReportBody
          subject={{ runId: run.runId }}
          metrics={status.result.value.metrics}
          costs={status.result.value.costs}
          subscriptions={subscriptionsOf(run)}
          range={baseOf(run)?.timeRange}
          simulation={baseOf(run)?.simulation}
        />
      )}
      {status.state === RunState.COMPLETED && <Examine run={run} />}
      {status.state === RunState.COMPLETED && <LiveProgress status={status} />}
      <Provenance run={run} status={status} />
    </>
  );
}
