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
import { compareAddress } from "../runs/compare";
import { baseOf, formatSubscription, strategyOf, subscriptionsOf, titleOf } from "../runs/describe";
import { useRun } from "../runs/queries";
import { accountOfTrial } from "../submit/terms";
import { LinkButton } from "../ui/Button";
import { FailureMessage } from "../ui/Message";
import { Page } from "../ui/Page";
import { promoteAddress, trialAddress } from "./addresses";
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
  const result = run?.status?.result;
  const best = result?.case === "optimization" ? result.value.bestTrial?.trialIndex : undefined;
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
          <>
            {trialIndex > 0n && (
              <LinkButton href={trialAddress(runId, trialIndex - 1n)}>Previous</LinkButton>
            )}
            {trialIndex + 1n < (run?.status?.progress?.total ?? 0n) && (
              <LinkButton href={trialAddress(runId, trialIndex + 1n)}>Next</LinkButton>
            )}
            {best !== undefined && best !== trialIndex && (
              <LinkButton href={compareAddress([runId, `${runId}/${trialIndex}`])}>
                Compare with the best
              </LinkButton>
            )}
            <LinkButton look="primary" href={promoteAddress(runId, trialIndex)}>
              Promote to a backtest
            </LinkButton>
          </>
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
  const range = baseOf(run)?.timeRange;
  const simulation = baseOf(run)?.simulation;
  return (
    <>
      {trial.error && <RunErrorPanel title="The trial failed" error={trial.error} />}
      {trial.state !== TrialState.FAILED && (
        <ReportBody
          subject={subject}
          metrics={trial.metrics}
          subscriptions={seriesOf(run, trial)}
          range={range}
          simulation={simulation && accountOfTrial(simulation, trial.params)}
        />
      )}
      {run.status && <Provenance run={run} status={run.status} />}
    </>
  );
}

/**
 * The trial's series with the hashes of their bars, which the run's spec holds: all of them on one
 * account, or of a sweep that goes over each by itself the one that the trial was on.
 */
function seriesOf(run: Run, { subscription }: TrialSummary): readonly Subscription[] {
  const all = subscriptionsOf(run);
  const isOfEach = run.spec.case === "optimization" && run.spec.value.subscriptionAxis.length > 0;
  if (!isOfEach || !subscription) {
    return all;
  }
  const name = formatSubscription(subscription);
  return [all.find((it) => formatSubscription(it) === name) ?? subscription];
}
