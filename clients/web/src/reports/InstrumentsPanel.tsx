// What each instrument of a backtest over several did. A row leads to its candles.

import { useState } from "react";
import { DASH, formatCount } from "../format/number";
import { formatMetric } from "../format/value";
import type { InstrumentResult } from "../gen/tradeforge/v1/result_service_pb";
import { useMetrics } from "../strategies/queries";
import { FailureMessage } from "../ui/Message";
import { Panel } from "../ui/Panel";
import table from "../ui/table.module.css";
import styles from "./InstrumentsPanel.module.css";
import { type Subject, useInstruments } from "./queries";
import { Skeleton } from "./Skeleton";

const METRICS = [
  "net_profit",
  "trade_count",
  "win_rate",
  "profit_factor",
  "exposure",
  "open_profit",
  "fees_paid",
  "slippage_cost",
  "carry_cost",
] as const;

interface Props {
  readonly subject: Subject;
  /** The one whose candles are shown; undefined while all are. */
  readonly shown: string | undefined;
  readonly onShow: (name: string) => void;
}

/** As in `BINANCE:BTCUSDT`. */
export function nameOf({ exchange, symbol }: { exchange: string; symbol: string }): string {
  return `${exchange}:${symbol}`;
}

export function InstrumentsPanel({ subject, shown, onShow }: Props) {
  const { data, error, refetch } = useInstruments(subject);
  const catalog = useMetrics();
  const [sort, setSort] = useState({ by: "", isDescending: true });
  if (error) {
    return <FailureMessage error={error} what="the instruments" onRetry={refetch} />;
  }
  const rows = data && sorted(data, sort);
  return (
    <Panel
      title="Instruments"
      aside={data && <span>{formatCount(data.length)}, each with its own trades</span>}
      flush
    >
      {rows ? (
        <section
          className={styles.scroller}
          aria-label="Instruments"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
          tabIndex={0}
        >
          <table className={table.table}>
            <caption className="visually-hidden">Instruments</caption>
            <thead>
              <tr>
                <th scope="col">Instrument</th>
                {METRICS.map((name) => {
                  const isBy = sort.by === name;
                  const direction = sort.isDescending ? "descending" : "ascending";
                  return (
                    <th
                      key={name}
                      scope="col"
                      className={table.number}
                      aria-sort={isBy ? direction : "none"}
                    >
                      <button
                        type="button"
                        className={styles.order}
                        onClick={() =>
                          setSort({ by: name, isDescending: isBy ? !sort.isDescending : true })
                        }
                      >
                        {catalog.get(name)?.displayName ?? name}
                        {isBy && (sort.isDescending ? " ↓" : " ↑")}
                      </button>
                    </th>
                  );
                })}
              </tr>
            </thead>
            <tbody>
              {rows.map((each) => (
                <tr key={nameOf(each)} data-instrument={nameOf(each)}>
                  <th scope="row" aria-current={shown === nameOf(each)}>
                    <button
                      type="button"
                      className={styles.show}
                      title="Show its candles"
                      onClick={() => onShow(nameOf(each))}
                    >
                      {nameOf(each)}
                    </button>
                  </th>
                  {METRICS.map((name) => (
                    <td key={name} className={table.number} data-metric-of={name}>
                      {name in each.metrics
                        ? formatMetric(each.metrics[name], catalog.get(name)?.unit ?? "")
                        : DASH}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ) : (
        <Skeleton height={120} label="The instruments are on their way" />
      )}
    </Panel>
  );
}

/** By a metric, those without it last; else as they were subscribed to. */
function sorted(
  rows: readonly InstrumentResult[],
  { by, isDescending }: { readonly by: string; readonly isDescending: boolean },
): readonly InstrumentResult[] {
  const worth = ({ metrics }: InstrumentResult) =>
    (metrics[by] ?? Number.NEGATIVE_INFINITY * (isDescending ? 1 : -1)) * (isDescending ? -1 : 1);
  return by === ""
    ? rows
    : rows.toSorted((a, b) => (worth(a) === worth(b) ? 0 : worth(a) - worth(b)));
}
