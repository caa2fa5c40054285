// A search judged by days that it had not seen: the sentence first, then the account beside the others,
// then window by window what was chosen and what became of it.

import { useLocation } from "wouter";
import { DASH, formatCount, formatDecimal, formatPercent } from "../format/number";
import {
  type Run,
  RunState,
  type RunStatus,
  type WalkForwardResult,
} from "../gen/tradeforge/v1/types_pb";
import { useBacktest } from "../runs/actions";
import { titleOf } from "../runs/describe";
import { Button } from "../ui/Button";
import { Panel } from "../ui/Panel";
import { LiveProgress } from "./LiveProgress";
import styles from "./MetricsPanel.module.css";
import { Provenance } from "./Provenance";
import { RunErrorPanel } from "./RunErrorPanel";
import { SeriesPanel } from "./SeriesPanel";
import { Windows } from "./WindowsPanel";
import { howWalked } from "./walkForward";

interface Props {
  readonly run: Run;
  readonly status: RunStatus;
}

export default function WalkForwardReport({ run, status }: Props) {
  return (
    <>
      {status.state === RunState.FAILED && status.error && (
        <RunErrorPanel title="The walk-forward failed" error={status.error} />
      )}
      {status.result.case === "walkForward" && (
        <>
          <Outcome result={status.result.value} name={titleOf(run)} />
          {status.result.value.series.length > 0 && (
            <SeriesPanel series={status.result.value.series} />
          )}
        </>
      )}
      <LiveProgress status={status} />
      <Windows
        runId={run.runId}
        state={status.state}
        swept={sweptBy(run)}
        objective={objectiveBy(run)}
      />
      <Asked run={run} />
      <Provenance run={run} status={status} />
    </>
  );
}

/** How it walks, as it was asked for. */
function Asked({ run }: { readonly run: Run }) {
  const facts = run.spec.case === "walkForward" ? howWalked(run.spec.value) : [];
  return (
    <Panel title="How it walks">
      <dl className={`${styles.list} ${styles.columns}`} data-panel="walk">
        {facts.map(([name, value]) => (
          <div key={name} data-figure={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

interface OutcomeProps {
  readonly result: WalkForwardResult;
  readonly name: string;
}

function Outcome({ result, name }: OutcomeProps) {
  const [, navigate] = useLocation();
  const open = useBacktest((runId) => navigate(`/runs/${runId}`));
  const backtest = result.carried?.backtest;
  return (
    <Panel
      title={result.sentence}
      aside={
        backtest && (
          <Button
            disabled={open.isPending}
            title="The same choices as one backtest, with its trades and its curve"
            onClick={() => open.mutate({ backtest, name: `${name}, its choices` })}
          >
            Open as one backtest
          </Button>
        )
      }
    >
      {result.carried?.error && <p>As one account it failed: {result.carried.error.message}</p>}
      <dl className={`${styles.list} ${styles.columns}`} data-panel="walk-forward">
        {figuresOf(result).map(([name, description, value]) => (
          <div key={name} title={description} data-figure={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

/** What is told: the name, what it is, the value. */
function figuresOf(result: WalkForwardResult): readonly (readonly [string, string, string])[] {
  const { metrics, baselines } = result;
  const carried = result.carried?.metrics ?? {};
  const changed = result.stability.map(
    ({ axis, changedShare }) => `${axis} ${formatPercent(changedShare, 0)}`,
  );
  const jump = result.stability.flatMap(({ axis, meanJump }) =>
    meanJump === undefined ? [] : [`${axis} ${formatPercent(meanJump, 0)}`],
  );
  return [
    ["Return", "Of the account, out of sample", formatPercent(metrics["total_return"])],
    ["Deepest fall", "By its daily returns", formatPercent(metrics["max_drawdown"])],
    [
      "Sharpe ratio a day",
      "Of the account, out of sample",
      formatDecimal(metrics["sharpe_per_day"], 3),
    ],
    ["Trades", "Out of sample", formatDecimal(metrics["trade_count"], 0)],
    [
      "As one account",
      "Positions are carried over the borders of windows",
      formatPercent(carried["total_return"]),
    ],
    [
      "Its deepest fall",
      "Of the account that carries positions on",
      formatPercent(carried["max_drawdown"]),
    ],
    ["All trials together", "The mean of their returns", formatPercent(baselines["all_trials"])],
    ["Median trial", "Of each window", formatPercent(baselines["median_trial"])],
    ["Market held", "The first instrument", formatPercent(baselines["buy_and_hold"])],
    ["Defaults", "The strategy's own parameters", formatPercent(baselines["defaults"])],
    ["Hindsight", "The best, chosen afterwards", formatPercent(baselines["hindsight"])],
    [
      "Efficiency",
      "Growth a day out of sample over that in sample",
      formatDecimal(result.efficiency),
    ],
    ["Ranks kept", "Spearman's, the mean of windows", formatDecimal(result.rankCorrelation)],
    ["Its t", "How many of its deviations from 0", formatDecimal(result.rankCorrelationT, 1)],
    [
      "Windows with a profit",
      "Of all windows",
      `${formatCount(result.profitableWindowCount)} of ${formatCount(result.windowCount)}`,
    ],
    ["Windows without a choice", "No trial was feasible", formatCount(result.emptyWindowCount)],
    ["Trials that failed", "In and out of sample", formatCount(result.failed)],
    ["Choice changed", "From window to window, by parameter", changed.join(", ") || DASH],
    ["By how much", "Of the whole axis, on average", jump.join(", ") || DASH],
  ];
}

/** The metric that trials are chosen by. */
function objectiveBy(run: Run): string {
  const search = run.spec.case === "walkForward" ? run.spec.value.search : undefined;
  return search?.objective?.metric || "sharpe";
}

/** The names of what is searched. */
function sweptBy(run: Run): readonly string[] {
  const axes = run.spec.case === "walkForward" ? run.spec.value.search?.axes : undefined;
  return axes?.map(({ name }) => name) ?? [];
}
