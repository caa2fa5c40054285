// Every trial of a window: what it came to in the days to choose by, against what became of it after.

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { ScatterPlot } from "../charts/ScatterPlot";
import { formatCount, formatDecimal } from "../format/number";
import { formatMetric } from "../format/value";
import type { Window } from "../gen/tradeforge/v1/types_pb";
import { rawResults } from "../rpc/rawResults";
import { useMetrics } from "../strategies/queries";
import { FailureMessage } from "../ui/Message";
import { Panel } from "../ui/Panel";
import { Skeleton } from "./Skeleton";
import { TrialPoints } from "./trialPoints";

interface Props {
  readonly runId: string;
  readonly window: Window;
  /** The name of the metric that trials are chosen by. */
  readonly objective: string;
  /** What one point is. */
  readonly subject: "Trial" | "Combination";
}

export function WindowScatter({ runId, window, objective, subject }: Props) {
  const { windowIndex, selectedTrial, rankCorrelation } = window;
  const metric = useMetrics().get(objective);
  const { data, error, refetch } = useQuery({
    queryKey: ["window-trials", runId, windowIndex],
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
    queryFn: async ({ signal }) => {
      const points = new TrialPoints();
      const request = { runId, windowIndex, columns: ["in_sample", "out_of_sample"] };
      for await (const message of rawResults.exportWindowTrials(request, { signal })) {
        points.push(message);
      }
      return points;
    },
  });
  const drawn = useMemo(() => data && drawnOf(data), [data]);
  if (error) {
    return <FailureMessage error={error} what="the trials of the window" onRetry={refetch} />;
  }
  if (!data || !drawn) {
    return <Skeleton height={300} label="The trials of the window are on their way" />;
  }
  const chosen = selectedTrial === undefined ? -1 : data.index.indexOf(Number(selectedTrial));
  const name = metric?.displayName ?? objective;
  const format = (value: number) => formatMetric(value, metric?.unit ?? "");
  const kept =
    rankCorrelation === undefined
      ? "too few to compare ranks"
      : `ranks kept ${formatDecimal(rankCorrelation)} (Spearman)`;
  return (
    <Panel
      title="Trials in sample and out of sample"
      picture={`${name} in and out of sample, window ${windowIndex + 1}`}
      aside={
        <span data-kept={rankCorrelation}>
          {formatCount(drawn.compared)} that could be chosen: {kept}
        </span>
      }
    >
      <ScatterPlot
        label={`${name} of every trial, in sample and out of sample`}
        xs={drawn.xs}
        ys={drawn.ys}
        x={{ name: `${name} in sample`, format }}
        y={{ name: "out of sample", format }}
        colorOf={(at) => (data.isFeasible[at] ? "plain" : "bad")}
        front={
          Number.isFinite((drawn.xs[chosen] ?? 0) + (drawn.ys[chosen] ?? Number.NaN))
            ? [chosen]
            : []
        }
        tell={(at) => {
          const what = at === chosen ? ", chosen" : data.isFeasible[at] ? "" : ", not feasible";
          return `${subject} ${formatCount(data.index[at])}${what}`;
        }}
        onChoose={() => {}}
      />
    </Panel>
  );
}

/** Both values of each, and how many trials ranks are compared over. */
function drawnOf(points: TrialPoints) {
  const [xs, ys] = [points.column("in_sample").values, points.column("out_of_sample").values];
  const isCompared = (feasible: boolean, at: number) =>
    feasible && Number.isFinite(xs[at]) && Number.isFinite(ys[at]);
  return { xs, ys, compared: points.isFeasible.filter(isCompared).length };
}
