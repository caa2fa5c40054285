// The trials of a search, sorted and filtered by the server; the address of the page keeps both.

import { type FormEvent, useMemo, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { DASH, formatCount } from "../format/number";
import { formatMetric, formatParam } from "../format/value";
import {
  type MetricSpec,
  type Run,
  TrialState,
  type TrialSummary,
} from "../gen/tradeforge/v1/types_pb";
import { failureOf } from "../rpc/failure";
import { formatSubscription, sweptNames } from "../runs/describe";
import { useMetrics } from "../strategies/queries";
import { Button, LinkButton } from "../ui/Button";
import { FailureMessage, Message } from "../ui/Message";
import { Panel } from "../ui/Panel";
import { promoteAddress, trialAddress } from "./addresses";
import { ExportLinks } from "./ExportLinks";
import { newsOf } from "./metricGroups";
import { objectiveOf, searchOf } from "./objective";
import { TRIALS_SHOWN_MAX, useTrials } from "./queries";
import { type RowCell, type RowsColumn, RowsTable } from "./RowsTable";
import { Skeleton } from "./Skeleton";
import styles from "./TrialsTable.module.css";
import { isScoredOver } from "./walking";

const METRICS = ["total_return", "sharpe", "max_drawdown", "profit_factor", "trade_count"];

interface Props {
  readonly run: Run;
  /** Whether more may land. */
  readonly isLive: boolean;
}

export function TrialsTable({ run, isLive }: Props) {
  const [search, setSearch] = useSearchParams();
  const catalog = useMetrics();
  const aim = objectiveOf(run);
  const filter = search.get("filter") ?? "";
  const isScored = isScoredOver(run);
  // Of a score over several series that is what ranks: one series alone is luck.
  const ranking = isScored ? "across" : `metrics.${aim.metric}`;
  const order = search.get("order") ?? `${ranking} ${aim.isMaximized ? "desc" : "asc"}`;
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useTrials(
    run.runId,
    filter,
    order,
    isLive,
  );
  const trials = useMemo(() => data?.pages.flatMap((page) => page.trials) ?? [], [data]);
  const set = (change: Record<string, string>) =>
    setSearch((before) => {
      const next = new URLSearchParams(before);
      for (const [key, value] of Object.entries({ tab: "trials", filter, order, ...change })) {
        next.set(key, value);
      }
      return next;
    });
  const spec = searchOf(run);
  const params = spec ? sweptNames(spec) : [];
  const metrics = [...new Set([aim.metric, ...METRICS])].flatMap((name) => catalog.get(name) ?? []);
  const isOfEach = (spec?.subscriptionAxis.length ?? 0) > 1;
  const score = isScored ? catalog.get(aim.metric) : undefined;
  const shown = { params, metrics, isOfEach, score };
  const columns = columnsOf(shown, order, (next) => set({ order: next }));
  const total = Number(data?.pages[0]?.totalSize ?? 0n);
  const failure = error ? failureOf(error) : undefined;
  return (
    <Panel
      title="Trials"
      aside={
        <>
          {data && (
            <span>
              {total > TRIALS_SHOWN_MAX && `the first ${formatCount(TRIALS_SHOWN_MAX)} of `}
              {formatCount(total)}
              {total > TRIALS_SHOWN_MAX && ": filter or sort to see others"}
            </span>
          )}
          <ExportLinks runId={run.runId} filter={filter} order={order} />
        </>
      }
      flush
    >
      <Filter
        key={filter}
        filter={filter}
        fault={failure?.kind === "invalid" ? failure.message : undefined}
        onFilter={(next) => set({ filter: next })}
      />
      {error && failure?.kind !== "invalid" ? (
        <FailureMessage error={error} what="the trials" onRetry={refetch} />
      ) : !data ? (
        <Skeleton height={300} label="The trials are on their way" />
      ) : total === 0 ? (
        <Message name="no-trials" title={filter ? "No trial is like that" : "No trials yet"} />
      ) : (
        <RowsTable
          label="Trials"
          columns={columns}
          total={Math.min(total, TRIALS_SHOWN_MAX)}
          cellsAt={(index) => {
            const trial = trials[index];
            return trial && cells(run.runId, trial, shown);
          }}
          onMissing={() => {
            if (hasNextPage && !isFetchingNextPage) {
              void fetchNextPage();
            }
          }}
        />
      )}
    </Panel>
  );
}

interface FilterProps {
  readonly filter: string;
  readonly fault: string | undefined;
  readonly onFilter: (filter: string) => void;
}

function Filter({ filter, fault, onFilter }: FilterProps) {
  const [text, setText] = useState(filter);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onFilter(text.trim());
  };
  return (
    <form className={styles.filter} onSubmit={submit}>
      <input
        data-filter
        aria-label="Filter of trials"
        aria-invalid={fault !== undefined}
        placeholder="metrics.sharpe > 1 AND params.fast < 20"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Button type="submit">Filter</Button>
      {filter !== "" && (
        <Button look="quiet" onClick={() => onFilter("")}>
          Clear
        </Button>
      )}
      {fault && (
        <p className={styles.fault} role="alert">
          {fault}
        </p>
      )}
    </form>
  );
}

/** What is told of each trial. */
interface Shown {
  readonly params: readonly string[];
  readonly metrics: readonly MetricSpec[];
  /** Whether each is on one series of several. */
  readonly isOfEach: boolean;
  /** What the one score over all series is of, if there is one. */
  readonly score: MetricSpec | undefined;
}

function columnsOf(
  { params, metrics, isOfEach, score }: Shown,
  order: string,
  onOrder: (order: string) => void,
): RowsColumn[] {
  const sortable = (field: string, title: string, width: string): RowsColumn => {
    const [by, direction] = order.split(" ");
    const isBy = by === field;
    const isDescending = isBy && direction === "desc";
    return {
      key: field,
      width,
      isNumber: true,
      sorted: isBy ? (isDescending ? "descending" : "ascending") : "none",
      title: (
        <button type="button" onClick={() => onOrder(`${field} ${isDescending ? "asc" : "desc"}`)}>
          {title}
          {isBy && (isDescending ? " ↓" : " ↑")}
        </button>
      ),
    };
  };
  return [
    sortable("trial_index", "Trial", "64px"),
    ...(isOfEach ? [{ key: "series", title: "Series", width: "minmax(130px, 1fr)" }] : []),
    ...(score ? [sortable("across", "Over all series", "minmax(104px, 1fr)")] : []),
    ...params.map((name) => sortable(`params.${name}`, name, "minmax(64px, 0.7fr)")),
    ...metrics.map(({ name, displayName }) =>
      sortable(`metrics.${name}`, displayName, "minmax(94px, 1fr)"),
    ),
    { key: "state", title: "State", width: "92px" },
    { key: "promote", title: <span className="visually-hidden">Actions</span>, width: "86px" },
  ];
}

function cells(
  runId: string,
  trial: TrialSummary,
  { params, metrics, isOfEach, score }: Shown,
): RowCell[] {
  const index = trial.trialIndex;
  return [
    { content: <Link href={trialAddress(runId, index)}>{formatCount(index)}</Link> },
    ...(isOfEach
      ? [{ content: trial.subscription ? formatSubscription(trial.subscription) : DASH }]
      : []),
    ...(score ? [{ content: formatMetric(trial.acrossValue, score.unit) }] : []),
    ...params.map((name) => ({ content: formatParam(trial.params[name]) })),
    ...metrics.map(({ name, unit }) => ({
      content: formatMetric(trial.metrics[name], unit),
      news: newsOf(name, trial.metrics[name]),
    })),
    stateCell(trial),
    {
      content: (
        <LinkButton small look="quiet" href={promoteAddress(runId, index)}>
          Backtest
        </LinkButton>
      ),
    },
  ];
}

/** Of a failed trial, why: the whole message shows when the mouse rests on it. */
function stateCell({ state, error }: TrialSummary): RowCell {
  return error
    ? { content: <span title={error.message}>failed: {error.message}</span>, news: "bad" }
    : { content: TrialState[state]?.toLowerCase() ?? "" };
}
