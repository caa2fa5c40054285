// What an equity curve is compared with: the instrument held, any stored series, or another backtest.

import { useQuery } from "@tanstack/react-query";
import { newestOf, seriesName, useSeries } from "../data/queries";
import type { Subscription } from "../gen/tradeforge/v1/types_pb";
import { api } from "../rpc/client";
import { formatSubscription, titleOf } from "../runs/describe";
import { Select } from "../ui/Select";
import { choiceOfRun, HELD } from "./benchmark";

const RUNS = 20;

interface Props {
  readonly own: Subscription | undefined;
  readonly runId: string;
  readonly choice: string;
  readonly onChoose: (choice: string) => void;
}

export function BenchmarkChoice({ own, runId, choice, onChoose }: Props) {
  const { data: series } = useSeries();
  const { data: runs } = useQuery({
    queryKey: ["benchmarks"],
    queryFn: async ({ signal }) => {
      const filter = "state = COMPLETED AND kind = BACKTEST";
      return (await api.runs.listRuns({ filter, pageSize: RUNS + 1 }, { signal })).runs;
    },
  });
  const names = newestOf(series ?? []).map(seriesName);
  const others = runs?.filter((run) => run.runId !== runId).slice(0, RUNS) ?? [];
  return (
    <Select label="Beside it" value={choice} onChange={onChoose}>
      <option value={HELD}>{own ? `${formatSubscription(own)} held` : "Buy and hold"}</option>
      <optgroup label="Another series, held">
        {names
          .filter((name) => !own || name !== formatSubscription(own))
          .map((name) => (
            <option key={name}>{name}</option>
          ))}
      </optgroup>
      <optgroup label="Another backtest">
        {others.map((run) => (
          <option key={run.runId} value={choiceOfRun(run.runId, titleOf(run))}>
            {titleOf(run)}
          </option>
        ))}
      </optgroup>
    </Select>
  );
}
