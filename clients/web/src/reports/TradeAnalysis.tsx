// What the trades come to: by side, how their returns are spread, each against the time it was held,
// and the profit as it grew from trade to trade.

import { useMemo } from "react";
import { usePreferences } from "../app/preferences";
import { ScatterPlot } from "../charts/ScatterPlot";
import { formatCount, formatDecimal, formatPercent, formatSigned } from "../format/number";
import { formatMillis, formatSeconds } from "../format/time";
import { Panel } from "../ui/Panel";
import table from "../ui/table.module.css";
import styles from "./TradeAnalysis.module.css";
import {
  adverse,
  type Bin,
  histogramOf,
  type SideSummary,
  summaryOf,
  type TradeRow,
} from "./trades";

interface Props {
  readonly trades: readonly TradeRow[];
  readonly onShow: (trade: TradeRow) => void;
}

const BINS = 30;
const HELD = { name: "held", format: (hours: number) => formatSeconds(hours * 3600) };
const ADVERSE = { name: "worst", format: (value: number) => formatPercent(value, 1) };
const GAIN = { name: "return", format: (value: number) => formatPercent(value, 1) };

export function TradeAnalysis({ trades, onShow }: Props) {
  const { zone } = usePreferences();
  const closed = useMemo(() => trades.filter(({ exitMs }) => exitMs !== undefined), [trades]);
  const bins = useMemo(
    () =>
      histogramOf(
        closed.map(({ gain }) => gain),
        BINS,
      ),
    [closed],
  );
  const points = useMemo(
    () => ({
      xs: closed.map(({ entryMs, exitMs }) => ((exitMs ?? entryMs) - entryMs) / 3_600_000),
      ys: closed.map(({ gain }) => gain),
    }),
    [closed],
  );
  const excursions = useMemo(() => {
    const known = closed.filter(({ worst }) => worst !== undefined);
    return {
      trades: known,
      xs: known.map((trade) => adverse(trade) ?? 0),
      ys: known.map(({ gain }) => gain),
    };
  }, [closed]);
  if (closed.length === 0) {
    return null;
  }
  const tell = (trade: TradeRow | undefined) => {
    return trade
      ? `Trade ${formatCount(trade.index + 1)}, ${trade.isLong ? "long" : "short"}, ${formatMillis(trade.entryMs, zone).slice(0, 16)}, ${formatSigned(trade.profit)}`
      : "";
  };
  const show = (trade: TradeRow | undefined) => {
    if (trade) {
      onShow(trade);
    }
  };
  return (
    <Panel title="Trade analysis" aside={<span>closed trades only</span>}>
      <div className={styles.panel}>
        <Sides trades={closed} />
        <div className={styles.columns}>
          <section>
            <h3>Returns of the trades</h3>
            <Histogram bins={bins} />
          </section>
          <section>
            <h3>Profit from trade to trade</h3>
            <Growth trades={closed} />
          </section>
        </div>
        <section>
          <h3>Return and time held: a click shows the trade on the candles</h3>
          <ScatterPlot
            label="Trades by the time they were held and what they returned"
            xs={points.xs}
            ys={points.ys}
            x={HELD}
            y={GAIN}
            colorOf={(at) => ((points.ys[at] ?? 0) >= 0 ? "good" : "bad")}
            tell={(at) => tell(closed[at])}
            onChoose={(at) => show(closed[at])}
          />
        </section>
        {excursions.trades.length > 0 && (
          <section>
            <h3>Return and how far it went against the trade: where a stop would have cut</h3>
            <ScatterPlot
              label="Trades by how far they went against their holder and what they returned"
              xs={excursions.xs}
              ys={excursions.ys}
              x={ADVERSE}
              y={GAIN}
              colorOf={(at) => ((excursions.ys[at] ?? 0) >= 0 ? "good" : "bad")}
              tell={(at) => tell(excursions.trades[at])}
              onChoose={(at) => show(excursions.trades[at])}
            />
          </section>
        )}
      </div>
    </Panel>
  );
}

const COLUMNS: readonly (readonly [title: string, text: (side: SideSummary) => string])[] = [
  ["Trades", ({ count }) => formatCount(count)],
  ["Won", ({ count, wins }) => formatPercent(count > 0 ? wins / count : undefined, 2)],
  ["Profit", ({ profit }) => formatDecimal(profit)],
  ["Profit factor", ({ profitFactor }) => formatDecimal(profitFactor)],
  ["Average return", ({ averageGain }) => formatPercent(averageGain, 2)],
  ["Average time held", ({ averageHeldMs: ms }) => formatSeconds(ms && ms / 1000)],
  ["Best", ({ best }) => formatDecimal(best)],
  ["Worst", ({ worst }) => formatDecimal(worst)],
];

function Sides({ trades }: { readonly trades: readonly TradeRow[] }) {
  const long = trades.filter(({ isLong }) => isLong);
  const short = trades.filter(({ isLong }) => !isLong);
  const rows = [
    { name: "All", side: summaryOf(trades) },
    { name: "Long", side: summaryOf(long) },
    { name: "Short", side: summaryOf(short) },
  ].filter(({ side }) => side.count > 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <section className={styles.scroller} aria-label="Trades by side" tabIndex={0}>
      <table className={table.table} data-table="sides">
        <thead>
          <tr>
            <th scope="col">Side</th>
            {COLUMNS.map(([title]) => (
              <th key={title} scope="col" className={table.number}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, side }) => (
            <tr key={name} data-side={name}>
              <th scope="row">{name}</th>
              {COLUMNS.map(([title, text]) => (
                <td key={title} className={table.number} data-figure={title}>
                  {text(side)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const [WIDTH, HEIGHT] = [600, 160];

function Histogram({ bins }: { readonly bins: readonly Bin[] }) {
  const most = Math.max(...bins.map(({ count }) => count), 1);
  const wide = WIDTH / bins.length;
  const [first, last] = [bins[0], bins.at(-1)];
  return (
    <figure>
      <svg
        className={styles.chart}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label="How many trades returned how much"
        data-chart="histogram"
        data-count={bins.reduce((sum, { count }) => sum + count, 0)}
      >
        {bins.map(({ from, to, count }, at) => (
          <rect
            key={from}
            className={from >= 0 ? styles.gain : styles.loss}
            x={at * wide + 0.5}
            width={Math.max(0.5, wide - 1)}
            y={HEIGHT * (1 - count / most)}
            height={(HEIGHT * count) / most}
            data-bin={`${from} ${to} ${count}`}
          >
            <title>
              {`${formatPercent(from, 2)} to ${formatPercent(to, 2)}: ${formatCount(count)}`}
            </title>
          </rect>
        ))}
      </svg>
      <figcaption className={styles.ends}>
        <span>{formatPercent(first?.from)}</span>
        <span>at most {formatCount(most)} in a part</span>
        <span>{formatPercent(last?.to)}</span>
      </figcaption>
    </figure>
  );
}

const POINTS_MAX = 1_500;

function Growth({ trades }: { readonly trades: readonly TradeRow[] }) {
  const path = useMemo(() => pathOf(trades.map(({ cumulative }) => cumulative)), [trades]);
  const end = trades.at(-1)?.cumulative ?? 0;
  return (
    <figure>
      <svg
        className={styles.chart}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Profit from trade to trade, ${formatSigned(end)} at the end`}
        data-chart="growth"
        data-end={end}
      >
        <line className={styles.zero} x1={0} x2={WIDTH} y1={path.zero} y2={path.zero} />
        <path className={styles.line} d={path.text} />
      </svg>
      <figcaption className={styles.ends}>
        <span>first trade</span>
        <span>{formatSigned(end)} after the last</span>
      </figcaption>
    </figure>
  );
}

/** From 0 on; of many points the least and the greatest of each part. */
function pathOf(values: readonly number[]): { readonly text: string; readonly zero: number } {
  const low = values.reduce((least, value) => Math.min(least, value), 0);
  const high = values.reduce((most, value) => Math.max(most, value), 0);
  const y = (value: number) =>
    high > low ? HEIGHT - ((value - low) / (high - low)) * HEIGHT : HEIGHT / 2;
  const by = Math.max(1, Math.ceil(values.length / POINTS_MAX));
  const points: (readonly [number, number])[] = [[0, 0]];
  for (let from = 0; from < values.length; from += by) {
    const part = values.slice(from, from + by);
    const [least, most] = [Math.min(...part), Math.max(...part)];
    const ends = part.indexOf(least) < part.indexOf(most) ? [least, most] : [most, least];
    for (const value of part.length === 1 ? part : [...ends, part.at(-1) ?? 0]) {
      points.push([from + part.length, value]);
    }
  }
  const text = points
    .map(([at, value], place) => {
      const x = (at / Math.max(1, values.length)) * WIDTH;
      return `${place === 0 ? "M" : "L"}${x.toFixed(1)} ${y(value).toFixed(1)}`;
    })
    .join("");
  return { text, zero: y(0) };
}
