// The trades of a backtest or a trial: in the order of closing as they come, or, where all of them
// are here, by any column and only those that are asked for. Each leads to itself on the candles.

import { useMemo, useState } from "react";
import type { Zone } from "../app/preferences";
import { usePreferences } from "../app/preferences";
import {
  DASH,
  decimalsOf,
  formatCount,
  formatDecimal,
  formatPercent,
  formatSigned,
} from "../format/number";
import { formatMillis, formatSeconds } from "../format/time";
import { FailureMessage, Message } from "../ui/Message";
import { Panel } from "../ui/Panel";
import { Select } from "../ui/Select";
import type { Subject } from "./queries";
import { type RowCell, type RowsColumn, RowsTable } from "./RowsTable";
import { Skeleton } from "./Skeleton";
import styles from "./TradesTable.module.css";
import type { TradeRow } from "./trades";
import { usePagedTrades } from "./usePagedTrades";

interface Column {
  readonly key: string;
  readonly title: string;
  readonly width: string;
  readonly isNumber?: boolean;
  /** What it is sorted by. */
  readonly by: (trade: TradeRow) => number | string;
}

const OPEN_LAST = Number.POSITIVE_INFINITY;
const UNKNOWN_LAST = Number.POSITIVE_INFINITY;
const COLUMNS: readonly Column[] = [
  { key: "number", title: "#", width: "44px", isNumber: true, by: ({ index }) => index },
  { key: "symbol", title: "Symbol", width: "minmax(54px, 1fr)", by: ({ symbol }) => symbol },
  { key: "side", title: "Side", width: "48px", by: ({ isLong }) => (isLong ? 0 : 1) },
  { key: "entry", title: "Entry", width: "112px", by: ({ entryMs }) => entryMs },
  { key: "exit", title: "Exit", width: "112px", by: ({ exitMs }) => exitMs ?? OPEN_LAST },
  { key: "held", title: "Held", width: "76px", isNumber: true, by: heldMs },
  {
    key: "quantity",
    title: "Quantity",
    width: "minmax(72px, 1fr)",
    isNumber: true,
    by: ({ quantity }) => quantity,
  },
  {
    key: "entryPrice",
    title: "Entry price",
    width: "minmax(72px, 1fr)",
    isNumber: true,
    by: ({ entryPrice }) => entryPrice,
  },
  {
    key: "exitPrice",
    title: "Exit price",
    width: "minmax(72px, 1fr)",
    isNumber: true,
    by: ({ exitPrice }) => exitPrice,
  },
  {
    key: "profit",
    title: "Profit",
    width: "minmax(76px, 1fr)",
    isNumber: true,
    by: ({ profit }) => profit,
  },
  { key: "gain", title: "Return", width: "66px", isNumber: true, by: ({ gain }) => gain },
  {
    key: "cumulative",
    title: "In all",
    width: "minmax(76px, 1fr)",
    isNumber: true,
    by: ({ cumulative }) => cumulative,
  },
  { key: "fees", title: "Fees", width: "54px", isNumber: true, by: ({ fees }) => fees },
  {
    key: "worst",
    title: "Worst",
    width: "minmax(66px, 1fr)",
    isNumber: true,
    by: ({ worst }) => worst ?? UNKNOWN_LAST,
  },
  {
    key: "best",
    title: "Best",
    width: "minmax(66px, 1fr)",
    isNumber: true,
    by: ({ best }) => best ?? UNKNOWN_LAST,
  },
  { key: "reason", title: "Exit by", width: "minmax(84px, 1.2fr)", by: ({ reason }) => reason },
];

interface Props {
  readonly subject: Subject;
  /** All of them, if they are here; else they come page by page. */
  readonly all: readonly TradeRow[] | undefined;
  /** How many of them the metrics count: those that have ended. */
  readonly closed: number | undefined;
  readonly onShow: (trade: TradeRow) => void;
}

export function TradesTable({ subject, all, closed, onShow }: Props) {
  const { zone } = usePreferences();
  const [sort, setSort] = useState({ key: "number", isDescending: false });
  const [which, setWhich] = useState("all");
  const paged = usePagedTrades(subject, all === undefined);
  const trades = all ?? paged.trades;
  const shown = useMemo(
    () => (all ? sorted(all.filter(FILTERS[which] ?? every), sort) : trades),
    [all, trades, which, sort],
  );
  const decimals = useMemo(
    () => ({
      quantity: decimalsOf(trades.map(({ quantity }) => quantity)),
      price: decimalsOf(trades.flatMap(({ entryPrice, exitPrice }) => [entryPrice, exitPrice])),
    }),
    [trades],
  );
  const total = all?.length ?? paged.total;
  if (paged.error) {
    return <FailureMessage error={paged.error} what="the trades" onRetry={paged.refetch} />;
  }
  if (total === 0) {
    return (
      <Message name="no-trades" title="No trades">
        <p>The strategy never entered the market with these parameters on these bars.</p>
      </Message>
    );
  }
  const isAsClosed = sort.key === "number" && !sort.isDescending;
  const told = () => {
    const count = all ? shown.length : (total ?? 0);
    const open = closed !== undefined && closed < (total ?? 0) ? (total ?? 0) - closed : 0;
    const order = isAsClosed ? " in the order of closing" : "";
    const rest = open > 0 && which === "all" ? `, ${formatCount(open)} still open` : "";
    return `${formatCount(count)}${order}${rest}`;
  };
  return (
    <Panel
      title="Trades"
      aside={
        total !== undefined && (
          <>
            <span>{told()}</span>
            {all && (
              <Select label="Show" value={which} onChange={setWhich}>
                {Object.keys(FILTERS).map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </Select>
            )}
          </>
        )
      }
      flush
    >
      {total !== undefined ? (
        <RowsTable
          label="Trades"
          columns={all ? sortable(sort, setSort) : COLUMNS}
          total={all ? shown.length : total}
          cellsAt={(index) => {
            const trade = shown[index];
            return trade && cells(trade, zone, decimals, onShow, all !== undefined);
          }}
          onMissing={paged.more}
        />
      ) : (
        <Skeleton height={240} label="The trades are on their way" />
      )}
    </Panel>
  );
}

const every = () => true;
const FILTERS: Readonly<Record<string, (trade: TradeRow) => boolean>> = {
  all: every,
  winners: ({ profit, exitMs }) => profit > 0 && exitMs !== undefined,
  losers: ({ profit, exitMs }) => profit < 0 && exitMs !== undefined,
  long: ({ isLong }) => isLong,
  short: ({ isLong }) => !isLong,
};

interface Sort {
  readonly key: string;
  readonly isDescending: boolean;
}

function sorted(trades: readonly TradeRow[], { key, isDescending }: Sort): readonly TradeRow[] {
  const by = COLUMNS.find((column) => column.key === key)?.by ?? (({ index }) => index);
  const sign = isDescending ? -1 : 1;
  return trades.toSorted((a, b) => {
    const [one, other] = [by(a), by(b)];
    return one === other ? a.index - b.index : one < other ? -sign : sign;
  });
}

function sortable(sort: Sort, onSort: (sort: Sort) => void): RowsColumn[] {
  return COLUMNS.map(({ key, title, width, isNumber = false }) => {
    const isBy = sort.key === key;
    return {
      key,
      width,
      isNumber,
      sorted: isBy ? (sort.isDescending ? "descending" : "ascending") : "none",
      title: (
        <button
          type="button"
          onClick={() => onSort({ key, isDescending: isBy ? !sort.isDescending : false })}
        >
          {title}
          {isBy && (sort.isDescending ? " ↓" : " ↑")}
        </button>
      ),
    };
  });
}

interface Decimals {
  readonly quantity: number;
  readonly price: number;
}

function cells(
  trade: TradeRow,
  zone: Zone,
  decimals: Decimals,
  onShow: (trade: TradeRow) => void,
  isWhole: boolean,
): RowCell[] {
  const news = trade.profit >= 0 ? "good" : "bad";
  const minute = (ms: number) => formatMillis(ms, zone).slice(0, 16);
  return [
    {
      content: (
        <button
          type="button"
          className={styles.show}
          title="Show it on the candles"
          onClick={() => onShow(trade)}
        >
          {formatCount(trade.index + 1)}
        </button>
      ),
    },
    { content: trade.symbol },
    { content: trade.isLong ? "Long" : "Short" },
    { content: minute(trade.entryMs) },
    { content: trade.exitMs === undefined ? "open" : minute(trade.exitMs) },
    { content: trade.exitMs === undefined ? DASH : formatSeconds(heldMs(trade) / 1000) },
    { content: formatDecimal(trade.quantity, decimals.quantity) },
    { content: formatDecimal(trade.entryPrice, decimals.price) },
    { content: formatDecimal(trade.exitPrice, decimals.price) },
    { content: formatSigned(trade.profit), news },
    { content: formatPercent(trade.gain, 2), news },
    // A page knows nothing of those before it.
    { content: isWhole ? formatSigned(trade.cumulative) : DASH },
    { content: formatDecimal(trade.fees) },
    { content: trade.worst === undefined ? DASH : formatSigned(trade.worst) },
    { content: trade.best === undefined ? DASH : formatSigned(trade.best) },
    { content: `${exitName(trade.reason)}${trade.isAmbiguous ? " (ambiguous)" : ""}` },
  ];
}

function heldMs({ entryMs, exitMs }: TradeRow): number {
  return exitMs === undefined ? OPEN_LAST : exitMs - entryMs;
}

/** As in `stop loss`. */
function exitName(reason: string): string {
  return reason === "" ? DASH : reason.toLowerCase().replaceAll("_", " ");
}
