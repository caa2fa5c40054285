// What an import would store: its candles, and the bars at both ends.

import { loadedLater } from "../app/loadedLater";
import { usePreferences } from "../app/preferences";
import { formatCount, formatNumber } from "../format/number";
import { formatMillis } from "../format/time";
import type { BarPreview, GetBarsResponse } from "../gen/tradeforge/v1/market_data_service_pb";
import { Skeleton } from "../reports/Skeleton";
import styles from "./DataPage.module.css";
import { barsAtEnds } from "./preview";

interface Props {
  readonly preview: BarPreview;
  readonly barCount: bigint;
  readonly symbol: string;
}

const WAITING = <Skeleton height={420} label="The candles are on their way" />;
const CandleChart = loadedLater(() => import("../charts/CandleChart"), WAITING);
const NOTHING = () => {};

export function ImportPreview({ preview, barCount, symbol }: Props) {
  const { zone } = usePreferences();
  const { chart } = preview;
  const rows = barsAtEnds(preview, barCount);
  return (
    <>
      {chart && chart.timeUnixMs.length > 0 && (
        <>
          <p>
            {formatCount(chart.timeUnixMs.length)} bars of {chart.timeframe}
          </p>
          <CandleChart
            bars={chart}
            symbol={symbol}
            trades={undefined}
            focus={undefined}
            zone={zone}
            onSpan={NOTHING}
          />
        </>
      )}
      <div className={styles.frame}>
        <table className={styles.ends}>
          <caption className="visually-hidden">The first and the last bars</caption>
          <thead>
            <tr>
              <th scope="col">Open time ({zone === "utc" ? "UTC" : "local"})</th>
              {["Open", "High", "Low", "Close", "Volume"].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) =>
              row ? (
                <BarRow key={row.bars.timeUnixMs[row.at]} {...row} zone={zone} />
              ) : (
                <tr key="between">
                  <td colSpan={6}>…</td>
                </tr>
              ),
            )}
          </tbody>
        </table>
      </div>
    </>
  );
}

function BarRow(props: {
  readonly bars: GetBarsResponse;
  readonly at: number;
  readonly zone: "utc" | "local";
}) {
  const { bars, at, zone } = props;
  const numbers = [bars.open, bars.high, bars.low, bars.close, bars.volume];
  const names = ["open", "high", "low", "close", "volume"];
  return (
    <tr>
      <td>{formatMillis(Number(bars.timeUnixMs[at]), zone).slice(0, 16)}</td>
      {numbers.map((column, place) => (
        <td key={names[place]}>{formatNumber(column[at])}</td>
      ))}
    </tr>
  );
}
