// Up to eight runs side by side: what differs, their metrics, their equity from one start.

import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link, useSearchParams } from "wouter";
import { normalized, valueAt } from "../charts/equityData";
import type { Line, Pane } from "../charts/LineChart";
import { DASH, formatPercent } from "../format/number";
import { formatBorder } from "../format/time";
import { formatMetric, formatParam } from "../format/value";
import { Goal, type MetricSpec, type ParamValue, type Run } from "../gen/tradeforge/v1/types_pb";
import { api } from "../rpc/client";
import { results } from "../rpc/results";
import { comparedIds, RUNS_COMPARED_MAX } from "../runs/compare";
import {
  baseOf,
  formatSubscription,
  settingsOf,
  shortId,
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
import { LinesPanel } from "./LinesPanel";
import { isJudged, metricGroups, newsOf } from "./metricGroups";
import { Skeleton } from "./Skeleton";

const POINTS = 1_000;
/** Far from each other in turn, on light and on dark: not neighbours of one scale. */
const COLORS = [
  "--color-equity",
  "--series-2",
  "--series-3",
  "--series-4",
  "--series-5",
  "--series-6",
  "--series-7",
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
  /** What a trial has beside the run's own. */
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly trialIndex: bigint | undefined;
  /** Its page. */
  readonly href: string;
}

function Compared({ ids }: { readonly ids: readonly string[] }) {
  const answers = useQueries({
    queries: ids.map((id) => ({
      queryKey: ["compared", id],
      queryFn: ({ signal }: { signal: AbortSignal }) => entryOf(id, signal),
    })),
  });
  const failed = answers.flatMap(({ error }, at) => (error ? [{ id: ids[at] ?? "", error }] : []));
  const entries = answers.flatMap(({ data }) => data ?? []);
  const isWaiting = answers.some(({ isPending }) => isPending);
  return (
    <Page title={`Compare ${ids.length} runs`}>
      {/* One that is gone does not keep the others from being compared. */}
      {failed.map(({ id, error }) => (
        <FailureMessage key={id} error={error} what={`the run ${shortId(id)}`} />
      ))}
      {isWaiting ? (
        <Skeleton height={420} label="The runs are on their way" />
      ) : (
        entries.length > 0 && (
          <>
            <Curves entries={entries} />
            <Differences entries={entries} />
            <Figures entries={entries} />
          </>
        )
      )}
    </Page>
  );
}

/** A run, or one of its trials as `RUN/TRIAL`. */
async function entryOf(id: string, signal: AbortSignal): Promise<Entry | undefined> {
  const [runId = "", asked] = id.split("/");
  const { run } = await api.runs.getRun({ runId }, { signal });
  const result = run?.status?.result;
  if (!run) {
    return undefined;
  }
  const href = asked === undefined ? `/runs/${runId}` : `/runs/${runId}/trials/${asked}`;
  if (result?.case === "backtest") {
    return { run, metrics: result.value.metrics, params: {}, trialIndex: undefined, href };
  }
  const best = result?.case === "optimization" ? result.value.bestTrial?.trialIndex : undefined;
  const trialIndex = /^\d{1,18}$/.test(asked ?? "") ? BigInt(asked ?? "") : best;
  if (trialIndex === undefined) {
    return { run, metrics: {}, params: {}, trialIndex, href };
  }
  const { trial } = await results.getTrial({ runId, trialIndex }, { signal });
  return { run, metrics: trial?.metrics ?? {}, params: trial?.params ?? {}, trialIndex, href };
}

function Curves({ entries }: { readonly entries: readonly Entry[] }) {
  const shown = entries.filter(({ metrics }) => Object.keys(metrics).length > 0);
  const curves = useQueries({
    queries: shown.map(({ run, trialIndex }) => ({
      queryKey: ["equity", run.runId, String(trialIndex), POINTS],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        results.getEquityCurve(
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
      held: normalized(curve.benchmark),
      drawdown: curve.drawdown.map((value) => -value),
    }));
    const times = [...new Set(series.flatMap((it) => it.times))].sort((a, b) => a - b);
    const lines = (part: "values" | "drawdown") =>
      series.map(
        (it, at): Line => ({
          label: shortName(shown[at], at),
          color: COLORS[at % COLORS.length] ?? "--color-text",
          values: times.map((time) => valueAt(it.times, it[part], time)),
        }),
      );
    // Of one instrument and span there is one line to hold all against.
    const [first] = series;
    const isOne = new Set(shown.map(benchmarkOf)).size === 1;
    const held: Line[] =
      first && isOne
        ? [
            {
              label: "Buy and hold",
              color: "--color-text-soft",
              values: times.map((time) => valueAt(first.times, first.held, time)),
              isDashed: true,
            },
          ]
        : [];
    const panes: Pane[] = [
      {
        height: 320,
        lines: [...lines("values"), ...held],
        format: (value) => formatPercent(value, 1),
      },
      { height: 140, lines: lines("drawdown"), format: (value) => formatPercent(-value, 1) },
    ];
    return { times, panes };
  }, [curves.data, shown]);
  if (shown.length === 0) {
    return null;
  }
  return (
    <LinesPanel
      title="Equity from one start"
      picture="Runs compared"
      label="Gain and drawdown of each run over time"
      what="the equity curves"
      drawn={drawn}
      error={curves.error}
      height={360}
    />
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

/** What fits below a chart: the name, cut, or its number. */
function shortName(entry: Entry | undefined, at: number): string {
  const name = entry?.run.displayName.trim() ?? "";
  const text = name === "" ? `${entry ? strategyOf(entry.run) : ""} ${at + 1}` : name;
  return text.length > 24 ? `${text.slice(0, 23)}…` : text;
}

/** What holding the instrument is held on: which bars, and which span of them. */
function benchmarkOf({ run }: Entry): string {
  const [first] = subscriptionsOf(run);
  const range = baseOf(run)?.timeRange;
  const span = [range?.startTime, range?.endTime].map((time) => String(time?.seconds));
  return [first && formatSubscription(first), first?.dataSha256, ...span].join(" ");
}

/** What was set differently, and nothing that is the same in all. */
function Differences({ entries }: { readonly entries: readonly Entry[] }) {
  const settings = entries.map(settingsIn);
  const names = [...new Set(settings.flatMap((of) => [...of.keys()]))].filter(
    (name) => new Set(settings.map((of) => of.get(name))).size > 1,
  );
  if (entries.length < 2) {
    return null;
  }
  return (
    <Panel title="What differs" flush>
      <div className={styles["scroller"]}>
        <table className={`${table["table"]} ${styles["table"]}`} data-table="differences">
          <caption className="visually-hidden">What differs between the runs</caption>
          <Heads entries={entries} />
          <tbody>
            {names.length === 0 && (
              <tr>
                <td>Nothing: strategy, parameters, bars and account are the same in all.</td>
              </tr>
            )}
            {names.map((name) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {settings.map((of, at) => (
                  <td key={entries[at]?.href} className={table["number"]}>
                    {of.get(name) ?? DASH}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

/** Everything that was set of a run, of a search that of its best trial. */
function settingsIn({ run, params }: Entry): ReadonlyMap<string, string> {
  const base = baseOf(run);
  const account = base?.simulation;
  const settings = new Map<string, string>([
    ["Strategy", base?.strategy?.name ?? ""],
    ["Bars", subscriptionsOf(run).map(formatSubscription).join(", ")],
    ["From", formatBorder(base?.timeRange?.startTime, "utc")],
    ["To", formatBorder(base?.timeRange?.endTime, "utc")],
    ["Initial cash", account?.initialCash ?? ""],
    ["Commission", account?.commissionRate || "0"],
    ["Slippage", account?.slippageTicks || "0"],
    ["Max leverage", account?.maxLeverage || "1"],
    ["Engine", run.engineVersion],
  ]);
  for (const [name, value] of Object.entries({ ...base?.params, ...params })) {
    settings.set(name, formatParam(value));
  }
  return settings;
}

function Heads({ entries }: { readonly entries: readonly Entry[] }) {
  return (
    <thead>
      <tr>
        <th scope="col">Run</th>
        {entries.map((entry, at) => (
          <th key={entry.href} scope="col" className={table["number"]}>
            <i style={{ background: `var(${COLORS[at % COLORS.length]})` }} />
            <Link href={entry.href}>{nameOf(entry)}</Link>
            <div>{subscriptionsOf(entry.run).map(formatSubscription).join(", ")}</div>
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Figures({ entries }: { readonly entries: readonly Entry[] }) {
  const catalog = useMetrics();
  return (
    <Panel title="Metrics" flush>
      <table className={`${table["table"]} ${styles["table"]}`} data-table="metrics">
        <Heads entries={entries} />
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
    entries.map((entry) => judged(entry, metric)),
  );
  return (
    <tr title={description}>
      <th scope="row">{displayName}</th>
      {entries.map(({ href, metrics }) => (
        <td key={href} className={table["number"]} data-best={judged({ metrics }, metric) === best}>
          {formatMetric(metrics[name], unit)}
        </td>
      ))}
    </tr>
  );
}

/** The value where it is a merit: who traded nothing did not save losses or fees. */
function judged({ metrics }: Pick<Entry, "metrics">, { name, unit }: MetricSpec) {
  const value = metrics[name];
  const traded = (metrics["trade_count"] ?? 0) > 0;
  const isOfTrades = unit === "money" || /^(win_rate|profit_factor|expectancy|sqn)$/.test(name);
  const isEquity = name === "final_equity" || name === "net_profit";
  // A loss is no best, whatever the others lost.
  const isLoss = newsOf(name, value) === "bad";
  return (isOfTrades && !isEquity && !traded) || isLoss ? undefined : value;
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
