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

interface PanelProps extends Props {
  /** What was paid, by kind. */
  readonly costs?: Readonly<Record<string, number>> | undefined;
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
export function MetricsPanel({ metrics, costs = {} }: PanelProps) {
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
        {Object.keys(costs).length > 0 && <Costs costs={costs} />}
      </div>
    </Panel>
  );
}

/** What was paid, the most first. What was received is below zero. */
function Costs({ costs }: { readonly costs: Readonly<Record<string, number>> }) {
  return (
    <section data-panel="costs">
      <h3>Paid, by kind</h3>
      <dl className={styles.list}>
        {Object.entries(costs)
          .sort(([, one], [, other]) => other - one)
          .map(([kind, paid]) => (
            <div key={kind} data-cost={kind}>
              <dt>{kind.charAt(0).toUpperCase() + kind.slice(1)}</dt>
              <dd>{formatMetric(paid, "money")}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}
