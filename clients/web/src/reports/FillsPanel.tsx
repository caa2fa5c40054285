// The orders of one trade: each execution that opened it, added to it, or left a part of it.

import { usePreferences } from "../app/preferences";
import { DASH, decimalsOf, formatCount, formatDecimal } from "../format/number";
import { formatTime } from "../format/time";
import { FillSide } from "../gen/tradeforge/v1/result_service_pb";
import { Button } from "../ui/Button";
import { FailureMessage } from "../ui/Message";
import { Panel } from "../ui/Panel";
import table from "../ui/table.module.css";
import { type Subject, useFills } from "./queries";
import styles from "./ReportBody.module.css";
import { Skeleton } from "./Skeleton";
import type { TradeRow } from "./trades";

interface Props {
  readonly subject: Subject;
  readonly trade: TradeRow;
}

export default function FillsPanel({ subject, trade }: Props) {
  const { zone } = usePreferences();
  const { data, error, refetch, hasNextPage, fetchNextPage } = useFills(subject, trade.index);
  const fills = data?.pages.flatMap((page) => page.fills);
  const total = Number(data?.pages[0]?.totalSize ?? 0n);
  const quantities = decimalsOf(fills?.map(({ quantity }) => quantity) ?? []);
  const prices = decimalsOf(fills?.map(({ price }) => price) ?? []);
  const side = trade.isLong ? "long" : "short";
  return (
    <Panel
      title={`Orders of trade ${formatCount(trade.index + 1)}`}
      aside={
        fills && (
          <span>
            {side} {trade.symbol} · {formatCount(total)} {total === 1 ? "fill" : "fills"}
          </span>
        )
      }
      flush
    >
      {error ? (
        <FailureMessage error={error} what="the orders of the trade" onRetry={refetch} />
      ) : fills ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        <section className={styles.orders} tabIndex={0} aria-label="Orders of the trade">
          <table className={table.table} data-fills={total}>
            <caption className="visually-hidden">Orders of the trade</caption>
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">What</th>
                <th scope="col">Side</th>
                <th scope="col" className={table.number}>
                  Quantity
                </th>
                <th scope="col" className={table.number}>
                  Price
                </th>
                <th scope="col" className={table.number}>
                  Fee
                </th>
                <th scope="col" className={table.number}>
                  Slippage
                </th>
                <th scope="col" className={table.number}>
                  Held after
                </th>
                <th scope="col">Priced by</th>
                <th scope="col">Reason</th>
              </tr>
            </thead>
            <tbody>
              {fills.map((fill, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a fill is known by its place
                <tr key={place} data-fill={place}>
                  <td className={table.nowrap}>{formatTime(fill.time, zone)}</td>
                  <td>{fill.exitReason === "" ? "Entry" : "Exit"}</td>
                  <td>{fill.side === FillSide.BUY ? "Buy" : "Sell"}</td>
                  <td className={table.number}>{formatDecimal(fill.quantity, quantities)}</td>
                  <td className={table.number}>{formatDecimal(fill.price, prices)}</td>
                  <td className={table.number}>{formatDecimal(fill.fee)}</td>
                  <td className={table.number}>{formatDecimal(fill.slippageCost)}</td>
                  <td className={table.number}>{formatDecimal(fill.position, quantities)}</td>
                  <td className={table.nowrap}>{words(fill.pricedBy)}</td>
                  <td className={table.nowrap}>{words(fill.exitReason)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {hasNextPage && <Button onClick={() => fetchNextPage()}>More of them</Button>}
        </section>
      ) : (
        <Skeleton height={120} label="The orders of the trade are on their way" />
      )}
    </Panel>
  );
}

/** As in `market at open`. */
function words(name: string): string {
  return name === "" ? DASH : name.toLowerCase().replaceAll("_", " ");
}
