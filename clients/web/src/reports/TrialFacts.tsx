// What is known of one trial, short enough to stand beside a map.

import { Link } from "wouter";
import { formatMetric, formatParam } from "../format/value";
import { TrialState } from "../gen/tradeforge/v1/types_pb";
import { useMetrics } from "../strategies/queries";
import { trialAddress } from "./addresses";
import { fewTrades, newsOf } from "./metricGroups";
import { useTrial } from "./queries";
import styles from "./TrialFacts.module.css";
import { useRest } from "./useRest";

interface Props {
  readonly runId: string;
  readonly trialIndex: number;
}

const METRICS = [
  "total_return",
  "sharpe",
  "max_drawdown",
  "profit_factor",
  "win_rate",
  "trade_count",
];
/** A cursor that only passes asks for nothing. */
const RESTS_AFTER_MS = 120;

export function TrialFacts({ runId, trialIndex }: Props) {
  const rested = useRest(trialIndex, RESTS_AFTER_MS);
  const { data: trial } = useTrial(runId, rested === undefined ? undefined : BigInt(rested));
  const catalog = useMetrics();
  if (!trial || trial.trialIndex !== BigInt(trialIndex)) {
    return <p className={styles.waiting}>Trial {trialIndex}</p>;
  }
  const few = fewTrades(trial.metrics);
  return (
    <>
      <dl className={styles.facts}>
        {Object.keys(trial.params)
          .sort()
          .map((name) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{formatParam(trial.params[name])}</dd>
            </div>
          ))}
      </dl>
      {trial.state === TrialState.FAILED ? (
        <p className={styles.failed}>{trial.error?.message}</p>
      ) : (
        <dl className={styles.facts}>
          {METRICS.flatMap((name) => catalog.get(name) ?? []).map(({ name, displayName, unit }) => (
            <div key={name}>
              <dt>{displayName}</dt>
              <dd data-news={newsOf(name, trial.metrics[name])}>
                {formatMetric(trial.metrics[name], unit)}
              </dd>
            </div>
          ))}
        </dl>
      )}
      {few && (
        <p className={styles.waiting} data-few="">
          {few}
        </p>
      )}
      <Link href={trialAddress(runId, trialIndex)}>Open trial {trialIndex} →</Link>
    </>
  );
}
