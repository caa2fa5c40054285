// The rows of the list: driven by mouse or keys, selected to be compared.

import { type CSSProperties, useState } from "react";
import { useLocation } from "wouter";
import { loadedLater } from "../app/loadedLater";
import { keepHere, keptHere } from "../app/place";
import { useShortcuts } from "../app/shortcuts";
import { formatCount } from "../format/number";
import type { Run } from "../gen/tradeforge/v1/types_pb";
import { useMetrics } from "../strategies/queries";
import { showNotice } from "../ui/notices";
import table from "../ui/table.module.css";
import { type Column, columnsOf, shownColumns } from "./columns";
import { compareAddress, RUNS_COMPARED_MAX } from "./compare";
import type { RunFilters } from "./filters";
import { RunRow } from "./RunRow";
import styles from "./RunsTable.module.css";
import { useStar } from "./star";

// What is done to those that are selected.
const RunsSelection = loadedLater(() => import("./RunsSelection"));

/** So many are done something to one after the other; more are found by a filter. */
const SELECTED_MAX = 1_000;

interface Props {
  readonly runs: readonly Run[];
  readonly filters: RunFilters;
  readonly onChange: (filters: RunFilters) => void;
}

export function RunsTable({ runs, filters, onChange }: Props) {
  const [, navigate] = useLocation();
  const [current, setCurrent] = useState<string>();
  const [selected, setSelected] = useState<ReadonlySet<string>>(
    () => new Set(keptHere("selected") as readonly string[] | undefined),
  );
  const metrics = useMetrics();
  const columns = shownColumns(filters.columns, columnsOf(metrics));

  const toggle = (runId: string) => {
    const next = new Set(selected);
    if (!next.delete(runId)) {
      if (next.size === SELECTED_MAX) {
        showNotice("bad", `At most ${formatCount(SELECTED_MAX)} runs can be selected.`);
        return;
      }
      next.add(runId);
    }
    setSelected(next);
  };
  const move = (by: number) => {
    const place = runs.findIndex((run) => run.runId === current);
    const next = Math.min(Math.max(place + by, 0), runs.length - 1);
    setCurrent(runs[next]?.runId);
  };
  const compare = () => {
    if (selected.size > RUNS_COMPARED_MAX) {
      showNotice("bad", `At most ${RUNS_COMPARED_MAX} runs can be compared.`);
    } else if (selected.size > 0) {
      keepHere("selected", [...selected]);
      navigate(compareAddress([...selected]));
    }
  };
  const star = useStar();
  const open = () => current && navigate(`/runs/${current}`);
  const clear = () => {
    setSelected(new Set());
    setCurrent(undefined);
  };
  useShortcuts({
    j: () => move(1),
    k: () => move(-1),
    Enter: open,
    x: () => current && toggle(current),
    c: compare,
    s: () => {
      const run = runs.find(({ runId }) => runId === current);
      if (run && !star.isPending) {
        star.mutate(run);
      }
    },
    Escape: clear,
  });

  return (
    <>
      {selected.size > 0 && (
        <RunsSelection
          runs={runs}
          selected={selected}
          onCompare={compare}
          onSelect={setSelected}
          onClear={clear}
        />
      )}
      <div className={styles.frame}>
        <table
          className={`${table.table} ${styles.runs}`}
          style={{ "--columns": columns.length } as CSSProperties}
        >
          <caption className="visually-hidden">Runs</caption>
          <thead>
            <tr>
              <th className={styles.select}>
                <input
                  type="checkbox"
                  aria-label="Select all that are shown"
                  checked={runs.every(({ runId }) => selected.has(runId))}
                  onChange={({ target }) =>
                    setSelected(
                      new Set(
                        target.checked ? runs.slice(0, SELECTED_MAX).map(({ runId }) => runId) : [],
                      ),
                    )
                  }
                />
              </th>
              <th className={styles.state}>State</th>
              <th>Run</th>
              {columns.map((column) => (
                <Head
                  key={column.name}
                  column={column}
                  order={filters.order}
                  onOrder={(order) => onChange({ ...filters, order })}
                />
              ))}
              <th className={styles.buttons}>
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => (
              <RunRow
                key={run.runId}
                run={run}
                metrics={metrics}
                columns={columns}
                isCurrent={run.runId === current}
                isSelected={selected.has(run.runId)}
                onSelect={() => toggle(run.runId)}
              />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** Of a field that the server orders by, a button: once for its best end first, again for the other. */
function Head(props: {
  readonly column: Column;
  readonly order: string;
  readonly onOrder: (order: string) => void;
}) {
  const { column, order, onOrder } = props;
  const { name, label, isNumber, order: best } = column;
  const looks: Readonly<Record<string, string | undefined>> = styles;
  const look = isNumber ? table.number : column.text ? styles.more : looks[name];
  if (best === undefined) {
    return <th className={look}>{label}</th>;
  }
  const isBest = order === best || (order === "" && name === "time");
  const other = best.startsWith("-") ? best.slice(1) : `-${best}`;
  const isDown = isBest ? best.startsWith("-") : other.startsWith("-");
  const isOrdered = isBest || order === other;
  return (
    <th
      className={look}
      aria-sort={isOrdered ? (isDown ? "descending" : "ascending") : "none"}
      title={label}
    >
      <button
        type="button"
        className={styles.order}
        onClick={() => onOrder(isBest ? other : name === "time" ? "" : best)}
      >
        {label}
        {isOrdered && (isDown ? " ↓" : " ↑")}
      </button>
    </th>
  );
}
