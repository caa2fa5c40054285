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
  /** In pixels; what is left is shared by those that grow. */
  readonly width: number;
  readonly grows?: boolean;
  readonly isNumber?: boolean;
  /** What it is sorted by. */
  readonly by: (trade: TradeRow) => number | string;
  /** The number as it is written, whose longest one needs its place. */
  readonly text?: (trade: TradeRow, decimals: Decimals) => string;
  /** Of words, how many letters they have. */
  readonly length?: (trade: TradeRow) => number;
}

/** Digits behind the point. */
interface Decimals {
  readonly quantity: number;
  readonly price: number;
}

const OPEN_LAST = Number.POSITIVE_INFINITY;
const UNKNOWN_LAST = Number.POSITIVE_INFINITY;
const optional = (value: number | undefined) => (value === undefined ? DASH : formatSigned(value));
const COLUMNS: readonly Column[] = [
  { key: "number", title: "#", width: 44, isNumber: true, by: ({ index }) => index },
  {
    key: "symbol",
    title: "Symbol",
    width: 54,
    grows: true,
    by: ({ symbol }) => symbol,
    length: ({ symbol }) => symbol.length,
  },
  { key: "side", title: "Side", width: 48, by: ({ isLong }) => (isLong ? 0 : 1) },
  { key: "entry", title: "Entry", width: 126, by: ({ entryMs }) => entryMs },
  { key: "exit", title: "Exit", width: 126, by: ({ exitMs }) => exitMs ?? OPEN_LAST },
  {
    key: "held",
    title: "Held",
    width: 88,
    isNumber: true,
    by: heldMs,
    text: (trade) => (trade.exitMs === undefined ? DASH : formatSeconds(heldMs(trade) / 1000)),
  },
  {
    key: "quantity",
    title: "Quantity",
    width: 66,
    grows: true,
    isNumber: true,
    by: ({ quantity }) => quantity,
    text: ({ quantity }, decimals) => formatDecimal(quantity, decimals.quantity),
  },
  {
    key: "entryPrice",
    title: "Entry price",
    width: 72,
    grows: true,
    isNumber: true,
    by: ({ entryPrice }) => entryPrice,
    text: ({ entryPrice }, decimals) => formatDecimal(entryPrice, decimals.price),
  },
  {
    key: "exitPrice",
    title: "Exit price",
    width: 72,
    grows: true,
    isNumber: true,
    by: ({ exitPrice }) => exitPrice,
    text: ({ exitPrice }, decimals) => formatDecimal(exitPrice, decimals.price),
  },
  {
    key: "profit",
    title: "Profit",
    width: 64,
    grows: true,
    isNumber: true,
    by: ({ profit }) => profit,
    text: ({ profit }) => formatSigned(profit),
  },
  {
    key: "gain",
    title: "Return",
    width: 62,
    isNumber: true,
    by: ({ gain }) => gain,
    text: ({ gain }) => formatPercent(gain, 2),
  },
  {
    key: "cumulative",
    title: "In all",
    width: 64,
    grows: true,
    isNumber: true,
    by: ({ cumulative }) => cumulative,
    text: ({ cumulative }) => formatSigned(cumulative),
  },
  {
    key: "fees",
    title: "Fees",
    width: 54,
    isNumber: true,
    by: ({ fees }) => fees,
    text: ({ fees }) => formatDecimal(fees),
  },
  {
    key: "worst",
    title: "Worst",
    width: 62,
    grows: true,
    isNumber: true,
    by: ({ worst }) => worst ?? UNKNOWN_LAST,
    text: ({ worst }) => optional(worst),
  },
  {
    key: "best",
    title: "Best",
    width: 62,
    grows: true,
    isNumber: true,
    by: ({ best }) => best ?? UNKNOWN_LAST,
    text: ({ best }) => optional(best),
  },
  {
    key: "reason",
    title: "Exit by",
    width: 92,
    grows: true,
    by: exitText,
    length: (trade) => exitText(trade).length,
  },
];

const TEXTS = new Map(COLUMNS.map(({ key, text }) => [key, text]));

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
  const columns = useMemo(() => laidOut(trades, decimals), [trades, decimals]);
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
          columns={all ? sortable(columns, sort, setSort) : columns}
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

/** A letter is at most so wide, in pixels. */
const LETTER = 8.2;

/** Each column as wide as its title, or as the longest of its texts; of numbers that is an end. */
function laidOut(trades: readonly TradeRow[], decimals: Decimals): LaidOut[] {
  return COLUMNS.map((column) => {
    const { key, title, grows = false, isNumber = false } = column;
    const width = Math.max(column.width, Math.ceil(LETTER * longest(trades, column, decimals)));
    return { key, title, isNumber, width: grows ? `minmax(${width}px, 1fr)` : `${width}px` };
  });
}

function longest(
  trades: readonly TradeRow[],
  { by, text, length }: Column,
  decimals: Decimals,
): number {
  if (length) {
    return trades.reduce((most, trade) => Math.max(most, length(trade)), 0);
  }
  if (!text) {
    return 0;
  }
  const known = trades.filter((trade) => Number.isFinite(by(trade)));
  const end = (sign: number) =>
    known.reduce<TradeRow | undefined>(
      (held, trade) => (held && sign * (Number(by(trade)) - Number(by(held))) <= 0 ? held : trade),
      undefined,
    );
  const ends = [end(1), end(-1)].map((trade) => (trade ? text(trade, decimals).length : 0));
  return Math.max(...ends);
}

interface LaidOut extends RowsColumn {
  readonly title: string;
}

function sortable(
  columns: readonly LaidOut[],
  sort: Sort,
  onSort: (sort: Sort) => void,
): RowsColumn[] {
  return columns.map(({ key, title, width, isNumber = false }) => {
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

function cells(
  trade: TradeRow,
  zone: Zone,
  decimals: Decimals,
  onShow: (trade: TradeRow) => void,
  isWhole: boolean,
): RowCell[] {
  const news = trade.profit >= 0 ? "good" : "bad";
  const minute = (ms: number) => formatMillis(ms, zone).slice(0, 16);
  const text = (key: string) => TEXTS.get(key)?.(trade, decimals) ?? DASH;
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
    { content: text("held") },
    { content: text("quantity") },
    { content: text("entryPrice") },
    { content: text("exitPrice") },
    { content: text("profit"), news },
    { content: text("gain"), news },
    // A page knows nothing of those before it.
    { content: isWhole ? text("cumulative") : DASH },
    { content: text("fees") },
    { content: text("worst") },
    { content: text("best") },
    { content: exitText(trade) },
  ];
}

function heldMs({ entryMs, exitMs }: TradeRow): number {
  return exitMs === undefined ? OPEN_LAST : exitMs - entryMs;
}

/** As in `stop loss`. */
function exitText({ reason, isAmbiguous }: TradeRow): string {
  const name = reason === "" ? DASH : reason.toLowerCase().replaceAll("_", " ");
  return isAmbiguous ? `${name} (ambiguous)` : name;
}
