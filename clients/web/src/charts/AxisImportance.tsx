// Which axes matter: the share of the metric's variance that each explains alone, and the metric
// along it. Drawn as SVG: a few dozen points.

import { useMemo } from "react";
import { formatPercent } from "../format/number";
import { formatMetric } from "../format/value";
import type { MetricSpec } from "../gen/tradeforge/v1/types_pb";
import styles from "./AxisImportance.module.css";
import { type AxisSlice, AxisStatistics } from "./axisStatistics";
import type { TrialTable } from "./trialTable";
import { useTable } from "./useTable";

interface Props {
  readonly table: TrialTable;
  readonly metric: MetricSpec;
  readonly isMaximized: boolean;
}

const WIDTH = 240;
const HEIGHT = 64;

export function AxisImportance({ table, metric, isMaximized }: Props) {
  const statistics = useMemo(() => new AxisStatistics(table, isMaximized), [table, isMaximized]);
  useTable(table);
  statistics.update();
  const slices = statistics
    .slices()
    .toSorted((a, b) => (b.etaSquared ?? -1) - (a.etaSquared ?? -1));
  return (
    <div className={styles.slices} data-chart="importance">
      {slices.map((slice) => (
        <section key={slice.name} className={styles.slice} data-axis={slice.name}>
          <header className={styles.header}>
            <h3>{slice.name}</h3>
            <span title="Eta squared: the share of all variance between the means of its values">
              explains {formatPercent(slice.etaSquared, 0)}
            </span>
          </header>
          <div className={styles.track}>
            <div className={styles.share} style={{ width: `${100 * (slice.etaSquared ?? 0)}%` }} />
          </div>
          <Slice slice={slice} metric={metric} />
        </section>
      ))}
    </div>
  );
}

function Slice({ slice, metric }: { readonly slice: AxisSlice; readonly metric: MetricSpec }) {
  const all = [...slice.means, ...slice.bests].filter((value) => Number.isFinite(value));
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const text = (value: number) => formatMetric(all.length ? value : undefined, metric.unit);
  const extent = `${text(low)} to ${text(high)}`;
  const line = (values: Float64Array) => path(values, low, high);
  return (
    <figure className={styles.figure}>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${metric.displayName} along ${slice.name}: from ${extent}`}
      >
        {low < 0 && high > 0 && (
          <line
            className={styles.zero}
            x1="0"
            x2={WIDTH}
            y1={yOf(0, low, high)}
            y2={yOf(0, low, high)}
          />
        )}
        <path className={styles.best} d={line(slice.bests)} />
        <path className={styles.mean} d={line(slice.means)} />
      </svg>
      <figcaption className={styles.ends}>
        <span>{slice.labels[0]}</span>
        <span title={`From the least to the most ${metric.displayName} drawn`}>{extent}</span>
        <span>{slice.labels.at(-1)}</span>
      </figcaption>
    </figure>
  );
}

function yOf(value: number, low: number, high: number): number {
  return high > low ? 4 + (HEIGHT - 8) * (1 - (value - low) / (high - low)) : HEIGHT / 2;
}

/** A line with gaps where nothing is known. */
function path(values: Float64Array, low: number, high: number): string {
  const step = WIDTH / Math.max(1, values.length - 1);
  let text = "";
  let isDrawing = false;
  values.forEach((value, place) => {
    if (Number.isFinite(value)) {
      text += `${isDrawing ? "L" : "M"}${(place * step).toFixed(1)} ${yOf(value, low, high).toFixed(1)}`;
    }
    isDrawing = Number.isFinite(value);
  });
  return text;
}
