// A look at stored bars: their closes as a line, and the first and the last of them as they are. A
// tick that was set wrong, a column that was mistaken for another, or a hole shows at once.

import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@tanstack/react-query";
import { usePreferences } from "../app/preferences";
import { decimalsOf, formatCount, formatDecimal, formatNumber } from "../format/number";
import { formatMillis, millisOf } from "../format/time";
import type { GetBarsResponse, Series } from "../gen/tradeforge/v1/market_data_service_pb";
import { marketData } from "../rpc/marketData";
import { FailureMessage } from "../ui/Message";
import table from "../ui/table.module.css";
import styles from "./DataPage.module.css";

const POINTS = 400;
/** So many of the first and of the last bars. */
const ROWS = 3;
const [WIDTH, HEIGHT] = [640, 120];

export function SeriesLook({ series }: { readonly series: Series }) {
  const { data, error, refetch } = useLook(series, ROWS);
  if (error) {
    return <FailureMessage error={error} what="the bars" onRetry={refetch} />;
  }
  if (!data) {
    return <p role="status">Loading…</p>;
  }
  const { whole, rows } = data;
  const [low, high] = [Math.min(...whole.low), Math.max(...whole.high)];
  return (
    <div className={styles.look} data-look={series.dataSha256}>
      <p>
        From {formatNumber(low)} to {formatNumber(high)}
        {series.gapCount > 0n && `, ${formatCount(series.gapCount)} gaps`}
      </p>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label="Closes over time"
      >
        <path d={lineOf(whole, low, high)} />
      </svg>
      <BarRows rows={rows} />
    </div>
  );
}

/** Bars as they are. */
export function BarRows({ rows }: { readonly rows: readonly Bar[] }) {
  const { zone } = usePreferences();
  const digits = decimalsOf(rows.flatMap(({ open, high, low, close }) => [open, high, low, close]));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <section className={styles.look} aria-label="The first and the last bars" tabIndex={0}>
      <table className={table.table} data-rows="bars">
        <caption className="visually-hidden">The first and the last bars</caption>
        <thead>
          <tr>
            <th scope="col">{zone === "utc" ? "UTC" : "Local time"}</th>
            {["Open", "High", "Low", "Close", "Volume"].map((title) => (
              <th key={title} scope="col" className={table.number}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((bar, at) => (
            <tr key={bar.ms} data-jump={jumpsTo(rows, at)}>
              <td className={table.nowrap}>{formatMillis(bar.ms, zone).slice(0, 16)}</td>
              {[bar.open, bar.high, bar.low, bar.close].map((price, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a price is its column
                <td key={at} className={table.number}>
                  {formatDecimal(price, digits)}
                </td>
              ))}
              <td className={table.number}>{formatNumber(bar.volume)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Whether bars are left out before this one, as far as the nearest two tell. */
function jumpsTo(rows: readonly Bar[], at: number): boolean {
  const steps = rows.slice(1).map(({ ms }, before) => ms - (rows[before]?.ms ?? ms));
  return at > 0 && (steps[at - 1] ?? 0) > Math.min(...steps);
}

export interface Bar {
  readonly ms: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

export function useLook(series: Series, count: number) {
  const { dataSha256, spec, firstBarTime, endTime, barCount } = series;
  return useQuery({
    queryKey: ["look", dataSha256, spec?.exchange, spec?.symbol, count],
    staleTime: "static",
    queryFn: async ({ signal }) => {
      const { exchange = "", symbol = "", timeframe = "" } = spec ?? {};
      const subscription = { exchange, symbol, timeframe, dataSha256 };
      const [first, end] = [firstBarTime, endTime].map((time) => (time ? millisOf(time) : 0));
      const [from = 0, to = 0] = [first, end];
      // Wide enough for some bars at each end, also where others are missing.
      const width = Math.ceil(((to - from) / Math.max(1, Number(barCount))) * (count + 2));
      const within = (startMs: number, endMs: number) =>
        marketData.getBars(
          {
            subscription,
            timeRange: { startTime: timestampFromMs(startMs), endTime: timestampFromMs(endMs) },
          },
          { signal },
        );
      const [whole, head, tail] = await Promise.all([
        marketData.getBars({ subscription, maxBars: POINTS }, { signal }),
        within(from, Math.min(to, from + width)),
        within(Math.max(from, to - width), to),
      ]);
      const rows = new Map<number, Bar>();
      for (const bar of [...barsOf(head).slice(0, count), ...barsOf(tail).slice(-count)]) {
        rows.set(bar.ms, bar);
      }
      return { whole, rows: [...rows.values()] };
    },
  });
}

function barsOf({ timeUnixMs, open, high, low, close, volume }: GetBarsResponse): Bar[] {
  return timeUnixMs.map((ms, at) => ({
    ms: Number(ms),
    open: open[at] ?? 0,
    high: high[at] ?? 0,
    low: low[at] ?? 0,
    close: close[at] ?? 0,
    volume: volume[at] ?? 0,
  }));
}

/** Over time and not over bars, so that a hole is a long straight piece. */
function lineOf({ timeUnixMs, close }: GetBarsResponse, low: number, high: number): string {
  const times = timeUnixMs.map(Number);
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  return close
    .map((price, at) => {
      const x = last > first ? (((times[at] ?? 0) - first) / (last - first)) * WIDTH : WIDTH / 2;
      const y = high > low ? HEIGHT - ((price - low) / (high - low)) * HEIGHT : HEIGHT / 2;
      return `${at === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
}
