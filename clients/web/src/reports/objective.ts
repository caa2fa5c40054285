// What a search is after.

import {
  Goal,
  type MetricSpec,
  type OptimizationSpec,
  type Run,
} from "../gen/tradeforge/v1/types_pb";

export interface Aim {
  readonly metric: string;
  readonly isMaximized: boolean;
}

export function searchOf(run: Run): OptimizationSpec | undefined {
  return run.spec.case === "optimization" ? run.spec.value : undefined;
}

export function objectiveOf(run: Run): Aim {
  const objective = searchOf(run)?.objective;
  return {
    metric: objective?.metric || "sharpe",
    isMaximized: objective?.goal !== Goal.MINIMIZE,
  };
}

/** Which way a metric is good: as the search has it, or else by its nature. */
export function aimOf(run: Run, metric: MetricSpec): Aim {
  const objective = objectiveOf(run);
  return metric.name === objective.metric
    ? objective
    : { metric: metric.name, isMaximized: metric.naturalGoal !== Goal.MINIMIZE };
}
