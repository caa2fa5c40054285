// One window of a walk-forward: every figure of the days to choose by, of the days to be judged by,
// and of the chosen trial where all days are one simulation; and what others made of the same days.

import { DASH, formatCount, formatDecimal, formatPercent } from "../format/number";
import { formatMetric, formatParams } from "../format/value";
import type { MetricSpec, Window } from "../gen/tradeforge/v1/types_pb";
import { useMetrics } from "../strategies/queries";
import { Panel } from "../ui/Panel";
import figures from "./MetricsPanel.module.css";
import table from "./WalkForwardReport.module.css";
import { daysOf, metricRows } from "./walkForward";

export function WindowPanel({ window }: { readonly window: Window }) {
  const catalog = useMetrics();
  const isCarried = Object.keys(window.carriedMetrics).length > 0;
  return (
    <Panel title={`Window ${formatCount(window.windowIndex + 1)}, all its figures`}>
      <dl className={`${figures.list} ${figures.columns}`} data-panel="window">
        {factsOf(window).map(([name, value]) => (
          <div key={name} data-figure={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <section className={table.scroll} tabIndex={0} aria-label="Figures of the window">
        <table className={table.figures}>
          <caption className="visually-hidden">Figures of the window</caption>
          <thead>
            <tr>
              <th scope="col">Metric</th>
              <th scope="col">In sample</th>
              <th scope="col">Out of sample</th>
              {isCarried && <th scope="col">Carried over the borders</th>}
            </tr>
          </thead>
          <tbody>
            {metricRows(window).map((name) => (
              <tr key={name} data-row={name}>
                <th scope="row">{catalog.get(name)?.displayName ?? name}</th>
                <td>{told(window.inSampleMetrics[name], catalog.get(name))}</td>
                <td>{told(window.outOfSampleMetrics[name], catalog.get(name))}</td>
                {isCarried && <td>{told(window.carriedMetrics[name], catalog.get(name))}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Panel>
  );
}

/** A metric that this server does not know is a number. */
function told(value: number | undefined, spec: MetricSpec | undefined): string {
  return formatMetric(value, spec?.unit ?? "");
}

function factsOf(window: Window): readonly (readonly [string, string])[] {
  const { baselines, failures } = window;
  const failed = failures.reduce((sum, { count }) => sum + count, 0n);
  return [
    ["Days to choose by", daysOf(window.inSample)],
    ["Days to be judged by", daysOf(window.outOfSample)],
    ["Trial chosen", window.selectedTrial === undefined ? DASH : formatCount(window.selectedTrial)],
    ["Its parameters", formatParams(window.params) || DASH],
    ["Cash at the start", formatDecimal(Number(window.initialCash))],
    ["All trials together", formatPercent(baselines["all_trials"])],
    ["Median trial", formatPercent(baselines["median_trial"])],
    ["Market held", formatPercent(baselines["buy_and_hold"])],
    ["Defaults", formatPercent(baselines["defaults"])],
    ["Hindsight", formatPercent(baselines["hindsight"])],
    ["Trials that failed", formatCount(failed)],
    ["Result hash", window.resultSha256.slice(0, 12) || DASH],
  ];
}
