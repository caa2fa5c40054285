// All trades of a backtest or a trial, in the order of closing.

import { useMemo } from "react";
import type { Zone } from "../app/preferences";
import { usePreferences } from "../app/preferences";
import { DASH, decimalsOf, formatCount, formatDecimal, formatSigned } from "../format/number";
import { formatMinute } from "../format/time";
import { type Trade, TradeSide } from "../gen/tradeforge/v1/result_service_pb";
import { FailureMessage, Message } from "../ui/Message";
import { Panel } from "../ui/Panel";
import { type Subject, useTrades } from "./queries";
import { type RowCell, type RowsColumn, RowsTable } from "./RowsTable";
import { Skeleton } from "./Skeleton";

const COLUMNS: readonly RowsColumn[] = [
  { key: "number", title: "#", width: "44px", isNumber: true },
  { key: "symbol", title: "Symbol", width: "minmax(60px, 1fr)" },
  { key: "side", title: "Side", width: "48px" },
  { key: "entry", title: "Entry", width: "122px" },
  { key: "exit", title: "Exit", width: "122px" },
  { key: "quantity", title: "Quantity", width: "minmax(84px, 1fr)", isNumber: true },
  { key: "entryPrice", title: "Entry price", width: "minmax(84px, 1fr)", isNumber: true },
  { key: "exitPrice", title: "Exit price", width: "minmax(84px, 1fr)", isNumber: true },
  { key: "profit", title: "Profit", width: "minmax(88px, 1fr)", isNumber: true },
  { key: "fees", title: "Fees", width: "64px", isNumber: true },
  { key: "reason", title: "Exit by", width: "minmax(92px, 1.2fr)" },
];

interface Props {
  readonly subject: Subject;
  /** How many of them the metrics count: those that have ended. */
  readonly closed: number | undefined;
}

export function TradesTable({ subject, closed }: Props) {
  const { zone } = usePreferences();
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } =
    useTrades(subject);
  const trades = useMemo(() => data?.pages.flatMap((page) => page.trades) ?? [], [data]);
  const decimals = useMemo(
    () => ({
      quantity: decimalsOf(trades.map(({ quantity }) => quantity)),
      price: decimalsOf(trades.flatMap(({ entryPrice, exitPrice }) => [entryPrice, exitPrice])),
    }),
    [trades],
  );
  const total = Number(data?.pages[0]?.totalSize ?? 0n);
  if (error) {
    return <FailureMessage error={error} what="the trades" onRetry={refetch} />;
  }
  if (data && total === 0) {
    return (
      <Message name="no-trades" title="No trades">
        <p>The strategy never entered the market with these parameters on these bars.</p>
      </Message>
    );
  }
  return (
    <Panel
      title="Trades"
      aside={
        data && (
          <span>
            {formatCount(total)} in the order of closing
            {closed !== undefined &&
              closed < total &&
              `, ${formatCount(total - closed)} still open`}
          </span>
        )
      }
      flush
    >
      {data ? (
        <RowsTable
          label="Trades"
          columns={COLUMNS}
          total={total}
          cellsAt={(index) => {
            const trade = trades[index];
            return trade && cells(trade, zone, decimals);
          }}
          onMissing={() => {
            if (hasNextPage && !isFetchingNextPage) {
              void fetchNextPage();
            }
          }}
        />
      ) : (
        <Skeleton height={240} label="The trades are on their way" />
      )}
    </Panel>
  );
}

interface Decimals {
  readonly quantity: number;
  readonly price: number;
}

function cells(trade: Trade, zone: Zone, decimals: Decimals): RowCell[] {
  return [
    { content: formatCount(trade.tradeIndex + 1n) },
    { content: trade.symbol },
    { content: trade.side === TradeSide.SHORT ? "Short" : "Long" },
    { content: formatMinute(trade.entryTime, zone) },
    { content: trade.exitTime ? formatMinute(trade.exitTime, zone) : "open" },
    { content: formatDecimal(trade.quantity, decimals.quantity) },
    { content: formatDecimal(trade.entryPrice, decimals.price) },
    { content: formatDecimal(trade.exitPrice, decimals.price) },
    { content: formatSigned(trade.profit), news: trade.profit >= 0 ? "good" : "bad" },
    { content: formatDecimal(trade.fees) },
    { content: `${exitName(trade.exitReason)}${trade.ambiguous ? " (ambiguous)" : ""}` },
  ];
}

/** As in `stop loss`. */
function exitName(reason: string): string {
  return reason === "" ? DASH : reason.toLowerCase().replaceAll("_", " ");
}
