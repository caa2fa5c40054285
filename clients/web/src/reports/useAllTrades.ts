// Every trade of a result at once, to be sorted, filtered and drawn.

import { useQuery } from "@tanstack/react-query";
import { results } from "../rpc/results";
import type { Subject } from "./queries";
import { readTrades, TRADE_COLUMNS, type TradeRow } from "./trades";

/** More than this, of about 100 bytes each, are fetched only if somebody asks for them. */
export const TRADES_UNASKED = 20_000;

export function useAllTrades({ runId, trialIndex }: Subject, enabled: boolean) {
  return useQuery({
    queryKey: ["all-trades", runId, String(trialIndex)],
    enabled,
    staleTime: "static",
    structuralSharing: false,
    queryFn: async ({ signal }) => {
      const trades: TradeRow[] = [];
      const trial = trialIndex === undefined ? {} : { trialIndex };
      const request = { runId, ...trial, columns: TRADE_COLUMNS };
      for await (const message of results.exportTrades(request, { signal })) {
        for (const trade of readTrades(message, trades.at(-1)?.cumulative ?? 0)) {
          trades.push(trade);
        }
      }
      return trades;
    },
  });
}
