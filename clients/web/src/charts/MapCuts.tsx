// What the map is along each of its axes through one cell: two lines, with that cell on both.

import { type MouseEvent, memo } from "react";
import { formatMetric } from "../format/value";
import type { MetricSpec } from "../gen/tradeforge/v1/types_pb";
import { Dot, linePath, max, min } from "./AxisLine";
import lines from "./AxisLine.module.css";
import type { GridAxis } from "./axes";
import styles from "./HeatMap.module.css";
import type { HeatMapModel } from "./heatMapModel";

interface Props {
  readonly model: HeatMapModel;
  readonly axes: readonly GridAxis[];
  readonly metric: MetricSpec;
  /** The one that both lines go through; below 0 while there is none. */
  readonly cell: number;
  readonly onChoose: (cell: number) => void;
  /** Whether trials that have been there for long are still on their way: nobody reads what is half. */
  readonly isOnItsWay: boolean;
}

export const MapCuts = memo(Cuts, (_, { isOnItsWay }) => isOnItsWay);

function Cuts({ model, axes, metric, cell, onChoose }: Props) {
  const { plan, width, height } = model.projection;
  const [x, y] = [axes[plan.x], axes[plan.y]];
  if (cell < 0 || !x || !y) {
    return null;
  }
  const column = cell % width;
  const line = (cell - column) / width;
  return (
    <div className={styles.cuts}>
      <Cut
        axis={x}
        beside={`${y.name} ${y.labels[line]}`}
        cells={Array.from({ length: width }, (_, at) => line * width + at)}
        at={column}
        {...{ model, metric, onChoose }}
      />
      <Cut
        axis={y}
        beside={`${x.name} ${x.labels[column]}`}
        cells={Array.from({ length: height }, (_, at) => at * width + column)}
        at={line}
        {...{ model, metric, onChoose }}
      />
    </div>
  );
}

interface CutProps {
  readonly model: HeatMapModel;
  readonly axis: GridAxis;
  readonly metric: MetricSpec;
  /** Where the other axis is held. */
  readonly beside: string;
  /** The cells of the map that lie on it. */
  readonly cells: readonly number[];
  /** Which of them is the chosen one. */
  readonly at: number;
  readonly onChoose: (cell: number) => void;
}

const WIDTH = 500;
const HEIGHT = 110;
const MARGIN = 8;

function Cut({ model, axis, metric, beside, cells, at, onChoose }: CutProps) {
  const values = Float64Array.from(cells, (cell) => model.projection.values[cell] ?? Number.NaN);
  const known = values.filter(Number.isFinite);
  const [low, high] = known.length ? [min(known), max(known)] : [0, 0];
  const x = (place: number) => MARGIN + ((WIDTH - 2 * MARGIN) * (place + 0.5)) / cells.length;
  const y = (value: number) =>
    high > low ? MARGIN + (HEIGHT - 2 * MARGIN) * (1 - (value - low) / (high - low)) : HEIGHT / 2;
  const choose = (event: MouseEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const inside = ((event.clientX - box.left) / box.width) * WIDTH - MARGIN;
    const cell = cells[Math.floor((inside / (WIDTH - 2 * MARGIN)) * cells.length)];
    if (cell !== undefined) {
      onChoose(cell);
    }
  };
  const chosen = values[at];
  const isOrdered = axis.isOrdered;
  return (
    <figure className={lines.figure} data-cut={axis.name} data-values={values.join(" ")}>
      <figcaption className={styles.cutTitle}>
        Along {axis.name}, at {beside}
      </figcaption>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keys of the map move its cell, and this */}
      <svg
        className={`${lines.line} ${styles.cut}`}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${metric.displayName} along ${axis.name}, at ${beside}`}
        onClick={choose}
      >
        {isOrdered && <path className={lines.values} d={linePath(values, x, y)} />}
        {(!isOrdered || known.length < 40) &&
          [...values].map((value, place) =>
            Number.isFinite(value) ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place
              <Dot key={place} className={lines.dot} x={x(place)} y={y(value)} />
            ) : null,
          )}
        {chosen !== undefined && Number.isFinite(chosen) && (
          <Dot className={lines.cursor} x={x(at)} y={y(chosen)} />
        )}
      </svg>
      <div className={lines.ends}>
        <span>{axis.labels[0]}</span>
        <span data-range="">
          {formatMetric(known.length ? low : undefined, metric.unit)} to{" "}
          {formatMetric(known.length ? high : undefined, metric.unit)}
        </span>
        <span>{axis.labels.at(-1)}</span>
      </div>
    </figure>
  );
}
