// Up to eight runs side by side: what differs, their metrics, their equity from one start.

import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link, useSearchParams } from "wouter";
import { normalized, valueAt } from "../charts/equityData";
import { type Line, LineChart, type Pane } from "../charts/LineChart";
import { formatPercent } from "../format/number";
import { formatMetric } from "../format/value";
import { Goal, type MetricSpec, type Run } from "../gen/tradeforge/v1/types_pb";
import { api } from "../rpc/client";
import { comparedIds, RUNS_COMPARED_MAX } from "../runs/compare";
import {
  formatSubscription,
  settingsOf,
  strategyOf,
  subscriptionsOf,
  titleOf,
} from "../runs/describe";
import { useMetrics } from "../strategies/queries";
import { LinkButton } from "../ui/Button";
import { FailureMessage, Message } from "../ui/Message";
import { Page } from "../ui/Page";
import { Panel } from "../ui/Panel";
import table from "../ui/table.module.css";
import styles from "./Compare.module.css";
import { isJudged, metricGroups } from "./metricGroups";
import { Skeleton } from "./Skeleton";

const POINTS = 1_000;
const COLORS = [
  "--viridis-3",
  "--viridis-1",
  "--viridis-5",
  "--viridis-2",
  "--color-drawdown",
  "--viridis-4",
  "--color-benchmark",
  "--color-text",
] as const satisfies readonly Line["color"][];

export default function Compare() {
  const [search] = useSearchParams();
  const ids = comparedIds(search);
  if (ids.length === 0) {
    return (
      <Page title="Compare">
        <Message
          name="nothing-to-compare"
          title="Nothing to compare yet"
          actions={<LinkButton href="/">All runs</LinkButton>}
        >
          <p>
            Select up to {RUNS_COMPARED_MAX} runs in the list with <kbd>x</kbd>, then press{" "}
            <kbd>c</kbd>.
          </p>
        </Message>
      </Page>
    );
  }
  return <Compared ids={ids} />;
}

/** A run with its figures: of a search, those of its best trial. */
interface Entry {
  readonly run: Run;
  readonly metrics: Readonly<Record<string, number>>;
  readonly trialIndex: bigint | undefined;
}

function Compared({ ids }: { readonly ids: readonly string[] }) {
  const answers = useQueries({
    queries: ids.map((runId) => ({
      queryKey: ["compared", runId],
      queryFn: ({ signal }: { signal: AbortSignal }) => entryOf(runId, signal),
    })),
  });
  const error = answers.find((answer) => answer.error)?.error;
  const entries = answers.flatMap(({ data }) => data ?? []);
  return (
    <Page title={`Compare ${ids.length} runs`}>
      {error ? (
        <FailureMessage error={error} what="one of the runs" />
      ) : entries.length < ids.length ? (
        <Skeleton height={420} label="The runs are on their way" />
      ) : (
        <>
          <Curves entries={entries} />
          <Figures entries={entries} />
        </>
      )}
    </Page>
  );
}

async function entryOf(runId: string, signal: AbortSignal): Promise<Entry | undefined> {
  const { run } = await api.runs.getRun({ runId }, { signal });
  const result = run?.status?.result;
  if (!run) {
    return undefined;
  }
  if (result?.case === "backtest") {
    return { run, metrics: result.value.metrics, trialIndex: undefined };
  }
  const trialIndex =
    result?.case === "optimization" ? result.value.bestTrial?.trialIndex : undefined;
  if (trialIndex === undefined) {
    return { run, metrics: {}, trialIndex };
  }
  const { trial } = await api.results.getTrial({ runId, trialIndex }, { signal });
  return { run, metrics: trial?.metrics ?? {}, trialIndex };
}

function Curves({ entries }: { readonly entries: readonly Entry[] }) {
  const shown = entries.filter(({ metrics }) => Object.keys(metrics).length > 0);
  const curves = useQueries({
    queries: shown.map(({ run, trialIndex }) => ({
      queryKey: ["equity", run.runId, String(trialIndex), POINTS],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        api.results.getEquityCurve(
          { runId: run.runId, maxPoints: POINTS, ...(trialIndex !== undefined && { trialIndex }) },
          { signal },
        ),
    })),
    combine: (answers) => ({
      error: answers.find((answer) => answer.error)?.error,
      data: answers.every(({ data }) => data)
        ? answers.flatMap(({ data }) => data ?? [])
        : undefined,
    }),
  });
  const drawn = useMemo(() => {
    if (!curves.data) {
      return undefined;
    }
    const series = curves.data.map((curve) => ({
      times: curve.timeUnixMs.map((millis) => Number(millis) / 1000),
      values: normalized(curve.equity),
    }));
    const times = [...new Set(series.flatMap((it) => it.times))].sort((a, b) => a - b);
    const lines = series.map(
      (it, at): Line => ({
        label: nameOf(shown[at]),
        color: COLORS[at % COLORS.length] ?? "--color-text",
        values: times.map((time) => valueAt(it.times, it.values, time)),
      }),
    );
    const pane: Pane = { height: 320, lines, format: (value) => formatPercent(value, 1) };
    return { times, panes: [pane] };
  }, [curves.data, shown]);
  if (shown.length === 0) {
    return null;
  }
  return (
    <Panel title="Equity from one start" flush>
      {curves.error ? (
        <FailureMessage error={curves.error} what="the equity curves" />
      ) : drawn ? (
        <LineChart label="Gain of each run over time" times={drawn.times} panes={drawn.panes} />
      ) : (
        <Skeleton height={360} label="The equity curves are on their way" />
      )}
    </Panel>
  );
}

function nameOf(entry: Entry | undefined): string {
  if (!entry) {
    return "";
  }
  const { run, trialIndex } = entry;
  const what = run.displayName ? titleOf(run) : `${strategyOf(run)} ${settingsOf(run)}`;
  return trialIndex === undefined ? what : `${what}, trial ${trialIndex}`;
}

function Figures({ entries }: { readonly entries: readonly Entry[] }) {
  const catalog = useMetrics();
  return (
    <Panel title="Metrics" flush>
      <table className={`${table["table"]} ${styles["table"]}`}>
        <thead>
          <tr>
            <th scope="col">Run</th>
            {entries.map((entry, at) => (
              <th key={entry.run.runId} scope="col" className={table["number"]}>
                <i style={{ background: `var(${COLORS[at % COLORS.length]})` }} />
                <Link href={`/runs/${entry.run.runId}`}>{nameOf(entry)}</Link>
                <div>{subscriptionsOf(entry.run).map(formatSubscription).join(", ")}</div>
              </th>
            ))}
          </tr>
        </thead>
        {metricGroups(catalog).map(({ title, metrics }) => (
          <tbody key={title}>
            <tr className={styles["group"]}>
              <th scope="rowgroup" colSpan={entries.length + 1}>
                {title}
              </th>
            </tr>
            {metrics.map((metric) => (
              <FigureRow key={metric.name} metric={metric} entries={entries} />
            ))}
          </tbody>
        ))}
      </table>
    </Panel>
  );
}

interface RowProps {
  readonly metric: MetricSpec;
  readonly entries: readonly Entry[];
}

function FigureRow({ metric, entries }: RowProps) {
  const { name, displayName, unit, description } = metric;
  const best = bestOf(
    metric,
    entries.map(({ metrics }) => metrics[name]),
  );
  return (
    <tr title={description}>
      <th scope="row">{displayName}</th>
      {entries.map(({ run, metrics }) => (
        <td key={run.runId} className={table["number"]} data-best={metrics[name] === best}>
          {formatMetric(metrics[name], unit)}
        </td>
      ))}
    </tr>
  );
}

/** The better end of what the runs have, where they differ; NaN, which none has, if none is. */
function bestOf(metric: MetricSpec, values: readonly (number | undefined)[]): number {
  const known = values.filter((value) => value !== undefined);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  if (!(low < high) || !isJudged(metric)) {
    return Number.NaN;
  }
  return metric.naturalGoal === Goal.MINIMIZE ? low : high;
}
