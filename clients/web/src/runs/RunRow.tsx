// One run in the list, with its newest status.

import { type ReactNode, useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { usePreferences } from "../app/preferences";
import { bothZones, formatTime } from "../format/time";
import { formatMetric } from "../format/value";
import { type MetricSpec, type Run, RunKind, type RunStatus } from "../gen/tradeforge/v1/types_pb";
import { useRunStatus } from "../rpc/runsStore";
import { isFinal } from "../rpc/state";
import { Button, LinkButton } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import { Icon } from "../ui/icons";
import { ProgressBar } from "../ui/ProgressBar";
import { StateBadge } from "../ui/StateBadge";
import table from "../ui/table.module.css";
import { useCancelRun, useDeleteRun } from "./actions";
import type { Column } from "./columns";
import { formatSubscription, settingsOf, subscriptionsOf, titleOf } from "./describe";
import { progressText } from "./progressText";
import { useMetricOf } from "./queries";
import { RunResult } from "./RunResult";
import styles from "./RunsTable.module.css";
import { Star } from "./Star";

const KINDS: Readonly<Record<RunKind, string>> = {
  [RunKind.UNSPECIFIED]: "",
  [RunKind.BACKTEST]: "backtest",
  [RunKind.OPTIMIZATION]: "sweep",
  [RunKind.VALIDATION]: "validation",
  [RunKind.WALK_FORWARD]: "walk-forward",
  [RunKind.ROBUSTNESS]: "robustness",
};

interface Props {
  readonly run: Run;
  readonly metrics: ReadonlyMap<string, MetricSpec>;
  readonly columns: readonly Column[];
  readonly isCurrent: boolean;
  readonly isSelected: boolean;
  readonly onSelect: () => void;
}

export function RunRow({ run, metrics, columns, isCurrent, isSelected, onSelect }: Props) {
  const status = useRunStatus(run.runId, run.status);
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (isCurrent) {
      row.current?.scrollIntoView({ block: "nearest" });
    }
  }, [isCurrent]);
  if (!status) {
    return null;
  }
  const title = titleOf(run);
  const markets = subscriptionsOf(run).map(formatSubscription);
  return (
    <tr ref={row} data-run={run.runId} data-current={isCurrent} data-selected={isSelected}>
      <td className={styles.select}>
        <input
          type="checkbox"
          checked={isSelected}
          onChange={onSelect}
          aria-label={`Select ${title}`}
        />
      </td>
      <td>
        <StateBadge status={status} />
      </td>
      <td className={styles.name}>
        <div className={styles.heading}>
          <Link href={`/runs/${run.runId}`} className={styles.title} title={title}>
            {title}
          </Link>
          <Star run={run} />
          <span className={styles.kind}>{KINDS[run.kind]}</span>
        </div>
        <div className={styles.line} title={`${markets.join(" ")} · ${settingsOf(run)}`}>
          <span className={styles.market}>
            {markets[0]}
            {markets.length > 1 && ` and ${markets.length - 1} more`}
          </span>{" "}
          {settingsOf(run)}
        </div>
      </td>
      {columns.map((column) => (
        <Cell key={column.name} column={column} run={run} status={status} metrics={metrics} />
      ))}
      <td className={styles.buttons}>
        <RowActions run={run} isFinal={isFinal(status.state)} isStopping={!!status.cancel} />
      </td>
    </tr>
  );
}

interface CellProps extends Pick<Props, "run" | "metrics"> {
  readonly column: Column;
  readonly status: RunStatus;
}

function Cell({ column, run, status, metrics }: CellProps) {
  const { zone } = usePreferences();
  if (column.metric) {
    return <MetricCell column={column} metric={column.metric} status={status} />;
  }
  if (column.text) {
    return <TextCell column={column} text={column.text(run, status, zone)} />;
  }
  switch (column.name) {
    case "progress":
      return (
        <td className={styles.progress}>
          <ProgressBar
            label={`Progress of ${titleOf(run)}`}
            progress={status.progress}
            isFinal={isFinal(status.state)}
          />
          <div className={styles.line} title={progressText(status)}>
            {progressText(status)}
          </div>
        </td>
      );
    case "result":
      return (
        <td className={styles.result}>
          <RunResult run={run} status={status} metrics={metrics} />
        </td>
      );
    default: {
      const created = formatTime(status.createTime, zone);
      return (
        <td className={styles.time} title={bothZones(status.createTime)}>
          <div>{created.slice(0, 10)}</div>
          <div>{created.slice(11)}</div>
        </td>
      );
    }
  }
}

function MetricCell(props: {
  readonly column: Column;
  readonly metric: MetricSpec;
  readonly status: RunStatus;
}) {
  const { column, metric, status } = props;
  const value = useMetricOf(status, metric.name);
  return <TextCell column={column} text={formatMetric(value, metric.unit)} />;
}

function TextCell({ column, text }: { readonly column: Column; readonly text: string }) {
  return (
    <td
      className={column.isNumber ? `${styles.more} ${table.number}` : styles.more}
      data-column={column.name}
      data-label={column.label}
      title={text}
    >
      {text}
    </td>
  );
}

interface ActionsProps {
  readonly run: Run;
  readonly isFinal: boolean;
  readonly isStopping: boolean;
}

function RowActions({ run, isFinal, isStopping }: ActionsProps): ReactNode {
  const [isAsking, setIsAsking] = useState(false);
  const cancelRun = useCancelRun();
  const deleteRun = useDeleteRun();
  const title = titleOf(run);
  return (
    <div className={styles.actions}>
      {!isFinal && (
        <Button
          look="quiet"
          small
          disabled={cancelRun.isPending || isStopping}
          aria-label={`Cancel ${title}`}
          title="Cancel"
          onClick={() => cancelRun.mutate(run.runId)}
        >
          <Icon name="stop" />
        </Button>
      )}
      <LinkButton
        href={`/new?from=${run.runId}`}
        look="quiet"
        small
        aria-label={`Edit and run ${title}`}
        title="Edit and run"
      >
        <Icon name="again" />
      </LinkButton>
      {isFinal && (
        <Button
          look="quiet"
          small
          aria-label={`Delete ${title}`}
          title="Delete"
          onClick={() => setIsAsking(true)}
        >
          <Icon name="trash" />
        </Button>
      )}
      <Confirm
        title={`Delete ${title}?`}
        verb="Delete"
        isOpen={isAsking}
        isBusy={deleteRun.isPending}
        onClose={() => setIsAsking(false)}
        onConfirm={() => deleteRun.mutate(run.runId, { onSettled: () => setIsAsking(false) })}
      >
        The run goes with all its trials, trades and results. This cannot be undone.
      </Confirm>
    </div>
  );
}
