// One backtest under stress: the sentence first, then the figures behind it, what its days could have
// come to, and what became of each backtest that was changed.

import { DASH, formatCount, formatDecimal, formatPercent } from "../format/number";
import {
  type FigureSpread,
  type RobustnessResult,
  type Run,
  RunState,
  type RunStatus,
} from "../gen/tradeforge/v1/types_pb";
import { Panel } from "../ui/Panel";
import { LiveProgress } from "./LiveProgress";
import styles from "./MetricsPanel.module.css";
import { PathCharts } from "./PathCharts";
import { Provenance } from "./Provenance";
import { RunErrorPanel } from "./RunErrorPanel";
import { Variants } from "./Variants";
import table from "./WalkForwardReport.module.css";

interface Props {
  readonly run: Run;
  readonly status: RunStatus;
}

export default function RobustnessReport({ run, status }: Props) {
  const result = status.result.case === "robustness" ? status.result.value : undefined;
  return (
    <>
      {status.state === RunState.FAILED && status.error && (
        <RunErrorPanel title="The robustness run failed" error={status.error} />
      )}
      {result && <Outcome result={result} />}
      {result && <PathCharts runId={run.runId} result={result} />}
      <LiveProgress status={status} />
      <Variants runId={run.runId} state={status.state} />
      <Provenance run={run} status={status} />
    </>
  );
}

function Outcome({ result }: { readonly result: RobustnessResult }) {
  return (
    <Panel title={result.sentence}>
      <dl className={styles.list} data-panel="robustness">
        {figuresOf(result).map(([name, description, value]) => (
          <div key={name} title={description} data-figure={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {result.spreads.length > 0 && <Spreads spreads={result.spreads} />}
    </Panel>
  );
}

/** What is told: the name, what it is, the value. */
function figuresOf(result: RobustnessResult): readonly (readonly [string, string, string])[] {
  const { breakevenCommissionFactor: factor, greatestCommissionFactor: greatest } = result;
  const fees =
    factor === undefined && greatest !== undefined
      ? `above ${formatDecimal(greatest, 1)}`
      : formatDecimal(factor, 2);
  const paths = result.pathCount > 0 ? formatCount(result.pathCount) : DASH;
  return [
    ["Return", "Of the backtest as it is", formatPercent(result.metrics["total_return"])],
    ["Sharpe ratio", "Of the backtest as it is", formatDecimal(result.metrics["sharpe"])],
    ["No profit at fees times", "Between the factors that were tried", fees],
    [
      "No profit at ticks worse",
      "Between the ticks that were tried",
      formatDecimal(result.breakevenSlippageTicks, 1),
    ],
    [
      "Neighbours with half the Sharpe ratio",
      "Parameter sets near its own",
      result.neighboursKeepingHalf === undefined
        ? DASH
        : `${formatCount(result.neighboursKeepingHalf)} of ${formatCount(result.neighbourCount)}`,
    ],
    [
      "Later starts with a profit",
      "One for each day",
      result.startCount > 0
        ? `${formatCount(result.startsWithProfit)} of ${formatCount(result.startCount)}`
        : DASH,
    ],
    [
      "With noise on prices, a profit",
      "As often as noise was drawn",
      result.noiseCount > 0
        ? `${formatCount(result.noiseWithProfit)} of ${formatCount(result.noiseCount)}`
        : DASH,
    ],
    [
      "No profit at bars late",
      "The least delay of those that were tried",
      result.firstDelayWithoutProfit !== undefined
        ? formatCount(result.firstDelayWithoutProfit)
        : result.greatestDelayWithProfit !== undefined
          ? `above ${formatCount(result.greatestDelayWithProfit)}`
          : DASH,
    ],
    [
      "As good at random times",
      "In the market as often and as long",
      result.randomEntriesAsGood === undefined
        ? DASH
        : `${formatCount(result.randomEntriesAsGood)} of ${formatCount(result.randomEntryCount)}`,
    ],
    ["Paths", "Its days drawn in blocks and strung together", paths],
    ["Days of a block", "In the mean", formatDecimal(result.meanBlockDays, 1)],
    ["Paths that lose", "They end below their start", formatPercent(result.probabilityOfLoss, 1)],
    ...result.ruin.map(
      ({ level, probability }) =>
        [
          `Paths that fall below ${formatPercent(level, 0)}`,
          "At any time, of their start",
          formatPercent(probability, 1),
        ] as const,
    ),
  ];
}

const FRACTIONS: ReadonlySet<string> = new Set([
  "total_return",
  "cagr",
  "max_drawdown",
  "shuffle.max_drawdown",
]);

function Spreads({ spreads }: { readonly spreads: readonly FigureSpread[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section className={table.scroll} tabIndex={0} aria-label="Of a hundred paths">
      <table className={table.windows}>
        <thead>
          <tr>
            <th>Of 100 paths</th>
            <th>5 below</th>
            <th>25</th>
            <th>50</th>
            <th>75</th>
            <th>95</th>
            <th>As it came</th>
            <th>Paths with less</th>
          </tr>
        </thead>
        <tbody>
          {spreads.map(({ metric, quantiles, observed, rank }) => {
            const format = (value: number | undefined) =>
              FRACTIONS.has(metric) ? formatPercent(value, 1) : formatDecimal(value, 2);
            return (
              <tr key={metric} data-spread={metric}>
                <td>{metric}</td>
                {[0, 1, 2, 3, 4].map((place) => (
                  <td key={place}>{format(quantiles[place])}</td>
                ))}
                <td>{format(observed)}</td>
                <td>{formatPercent(rank, 0)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
