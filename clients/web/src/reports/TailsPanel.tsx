// Figures of the report beside the metrics: of its days, their tails, its trades, and of holding.

import { formatMetric } from "../format/value";
import { FailureMessage } from "../ui/Message";
import { Panel } from "../ui/Panel";
import styles from "./MetricsPanel.module.css";
import { REPORT_DAYS, type Subject, useReport } from "./queries";

/** The figures in the order in which they are read, with their unit. */
const FIGURES: readonly (readonly [name: string, title: string, unit: string])[] = [
  ["best_day", "Best day", "fraction"],
  ["worst_day", "Worst day", "fraction"],
  ["positive_days", "Days with a gain", "fraction"],
  ["value_at_risk", "Value at risk, 95 %", "fraction"],
  ["conditional_value_at_risk", "Beyond it, on average", "fraction"],
  ["omega", "Omega", "ratio"],
  ["tail_ratio", "Tail ratio", "ratio"],
  ["average_mae", "Average worst of a trade", "money"],
  ["average_mfe", "Average best of a trade", "money"],
  ["funding_paid", "Funding paid", "money"],
  ["dividends_paid", "Dividends paid", "money"],
  ["borrowing_paid", "Borrowing paid", "money"],
  ["interest_paid", "Interest paid", "money"],
];

export default function TailsPanel({ subject }: { readonly subject: Subject }) {
  const { data, error, refetch } = useReport(subject, REPORT_DAYS);
  if (error) {
    return <FailureMessage error={error} what="the figures of its days" onRetry={refetch} />;
  }
  const known = FIGURES.flatMap(([name, title, unit]) => {
    const value = data?.figures[name];
    return value === undefined ? [] : [{ name, title, text: formatMetric(value, unit) }];
  });
  if (known.length === 0) {
    return null;
  }
  return (
    <Panel title="Days and their tails">
      <dl className={`${styles.list} ${styles.columns}`} data-panel="tails">
        {known.map(({ name, title, text }) => (
          <div key={name} data-tail={name}>
            <dt>{title}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
