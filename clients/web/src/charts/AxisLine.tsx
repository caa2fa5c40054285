// A search over one axis: its metric as a line, with the best value and the best plateau, as SVG.

import type { MouseEvent } from "react";
import { formatMetric } from "../format/value";
import type { MetricSpec } from "../gen/tradeforge/v1/types_pb";
import styles from "./AxisLine.module.css";
import type { GridAxis } from "./axes";
import type { HeatMapModel } from "./heatMapModel";
import { dimensions } from "./plateau";
import { CellState } from "./projection";

interface Props {
  readonly model: HeatMapModel;
  readonly axis: GridAxis;
  readonly metric: MetricSpec;
  readonly cursor: number;
  /** The mouse is on a cell, or on none. */
  readonly onHover: (cell: number) => void;
  /** The keys go to a cell. */
  readonly onMove: (cell: number) => void;
  readonly onChoose: (cell: number) => void;
  readonly onOpen: (cell: number) => void;
}

const WIDTH = 1000;
const HEIGHT = 300;
const MARGIN = 12;
/** More points than this stand too close to be told apart. */
const DOTS_MAX = 120;

export function AxisLine(props: Props) {
  const { model, axis, metric, cursor, onHover, onMove, onChoose, onOpen } = props;
  const { values, states } = model.projection;
  const isOrdered = dimensions(model.grid) > 0;
  const known = values.filter((value) => Number.isFinite(value));
  const [low, high] = known.length ? [min(known), max(known)] : [0, 1];
  const count = values.length;
  const x = (cell: number) => MARGIN + ((WIDTH - 2 * MARGIN) * (cell + 0.5)) / count;
  const y = (value: number) =>
    high > low ? MARGIN + (HEIGHT - 2 * MARGIN) * (1 - (value - low) / (high - low)) : HEIGHT / 2;
  const cellUnder = (event: MouseEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * WIDTH - MARGIN;
    const cell = Math.floor((at / (WIDTH - 2 * MARGIN)) * count);
    return cell >= 0 && cell < count ? cell : -1;
  };
  const onKey = (key: string): boolean => {
    const from = cursor < 0 ? model.peak : cursor;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (step !== undefined) {
      onMove(Math.min(count - 1, Math.max(0, cursor < 0 ? from : from + step)));
    } else if (key === "Home") {
      onMove(Math.max(0, model.peak));
    } else if (key === "Enter" && cursor >= 0) {
      onOpen(cursor);
    } else if (key === "Escape") {
      onMove(-1);
    } else {
      return false;
    }
    return true;
  };
  const shown = (cell: number) => cell >= 0 && Number.isFinite(values[cell]);
  return (
    <figure className={styles.figure}>
      <svg
        className={styles.line}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="application"
        aria-label={`${metric.displayName} along ${axis.name}. Arrow keys move along it, Enter opens the trial.`}
        data-points={known.length}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: an application is driven by its own keys
        tabIndex={0}
        onKeyDown={(event) => onKey(event.key) && event.preventDefault()}
        onFocus={({ currentTarget }) => {
          if (cursor < 0 && currentTarget.matches(":focus-visible")) {
            onMove(Math.max(0, model.peak));
          }
        }}
        onPointerMove={(event) => onHover(cellUnder(event))}
        onPointerLeave={() => onHover(-1)}
        onClick={(event) => onChoose(cellUnder(event))}
      >
        {low < 0 && high > 0 && (
          <line className={styles.zero} x1={0} x2={WIDTH} y1={y(0)} y2={y(0)} />
        )}
        {isOrdered && <path className={styles.smooth} d={linePath(model.smooth, x, y)} />}
        {isOrdered && <path className={styles.values} d={linePath(values, x, y)} />}
        {(count <= DOTS_MAX || !isOrdered) &&
          [...values].map((value, cell) =>
            Number.isFinite(value) ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place
              <Dot key={cell} className={styles.dot} x={x(cell)} y={y(value)} />
            ) : null,
          )}
        {[...states].map((state, cell) =>
          state === CellState.Failed || state === CellState.Unusable ? (
            <line
              // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place
              key={cell}
              className={state === CellState.Failed ? styles.failed : styles.unusable}
              x1={x(cell)}
              x2={x(cell)}
              y1={HEIGHT - MARGIN}
              y2={HEIGHT}
            />
          ) : null,
        )}
        {shown(model.peak) && (
          <Dot className={styles.best} x={x(model.peak)} y={y(values[model.peak] ?? 0)} />
        )}
        {shown(cursor) && (
          <Dot className={styles.cursor} x={x(cursor)} y={y(values[cursor] ?? 0)} />
        )}
      </svg>
      <figcaption className={styles.ends}>
        <span>{axis.labels[0]}</span>
        <span>
          {axis.name}: {metric.displayName} from {formatMetric(low, metric.unit)} to{" "}
          {formatMetric(high, metric.unit)}
          {isOrdered && ", its median over three in a row dashed"}
        </span>
        <span>{axis.labels.at(-1)}</span>
      </figcaption>
    </figure>
  );
}

/** A dot that stays round however the picture is stretched: a line without length. */
export function Dot({
  className,
  x,
  y,
}: {
  readonly className?: string | undefined;
  readonly x: number;
  readonly y: number;
}) {
  return <path className={className} d={`M${x.toFixed(1)} ${y.toFixed(1)}h0`} />;
}

/** A line with gaps where nothing is known. */
export function linePath(
  values: Float64Array,
  x: (cell: number) => number,
  y: (value: number) => number,
): string {
  let text = "";
  let isDrawing = false;
  values.forEach((value, cell) => {
    if (Number.isFinite(value)) {
      text += `${isDrawing ? "L" : "M"}${x(cell).toFixed(1)} ${y(value).toFixed(1)}`;
    }
    isDrawing = Number.isFinite(value);
  });
  return text;
}

export function min(values: Float64Array): number {
  return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
}

export function max(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
}
