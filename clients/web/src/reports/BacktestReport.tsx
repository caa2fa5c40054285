// A backtest: live while it computes, then what came out of it.

import { type Run, RunState, type RunStatus } from "../gen/tradeforge/v1/types_pb";
import { baseOf, subscriptionsOf } from "../runs/describe";
import { CalendarPanel } from "./CalendarPanel";
import { CandlesPanel } from "./CandlesPanel";
import { EquityPanel } from "./EquityPanel";
import { LiveProgress } from "./LiveProgress";
import { Headline, MetricsPanel } from "./MetricsPanel";
import { Provenance } from "./Provenance";
import { RunErrorPanel } from "./RunErrorPanel";
import { TradesTable } from "./TradesTable";

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
        <Outcome run={run} metrics={status.result.value.metrics} />
      )}
      {status.state === RunState.COMPLETED && <LiveProgress status={status} />}
      <Provenance run={run} status={status} />
    </>
  );
}

function Outcome({
  run,
  metrics,
}: {
  readonly run: Run;
  readonly metrics: Record<string, number>;
}) {
  const subject = { runId: run.runId };
  const subscriptions = subscriptionsOf(run);
  const range = baseOf(run)?.timeRange;
  return (
    <>
      <Headline metrics={metrics} />
      <EquityPanel subject={subject} />
      {subscriptions.map((subscription) => (
        <CandlesPanel
          key={`${subscription.exchange}:${subscription.symbol}@${subscription.timeframe}`}
          subject={subject}
          subscription={subscription}
          range={range}
        />
      ))}
      <CalendarPanel subject={subject} />
      <MetricsPanel metrics={metrics} />
      <TradesTable subject={subject} />
    </>
  );
}
