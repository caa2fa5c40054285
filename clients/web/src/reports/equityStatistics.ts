// What a whole equity curve comes to by the calendar, and its deepest drawdowns: taken in point by
// point, so that a curve of a million points is never held. Knows no React and no server.

import type { Zone } from "../app/preferences";

export interface Drawdown {
  /** When the account stood highest, lowest, and as high again; milliseconds since 1970 UTC. */
  readonly peakMs: number;
  readonly troughMs: number;
  /** Undefined while it has not. */
  readonly recoveredMs: number | undefined;
  /** As a fraction of the peak, above 0. */
  readonly depth: number;
}

/** Returns as fractions; undefined where no bar ended. */
export interface CalendarYear {
  readonly year: number;
  readonly months: readonly (number | undefined)[];
  readonly whole: number;
}

export const DRAWDOWNS_TOLD = 10;

export class EquityStatistics {
  readonly #zone: Zone;
  #last: number | undefined;
  /** Growth by month, as `year * 12 + month`, by day of the week from Sunday, and by hour. */
  readonly #months = new Map<number, number>();
  readonly #weekdays = new Array<number | undefined>(7).fill(undefined);
  readonly #hours = new Array<number | undefined>(24).fill(undefined);
  #peak = { ms: 0, equity: Number.NEGATIVE_INFINITY };
  #trough = { ms: 0, equity: Number.POSITIVE_INFINITY };
  #deepest: Drawdown[] = [];

  constructor(zone: Zone) {
    this.#zone = zone;
  }

  /** Points come in the order of time: ends of bars. */
  push(endMs: number, equity: number): void {
    this.#follow(endMs, equity);
    const before = this.#last;
    this.#last = equity;
    if (before === undefined || before <= 0) {
      return;
    }
    // A bar that ends at midnight was all in the day before.
    const date = new Date(endMs - 1);
    const isUtc = this.#zone === "utc";
    const year = isUtc ? date.getUTCFullYear() : date.getFullYear();
    const month = isUtc ? date.getUTCMonth() : date.getMonth();
    const weekday = isUtc ? date.getUTCDay() : date.getDay();
    const hour = isUtc ? date.getUTCHours() : date.getHours();
    const growth = equity / before;
    const key = year * 12 + month;
    this.#months.set(key, (this.#months.get(key) ?? 1) * growth);
    this.#weekdays[weekday] = (this.#weekdays[weekday] ?? 1) * growth;
    this.#hours[hour] = (this.#hours[hour] ?? 1) * growth;
  }

  years(): CalendarYear[] {
    const years = new Map<number, (number | undefined)[]>();
    for (const [key, growth] of this.#months) {
      const year = Math.floor(key / 12);
      const months = years.get(year) ?? new Array<number | undefined>(12).fill(undefined);
      months[key % 12] = growth - 1;
      years.set(year, months);
    }
    return [...years]
      .sort(([a], [b]) => a - b)
      .map(([year, months]) => ({
        year,
        months,
        whole: months.reduce<number>((growth, month) => growth * (1 + (month ?? 0)), 1) - 1,
      }));
  }

  /** What the bars that end on each day of the week, and in each hour, come to together. */
  weekdays(): readonly (number | undefined)[] {
    return this.#weekdays.map((growth) => growth && growth - 1);
  }

  hours(): readonly (number | undefined)[] {
    return this.#hours.map((growth) => growth && growth - 1);
  }

  /** The deepest first; one that goes on at the end is told as well. */
  drawdowns(): Drawdown[] {
    const open = this.#drawdown(undefined);
    return top(open ? [...this.#deepest, open] : this.#deepest);
  }

  #follow(ms: number, equity: number): void {
    if (equity >= this.#peak.equity) {
      const ended = this.#drawdown(ms);
      if (ended) {
        this.#deepest = top([...this.#deepest, ended]);
      }
      this.#peak = { ms, equity };
      this.#trough = { ms, equity };
    } else if (equity < this.#trough.equity) {
      this.#trough = { ms, equity };
    }
  }

  #drawdown(recoveredMs: number | undefined): Drawdown | undefined {
    const depth = (this.#peak.equity - this.#trough.equity) / this.#peak.equity;
    return depth > 0 && Number.isFinite(depth)
      ? { peakMs: this.#peak.ms, troughMs: this.#trough.ms, recoveredMs, depth }
      : undefined;
  }
}

function top(drawdowns: readonly Drawdown[]): Drawdown[] {
  return drawdowns
    .toSorted((a, b) => b.depth - a.depth || a.peakMs - b.peakMs)
    .slice(0, DRAWDOWNS_TOLD);
}
