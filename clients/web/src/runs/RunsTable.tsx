// The rows of the list: driven by mouse or keys, selected to be compared.

import { useState } from "react";
import { useLocation } from "wouter";
import { keepHere, keptHere } from "../app/place";
import { useShortcuts } from "../app/shortcuts";
import type { Run } from "../gen/tradeforge/v1/types_pb";
import { useMetrics } from "../strategies/queries";
import { Button } from "../ui/Button";
import { showNotice } from "../ui/notices";
import table from "../ui/table.module.css";
import { compareAddress, RUNS_COMPARED_MAX } from "./compare";
import { RunRow } from "./RunRow";
import styles from "./RunsTable.module.css";

export function RunsTable({ runs }: { readonly runs: readonly Run[] }) {
  const [, navigate] = useLocation();
  const [current, setCurrent] = useState<string>();
  const [selected, setSelected] = useState<ReadonlySet<string>>(
    () => new Set(keptHere("selected") as readonly string[] | undefined),
  );
  const metrics = useMetrics();

  const toggle = (runId: string) => {
    const next = new Set(selected);
    if (!next.delete(runId)) {
      if (next.size === RUNS_COMPARED_MAX) {
        showNotice("bad", `At most ${RUNS_COMPARED_MAX} runs can be compared.`);
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
    if (selected.size > 0) {
      keepHere("selected", [...selected]);
      navigate(compareAddress([...selected]));
    }
  };
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
    Escape: clear,
  });

  return (
    <>
      {selected.size > 0 && (
        <div className={styles.selection} role="status">
          <span>{selected.size} selected</span>
          <Button look="primary" small onClick={compare}>
            Compare
          </Button>
          <Button look="quiet" small onClick={clear}>
            Clear
          </Button>
        </div>
      )}
      <div className={styles.frame}>
        <table className={`${table.table} ${styles.runs}`}>
          <caption className="visually-hidden">Runs</caption>
          <thead>
            <tr>
              <th className={styles.select}>
                <span className="visually-hidden">Selected</span>
              </th>
              <th className={styles.state}>State</th>
              <th>Run</th>
              <th className={styles.progress}>Progress</th>
              <th className={styles.result}>Result</th>
              <th className={styles.time}>Submitted</th>
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
