// What every point of an equity curve comes to, as the server exports it: for all panels that tell of
// it, fetched once.

import { useQuery } from "@tanstack/react-query";
import type { Zone } from "../app/preferences";
import { results } from "../rpc/results";
import { EquityStatistics } from "./equityStatistics";
import { type Subject, useEquity } from "./queries";

/** More points than this, of 16 bytes each, are fetched only if somebody asks for them. */
const POINTS_UNASKED = 250_000;
const POINTS_THINNED = 2_000;

/** Of a long curve only if it is asked for. */
export function useStatistics(subject: Subject, zone: Zone, isAsked: boolean) {
  const { runId, trialIndex } = subject;
  const { data: curve } = useEquity(subject, POINTS_THINNED);
  const total = curve && Number(curve.totalPoints);
  const enabled = total !== undefined && (isAsked || total <= POINTS_UNASKED);
  const query = useQuery({
    queryKey: ["calendar", runId, String(trialIndex), zone],
    enabled,
    staleTime: "static",
    structuralSharing: false,
    queryFn: async ({ signal }) => {
      const statistics = new EquityStatistics(zone);
      const request = {
        runId,
        ...(trialIndex !== undefined && { trialIndex }),
        columns: ["equity"],
      };
      for await (const { rowCount, columns } of results.exportEquity(request, { signal })) {
        const [times, equity] = ["time_unix_ms", "equity"].map(
          (name) => columns.find((column) => column.name === name)?.values.value?.values ?? [],
        );
        for (let row = 0; row < rowCount; row += 1) {
          statistics.push(Number(times?.[row]), Number(equity?.[row]));
        }
      }
      return statistics;
    },
  });
  return { ...query, total, isWanted: enabled };
}
