// The accounts of a walk-forward that chose parameters for several series together.

import { formatDecimal, formatPercent } from "../format/number";
import type { SeriesAccount, Subscription, WindowSeries } from "../gen/tradeforge/v1/types_pb";
import { Panel } from "../ui/Panel";
import table from "./WalkForwardReport.module.css";

export function SeriesPanel({ series }: { readonly series: readonly SeriesAccount[] }) {
  const heads = ["Return", "Trades", "As one account"];
  const rows = series.map(({ subscription, metrics, carried }) => ({
    name: nameOf(subscription),
    cells: [
      formatPercent(metrics["total_return"]),
      formatDecimal(metrics["trade_count"], 0),
      carried?.error?.message ?? formatPercent(carried?.metrics["total_return"]),
    ],
  }));
  return <Rows title="Series by series, an account on each" heads={heads} rows={rows} />;
}

export function WindowSeriesPanel({ series }: { readonly series: readonly WindowSeries[] }) {
  const heads = ["Return in sample", "Return out of sample", "Trades", "Cash at the start"];
  const rows = series.map((own) => ({
    name: nameOf(own.subscription),
    cells: [
      formatPercent(own.inSampleMetrics["total_return"]),
      formatPercent(own.outOfSampleMetrics["total_return"]),
      formatDecimal(own.outOfSampleMetrics["trade_count"], 0),
      formatDecimal(Number(own.initialCash)),
    ],
  }));
  return <Rows title="The choice on each series" heads={heads} rows={rows} />;
}

function nameOf(on: Subscription | undefined): string {
  return on ? `${on.exchange}:${on.symbol}@${on.timeframe}` : "";
}

interface RowsProps {
  readonly title: string;
  readonly heads: readonly string[];
  readonly rows: readonly { readonly name: string; readonly cells: readonly string[] }[];
}

function Rows({ title, heads, rows }: RowsProps) {
  return (
    <Panel title={title}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <section className={table.scroll} tabIndex={0} aria-label={title}>
        <table className={table.figures}>
          <thead>
            <tr>
              <th scope="col">Series</th>
              {heads.map((head) => (
                <th scope="col" key={head}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, cells }) => (
              <tr key={name} data-series={name}>
                <th scope="row">{name}</th>
                {cells.map((cell, place) => (
                  <td key={heads[place]}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Panel>
  );
}
