// The catalog of strategies: it does not change while the server runs.

import { useQuery } from "@tanstack/react-query";
import type { MetricSpec } from "../gen/tradeforge/v1/types_pb";
import { api } from "../rpc/client";

export function useStrategies() {
  return useQuery({
    queryKey: ["strategies"],
    queryFn: async ({ signal }) => (await api.strategies.listStrategies({}, { signal })).strategies,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Every metric by name; all strategies have the same. */
export function useMetrics(): ReadonlyMap<string, MetricSpec> {
  const { data } = useStrategies();
  return new Map(data?.flatMap((strategy) => strategy.metrics.map((spec) => [spec.name, spec])));
}
