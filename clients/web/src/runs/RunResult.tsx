// What came out of a run, or the best of it so far, in two lines.

import { formatCount, formatDecimal } from "../format/number";
import { formatMetric, formatParams } from "../format/value";
import type { MetricSpec, Run, RunStatus, TrialSummary } from "../gen/tradeforge/v1/types_pb";
import styles from "./RunsTable.module.css";

interface Props {
  readonly run: Run;
  readonly status: RunStatus;
  readonly metrics: ReadonlyMap<string, MetricSpec>;
}

export function RunResult({ run, status, metrics }: Props) {
  if (status.error) {
    return (
      <div className={styles.error} title={status.error.message}>
        <div className={styles.line} style={{ color: "inherit" }}>
          {status.error.message}
        </div>
        {status.error.reason}
      </div>
    );
  }
  if (status.result.case === "backtest") {
    const { metrics: values, tradeCount } = status.result.value;
    const total = values["total_return"];
    const sign = total === undefined || total === 0 ? "" : total > 0 ? styles.gain : styles.loss;
    return (
      <>
        <div className={`${styles.figure} ${sign}`}>{formatMetric(total, "fraction")}</div>
        <Line
          text={`Sharpe ${formatDecimal(values["sharpe"])} · ${formatCount(tradeCount)} trades`}
        />
      </>
    );
  }
  if (
    status.result.case === "walkForward" ||
    status.result.case === "validation" ||
    status.result.case === "robustness"
  ) {
    const { sentence } = status.result.value;
    return (
      <div className={styles.sentence} title={sentence}>
        {sentence}
      </div>
    );
  }
  const best =
    status.result.case === "optimization"
      ? status.result.value.bestTrial
      : status.progress?.bestTrial;
  return best ? <Best run={run} best={best} metrics={metrics} /> : "–";
}

function Best(props: {
  readonly run: Run;
  readonly best: TrialSummary;
  readonly metrics: ReadonlyMap<string, MetricSpec>;
}) {
  const { run, best, metrics } = props;
  const name = (run.spec.case === "optimization" && run.spec.value.objective?.metric) || "sharpe";
  const metric = metrics.get(name);
  const value = formatMetric(best.acrossValue ?? best.objectiveValue, metric?.unit ?? "");
  const figure = `${metric?.displayName ?? name} ${value}`;
  return (
    <>
      <div className={styles.figure} title={figure}>
        {figure}
      </div>
      <Line text={formatParams(best.params)} />
    </>
  );
}

function Line({ text }: { readonly text: string }) {
  return (
    <div className={styles.line} title={text}>
      {text}
    </div>
  );
}
