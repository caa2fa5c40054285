// A search judged by days that it had not seen: the sentence first, then the account beside the others,
// then window by window what was chosen and what became of it.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { DASH, formatCount, formatDecimal, formatPercent } from "../format/number";
import { formatBorder } from "../format/time";
import { formatParams } from "../format/value";
import {
  type Run,
  RunState,
  type RunStatus,
  type TimeRange,
  type WalkForwardResult,
  type Window,
} from "../gen/tradeforge/v1/types_pb";
import { results } from "../rpc/results";
import { isFinal } from "../rpc/state";
import { useBacktest } from "../runs/actions";
import { titleOf } from "../runs/describe";
import { Button } from "../ui/Button";
import { FailureMessage } from "../ui/Message";
import { Panel } from "../ui/Panel";
import { GrowthPanel } from "./GrowthPanel";
import { LiveProgress } from "./LiveProgress";
import styles from "./MetricsPanel.module.css";
import { Provenance } from "./Provenance";
import { RunErrorPanel } from "./RunErrorPanel";
import table from "./WalkForwardReport.module.css";
import { failuresOf } from "./walkForward";

const LOOK_MS = 2_000;

interface Props {
  readonly run: Run;
  readonly status: RunStatus;
}

export function WalkForwardReport({ run, status }: Props) {
  return (
    <>
      {status.state === RunState.FAILED && status.error && (
        <RunErrorPanel title="The walk-forward failed" error={status.error} />
      )}
      {status.result.case === "walkForward" && (
        <Outcome result={status.result.value} name={titleOf(run)} />
      )}
      <LiveProgress status={status} />
      <Windows runId={run.runId} state={status.state} swept={sweptBy(run)} />
      <Provenance run={run} status={status} />
    </>
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
      <dl className={styles.list} data-panel="walk-forward">
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
  const jump = result.stability.map(
    ({ axis, changedShare }) => `${axis} ${formatPercent(changedShare, 0)}`,
  );
  return [
    ["Return", "Of the account, out of sample", formatPercent(metrics["total_return"])],
    ["Deepest fall", "By its daily returns", formatPercent(metrics["max_drawdown"])],
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
    ["Choice changed", "From window to window, by parameter", jump.join(", ") || DASH],
  ];
}

/** The names of what is searched. */
function sweptBy(run: Run): readonly string[] {
  const axes = run.spec.case === "walkForward" ? run.spec.value.search?.axes : undefined;
  return axes?.map(({ name }) => name) ?? [];
}

interface WindowsProps {
  readonly runId: string;
  readonly state: RunState;
  readonly swept: readonly string[];
}

function Windows({ runId, state, swept }: WindowsProps) {
  const { data, error, refetch } = useQuery({
    queryKey: ["windows", runId, state],
    structuralSharing: false,
    placeholderData: keepPreviousData,
    // Each is there as soon as it is done.
    refetchInterval: isFinal(state) ? false : LOOK_MS,
    queryFn: async ({ signal }) => (await results.listWindows({ runId }, { signal })).windows,
  });
  if (error) {
    return <FailureMessage error={error} what="the windows" onRetry={refetch} />;
  }
  if (!data?.length) {
    return null;
  }
  const failures = failuresOf(data);
  return (
    <>
      <GrowthPanel windows={data} />
      {failures.length > 0 && (
        <Panel title="Trials that failed">
          <ul>
            {failures.map(({ reason, message, count }) => (
              <li key={`${reason} ${message}`}>
                {formatCount(count)} × {reason}: {message}
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <Panel title="Window by window">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
        <section className={table.scroll} tabIndex={0} aria-label="Windows">
          <table className={table.windows}>
            <thead>
              <tr>
                <th>Chosen by</th>
                <th>Judged by</th>
                <th>Chosen</th>
                <th>Objective</th>
                <th>Return</th>
                <th>All trials</th>
                <th>Held</th>
                <th>Rank</th>
                <th>Ranks kept</th>
              </tr>
            </thead>
            <tbody>
              {data.map((window) => (
                <Row key={window.windowIndex} window={window} swept={swept} />
              ))}
            </tbody>
          </table>
        </section>
      </Panel>
    </>
  );
}

function Row({ window, swept }: { readonly window: Window; readonly swept: readonly string[] }) {
  const { outOfSampleMetrics, baselines } = window;
  const chosen = Object.entries(window.params).filter(([name]) => swept.includes(name));
  return (
    <tr data-window={window.windowIndex}>
      <td>{days(window.inSample)}</td>
      <td>{days(window.outOfSample)}</td>
      <td>
        {window.selectedTrial === undefined
          ? "nothing was feasible"
          : formatParams(Object.fromEntries(chosen))}
      </td>
      <td>{formatDecimal(window.inSampleObjective)}</td>
      <td>{formatPercent(outOfSampleMetrics["total_return"])}</td>
      <td>{formatPercent(baselines["all_trials"])}</td>
      <td>{formatPercent(baselines["buy_and_hold"])}</td>
      <td>{formatDecimal(window.outOfSampleRank, 0)}</td>
      <td>{formatDecimal(window.rankCorrelation)}</td>
    </tr>
  );
}

function days(range: TimeRange | undefined): string {
  return `${formatBorder(range?.startTime, "utc")} – ${formatBorder(range?.endTime, "utc")}`;
}
