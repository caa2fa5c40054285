import { useState } from "react";
import { formatMetric } from "../format/value";
import { useMetrics } from "../strategies/queries";
import { Button } from "../ui/Button";
import { Panel } from "../ui/Panel";
import styles from "./MetricsPanel.module.css";
import { metricGroups, newsOf } from "./metricGroups";

interface Props {
  readonly metrics: Readonly<Record<string, number>>;
}

const HEADLINE = [
  "total_return",
  "sharpe",
  "max_drawdown",
  "profit_factor",
  "win_rate",
  "trade_count",
];

/** The six figures that are asked for first. */
export function Headline({ metrics }: Props) {
  const catalog = useMetrics();
  return (
    <dl className={styles.headline} data-panel="headline">
      {HEADLINE.flatMap((name) => catalog.get(name) ?? []).map(
        ({ name, displayName, description, unit }) => (
          <div key={name} title={description} data-metric={name}>
            <dt>{displayName}</dt>
            <dd data-news={newsOf(name, metrics[name])}>{formatMetric(metrics[name], unit)}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

/** All metrics in their groups. An undefined one is a dash. */
export function MetricsPanel({ metrics }: Props) {
  const catalog = useMetrics();
  const [isExplained, setExplained] = useState(false);
  return (
    <Panel
      title="Metrics"
      aside={
        <Button small aria-pressed={isExplained} onClick={() => setExplained(!isExplained)}>
          Definitions
        </Button>
      }
    >
      <div className={styles.groups}>
        {metricGroups(catalog).map(({ title, metrics: specs }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl className={styles.list}>
              {specs.map(({ name, displayName, description, unit }) => (
                <div key={name} title={description} data-metric={name}>
                  <dt>{displayName}</dt>
                  <dd data-news={newsOf(name, metrics[name])}>
                    {formatMetric(metrics[name], unit)}
                  </dd>
                  {isExplained && <dd className={styles.definition}>{description}</dd>}
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Panel>
  );
}
