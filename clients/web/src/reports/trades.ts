// All trades of a result as rows, and what they come to together. Knows no React and no server.

import type { ExportTradesResponse } from "../gen/tradeforge/v1/result_service_pb";
import { columnValues, hasValue } from "../rpc/columns";

export interface TradeRow {
  readonly index: number;
  readonly symbol: string;
  readonly isLong: boolean;
  /** Milliseconds since 1970 UTC; the exit's is undefined while the trade is open. */
  readonly entryMs: number;
  readonly exitMs: number | undefined;
  readonly entryPrice: number;
  readonly exitPrice: number;
  readonly quantity: number;
  readonly profit: number;
  readonly fees: number;
  readonly reason: string;
  readonly isAmbiguous: boolean;
  /** Fills that opened it or added to it; undefined where it was not kept. */
  readonly entries: number | undefined;
  /** The least and the greatest profit while it was held; undefined where it was not kept. */
  readonly worst: number | undefined;
  readonly best: number | undefined;
  /** What the entry was worth, in money. */
  readonly entryValue: number;
  /** The profit over the value at the entry. */
  readonly gain: number;
  /** The profit of this trade and of all that closed before it. */
  readonly cumulative: number;
}

export const TRADE_COLUMNS = [
  "symbol",
  "side",
  "entry_time_unix_ms",
  "exit_time_unix_ms",
  "entry_price",
  "exit_price",
  "quantity",
  "profit",
  "fees",
  "exit_reason",
  "ambiguous",
  "max_adverse_excursion",
  "max_favorable_excursion",
  "entry_count",
  "entry_value",
];

/** The rows of a message, going on from the sum of the profits before. */
export function readTrades(
  { rowCount, columns }: Pick<ExportTradesResponse, "rowCount" | "columns">,
  before: number,
): TradeRow[] {
  const byName = new Map(columns.map((column) => [column.name, column]));
  const of = (name: string) => columnValues(byName.get(name));
  const number = (name: string) => {
    const values = of(name);
    return (row: number) => Number(values[row] ?? Number.NaN);
  };
  const [index, entry, exit] = [
    number("trade_index"),
    number("entry_time_unix_ms"),
    number("exit_time_unix_ms"),
  ];
  const [entryPrice, exitPrice] = [number("entry_price"), number("exit_price")];
  const [quantity, entryValue] = [number("quantity"), number("entry_value")];
  const [profit, fees, ambiguous] = [number("profit"), number("fees"), number("ambiguous")];
  const [symbol, side, reason] = [of("symbol"), of("side"), of("exit_reason")];
  const exits = byName.get("exit_time_unix_ms");
  const optional = (name: string) => {
    const [column, value] = [byName.get(name), number(name)];
    return (row: number) => (column && hasValue(column, row) ? value(row) : undefined);
  };
  const entries = optional("entry_count");
  const [worst, best] = [optional("max_adverse_excursion"), optional("max_favorable_excursion")];
  let sum = before;
  return Array.from({ length: rowCount }, (_, row) => {
    sum += profit(row);
    return {
      index: index(row),
      symbol: String(symbol[row] ?? ""),
      isLong: side[row] !== "SHORT",
      entryMs: entry(row),
      exitMs: exits && hasValue(exits, row) ? exit(row) : undefined,
      entryPrice: entryPrice(row),
      exitPrice: exitPrice(row),
      quantity: quantity(row),
      profit: profit(row),
      fees: fees(row),
      reason: String(reason[row] ?? ""),
      isAmbiguous: ambiguous(row) === 1,
      entries: entries(row),
      worst: worst(row),
      best: best(row),
      entryValue: entryValue(row),
      gain: profit(row) / entryValue(row),
      cumulative: sum,
    };
  });
}

/** How far the trade went against its holder, as a part of the value at the entry. */
export function adverse({ worst, entryValue }: TradeRow): number | undefined {
  return worst === undefined ? undefined : Math.abs(worst) / entryValue;
}

export interface SideSummary {
  readonly count: number;
  readonly wins: number;
  readonly profit: number;
  /** Undefined where there is nothing to divide by. */
  readonly profitFactor: number | undefined;
  readonly averageGain: number | undefined;
  readonly averageHeldMs: number | undefined;
  readonly best: number | undefined;
  readonly worst: number | undefined;
}

/** What closed trades come to; an open one has not won or lost yet. */
export function summaryOf(trades: readonly TradeRow[]): SideSummary {
  const closed = trades.filter(({ exitMs }) => exitMs !== undefined);
  const profits = closed.map(({ profit }) => profit);
  const won = sum(profits.filter((profit) => profit > 0));
  const lost = -sum(profits.filter((profit) => profit < 0));
  const mean = (values: readonly number[]) =>
    values.length > 0 ? sum(values) / values.length : undefined;
  return {
    count: closed.length,
    wins: profits.filter((profit) => profit > 0).length,
    profit: sum(profits),
    profitFactor: lost > 0 ? won / lost : undefined,
    averageGain: mean(closed.map(({ gain }) => gain)),
    averageHeldMs: mean(closed.map(({ entryMs, exitMs }) => (exitMs ?? entryMs) - entryMs)),
    best: largest(profits, 1),
    worst: largest(profits, -1),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function largest(values: readonly number[], sign: 1 | -1): number | undefined {
  return values.length === 0
    ? undefined
    : values.reduce((most, value) => (value * sign > most * sign ? value : most));
}

export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** How many values lie in each part; 0 is a border, so that no part holds gains and losses. */
export function histogramOf(values: readonly number[], parts: number): Bin[] {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) {
    return [];
  }
  const low = finite.reduce((least, value) => Math.min(least, value), 0);
  const high = finite.reduce((most, value) => Math.max(most, value), 0);
  const width = (high - low) / parts || 1;
  const below = Math.ceil(-low / width - 1e-9);
  const above = Math.max(1, Math.ceil(high / width - 1e-9));
  const counts = new Array<number>(below + above).fill(0);
  for (const value of finite) {
    const part = Math.min(counts.length - 1, Math.max(0, Math.floor(value / width) + below));
    counts[part] = (counts[part] ?? 0) + 1;
  }
  return counts.map((count, part) => ({
    from: (part - below) * width,
    to: (part - below + 1) * width,
    count,
  }));
}
