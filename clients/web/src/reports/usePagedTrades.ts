// Trades page by page, for results that have too many to be held at once.

import { useMemo } from "react";
import { millisOf } from "../format/time";
import { type Trade, TradeSide } from "../gen/tradeforge/v1/result_service_pb";
import { type Subject, useTrades } from "./queries";
import type { TradeRow } from "./trades";

export function usePagedTrades(subject: Subject, isWanted: boolean) {
  const query = useTrades(subject, isWanted);
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const trades = useMemo(() => data?.pages.flatMap((page) => page.trades.map(rowOf)) ?? [], [data]);
  return {
    trades,
    /** Undefined until it is known. */
    total: data ? Number(data.pages[0]?.totalSize ?? 0n) : undefined,
    error,
    refetch,
    more: () => {
      if (isWanted && hasNextPage && !isFetchingNextPage) {
        void fetchNextPage();
      }
    },
  };
}

function rowOf(trade: Trade): TradeRow {
  const { entryPrice, exitPrice, quantity, profit, fees, symbol, entryValue } = trade;
  return {
    index: Number(trade.tradeIndex),
    symbol,
    isLong: trade.side !== TradeSide.SHORT,
    entryMs: trade.entryTime ? millisOf(trade.entryTime) : Number.NaN,
    exitMs: trade.exitTime && millisOf(trade.exitTime),
    entryPrice,
    exitPrice,
    quantity,
    profit,
    fees,
    reason: trade.exitReason,
    isAmbiguous: trade.ambiguous,
    entries: trade.entryCount,
    worst: trade.maxAdverseExcursion,
    best: trade.maxFavorableExcursion,
    entryValue,
    gain: profit / entryValue,
    cumulative: Number.NaN,
  };
}
