// The trials of a search in a table that one stream fills: from the first, and after a loss from
// where it was. Another metric is another table; the last ones are kept, so that to come back to one
// brings only what landed since.

import { useEffect, useMemo, useState } from "react";
import { type GridAxis, gridAxes } from "../charts/axes";
import { readTrials, trialColumns } from "../charts/readTrials";
import { TrialTable } from "../charts/trialTable";
import type { OptimizationSpec } from "../gen/tradeforge/v1/types_pb";
import { type RawMessage, rawResults } from "../rpc/rawResults";
import { inSlot } from "../rpc/slots";
import { keepStream, type StreamPhase } from "../rpc/stream";
import { wireInteger } from "../rpc/wireColumns";

/** Slow trials are no loss: this stream has no heartbeat, and the watch over runs has. */
const SILENCE_MS = 10 * 60_000;
/** Of a search of half a million trials each is some tens of megabytes. */
const TABLES_KEPT = 5;
/** What most look at next: brought while nobody waits, so that it is there when it is chosen. */
const LOOKED_AT_NEXT = ["total_return", "sharpe", "max_drawdown", "trade_count"];
/** A smaller search is here again before one has chosen. */
const LARGE = 20_000;

/** Where a message of `WatchTrials` tells its end. */
const CURSOR = 1;

interface Kept {
  readonly table: TrialTable;
  /** Where its stream was. */
  cursor: bigint | undefined;
}

/** The last used is the last. */
const kept = new Map<string, Kept>();

function keptTable(runId: string, metric: string, axes: readonly GridAxis[]): Kept {
  const key = `${runId} ${metric}`;
  const found = kept.get(key) ?? { table: new TrialTable(axes), cursor: undefined };
  kept.delete(key);
  kept.set(key, found);
  for (const oldest of kept.keys()) {
    if (kept.size <= TABLES_KEPT) {
      break;
    }
    kept.delete(oldest);
  }
  return found;
}

export function useTrialTable(
  runId: string,
  spec: OptimizationSpec,
  metric: string,
  isLive: boolean,
) {
  const axes = useMemo(() => gridAxes(spec), [spec]);
  const held = useMemo(() => keptTable(runId, metric, axes), [axes, runId, metric]);
  held.table.isOver = !isLive;
  const [phase, setPhase] = useState<StreamPhase>({ name: "connecting" });
  useEffect(() => fill(runId, metric, held, setPhase), [runId, metric, held]);
  const isWhole = phase.name === "ended" && held.table.isWhole;
  useEffect(() => {
    if (isWhole && held.table.rows > LARGE) {
      return fillNext(runId, metric, axes);
    }
    return undefined;
  }, [isWhole, held, runId, metric, axes]);
  return { table: held.table, phase };
}

/** Follows the trials from where the table is; gives what ends it. */
function fill(
  runId: string,
  metric: string,
  held: Kept,
  onPhase: (phase: StreamPhase) => void,
): () => void {
  const columns = trialColumns(metric, held.table.axes);
  return keepStream<RawMessage>({
    ends: true,
    silenceMs: SILENCE_MS,
    open: (signal, onHeader) =>
      inSlot(
        "tradeforge.trials",
        (within) => {
          const after = held.cursor === undefined ? {} : { afterCursor: held.cursor };
          const request = { runId, columns, ...after };
          return rawResults.watchTrials(request, { signal: within, onHeader });
        },
        signal,
      ),
    onEvent: (message) => {
      held.table.accept(readTrials(message, metric, held.table.axes));
      held.cursor = wireInteger(message, CURSOR);
    },
    onPhase: (phase) => {
      if (phase.name === "ended") {
        held.table.end();
      }
      onPhase(phase);
    },
  });
}

/** Fills the tables that are likely to be asked for, one after the other; gives what ends it. */
function fillNext(runId: string, shown: string, axes: readonly GridAxis[]): () => void {
  let stop = () => {};
  let isOver = false;
  const next = (metrics: readonly string[]) => {
    const [metric, ...others] = metrics;
    if (metric === undefined || isOver) {
      return;
    }
    const held = keptTable(runId, metric, axes);
    if (held.table.isWhole) {
      next(others);
      return;
    }
    stop = fill(runId, metric, held, ({ name }) => {
      if (name === "ended") {
        next(others);
      }
    });
  };
  next(LOOKED_AT_NEXT.filter((metric) => metric !== shown));
  return () => {
    isOver = true;
    stop();
  };
}
