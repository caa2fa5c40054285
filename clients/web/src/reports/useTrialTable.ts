// The trials of a search in a table that one stream fills: from the first, and after a loss from
// where it was. Another metric is another table.

import { useEffect, useMemo, useState } from "react";
import { gridAxes } from "../charts/axes";
import { readTrials, trialColumns } from "../charts/readTrials";
import { TrialTable } from "../charts/trialTable";
import type { OptimizationSpec } from "../gen/tradeforge/v1/types_pb";
import { api } from "../rpc/client";
import { inSlot } from "../rpc/slots";
import { keepStream, type StreamPhase } from "../rpc/stream";

/** Slow trials are no loss: this stream has no heartbeat, and the watch over runs has. */
const SILENCE_MS = 10 * 60_000;

export function useTrialTable(runId: string, spec: OptimizationSpec, metric: string) {
  const axes = useMemo(() => gridAxes(spec), [spec]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another run or metric, another table
  const table = useMemo(() => new TrialTable(axes), [axes, runId, metric]);
  const [phase, setPhase] = useState<StreamPhase>({ name: "connecting" });
  useEffect(() => {
    let cursor: bigint | undefined;
    return keepStream({
      ends: true,
      silenceMs: SILENCE_MS,
      open: (signal, onHeader) =>
        inSlot(
          "tradeforge.trials",
          (within) =>
            api.results.watchTrials(
              {
                runId,
                columns: trialColumns(metric, axes),
                ...(cursor !== undefined && { afterCursor: cursor }),
              },
              { signal: within, onHeader },
            ),
          signal,
        ),
      onEvent: (message) => {
        table.accept(readTrials(message, metric, axes));
        cursor = message.cursor;
      },
      onPhase: setPhase,
    });
  }, [runId, metric, axes, table]);
  return { table, phase };
}
