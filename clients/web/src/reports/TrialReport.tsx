// One trial of a search: what was stored of it, and its equity and trades, which are computed again
// from the bars that the run is pinned to.

import { Link } from "wouter";
import { formatDuration } from "../format/time";
import { formatParams } from "../format/value";
import {
  type Run,
  type Subscription,
  TrialState,
  type TrialSummary,
} from "../gen/tradeforge/v1/types_pb";
import { baseOf, formatSubscription, strategyOf, subscriptionsOf, titleOf } from "../runs/describe";
import { useRun } from "../runs/queries";
import { accountOfTrial } from "../submit/terms";
import { LinkButton } from "../ui/Button";
import { FailureMessage } from "../ui/Message";
import { Page } from "../ui/Page";
import { promoteAddress } from "./addresses";
import { Provenance } from "./Provenance";
import { useTrial } from "./queries";
import { ReportBody } from "./ReportBody";
import { RunErrorPanel } from "./RunErrorPanel";
import { Skeleton } from "./Skeleton";

interface Props {
  readonly runId: string;
  readonly trialIndex: bigint;
}

export default function TrialReport({ runId, trialIndex }: Props) {
  const { data: run, error: runError } = useRun(runId);
  const { data: trial, error, refetch } = useTrial(runId, trialIndex);
  return (
    <Page
      title={`Trial ${trialIndex}`}
      subtitle={
        <>
          of <Link href={`/runs/${runId}`}>{run ? titleOf(run) : "a sweep"}</Link>
          {run && ` · ${strategyOf(run)}`} {trial && formatParams(trial.params)}
          {trial?.computeDuration && ` · computed in ${formatDuration(trial.computeDuration)}`}
        </>
      }
      actions={
        trial && (
          <LinkButton look="primary" href={promoteAddress(runId, trialIndex)}>
            Promote to a backtest
          </LinkButton>
        )
      }
    >
      {error || runError ? (
        <FailureMessage error={error ?? runError} what="the trial" onRetry={refetch} />
      ) : run && trial ? (
        <Known run={run} trial={trial} />
      ) : (
        <Skeleton height={420} label="The trial is on its way" />
      )}
    </Page>
  );
}

function Known({ run, trial }: { readonly run: Run; readonly trial: TrialSummary }) {
  const subject = { runId: run.runId, trialIndex: trial.trialIndex };
  const subscription = pinned(run, trial);
  const range = baseOf(run)?.timeRange;
  const simulation = baseOf(run)?.simulation;
  return (
    <>
      {trial.error && <RunErrorPanel title="The trial failed" error={trial.error} />}
      {trial.state !== TrialState.FAILED && (
        <ReportBody
          subject={subject}
          metrics={trial.metrics}
          subscriptions={subscription ? [subscription] : []}
          range={range}
          simulation={simulation && accountOfTrial(simulation, trial.params)}
        />
      )}
      {run.status && <Provenance run={run} status={run.status} />}
    </>
  );
}

/** The trial's instrument with the hash of its bars, which the run's spec holds. */
function pinned(run: Run, { subscription }: TrialSummary): Subscription | undefined {
  const all = subscriptionsOf(run);
  const name = subscription && formatSubscription(subscription);
  return all.find((it) => formatSubscription(it) === name) ?? subscription ?? all[0];
}
