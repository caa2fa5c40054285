// A search as a map: two of its axes, one metric, raw and smoothed, filling while trials land.

import { type ReactNode, useId, useMemo, useState } from "react";
import { formatCount } from "../format/number";
import { formatMetric } from "../format/value";
import type { MetricSpec } from "../gen/tradeforge/v1/types_pb";
import { AxisLine } from "./AxisLine";
import type { GridAxis } from "./axes";
import styles from "./HeatMap.module.css";
import { type CellBox, HeatMapCanvas } from "./HeatMapCanvas";
import { HeatMapControls } from "./HeatMapControls";
import { HeatMapLegend } from "./HeatMapLegend";
import { HeatMapModel } from "./heatMapModel";
import { MapCuts } from "./MapCuts";
import { MapParts } from "./MapParts";
import type { MapShown } from "./mapAddress";
import { type MapPart, partBetween, TableOfPart } from "./mapPart";
import { dimensions } from "./plateau";
import { CellState } from "./projection";
import type { TrialTable } from "./trialTable";
import { useTable } from "./useTable";

interface Props {
  readonly table: TrialTable;
  readonly metric: MetricSpec;
  readonly isMaximized: boolean;
  /** How many trials there will be. */
  readonly total: number;
  /** Whether more may land. */
  readonly isLive: boolean;
  readonly shown: MapShown;
  readonly onShow: (shown: MapShown) => void;
  /** Other controls, before ours. */
  readonly controls: ReactNode;
  readonly onOpen: (trialIndex: number) => void;
  /** What can be done with a part of the search. */
  readonly renderPart: (part: MapPart) => ReactNode;
  /** What is known of the trial under the cursor, or of the best one. */
  readonly renderTrial: (trialIndex: number) => ReactNode;
}

export function HeatMap(props: Props) {
  const {
    metric,
    isMaximized,
    total,
    isLive,
    shown,
    controls,
    onShow,
    onOpen,
    renderTrial,
    renderPart,
  } = props;
  const { x, y, fixed, part, view, hasContours, wish } = shown;
  const table = useMemo(() => {
    const own = part.map((places, axis) => (axis === x || axis === y ? places : undefined));
    return own.some((places) => places) ? new TableOfPart(props.table, own) : props.table;
  }, [props.table, part, x, y]);
  const [box, setBox] = useState<CellBox>();
  const [hovered, setHovered] = useState(-1);
  const [pinned, setPinned] = useState(-1);
  const cursor = pinned >= 0 ? pinned : hovered;
  const readOutId = useId();
  const model = useMemo(
    () => new HeatMapModel(table, { x, y, fixed, isMaximized }, metric.name),
    [table, x, y, fixed, isMaximized, metric.name],
  );
  const filled = useTable(table);
  // The painter may not have had a frame yet: a hidden page has none.
  model.update(performance.now());
  model.wish(wish);
  const best = model.projection.trialIndex(model.peak);
  const shownCell = cursor >= 0 ? cursor : model.peak;
  const trialShown = model.projection.trialIndex(shownCell);
  const across = table.axes[x];
  const open = (cell: number) => {
    const trial = model.projection.trialIndex(cell);
    if (trial !== undefined) {
      onOpen(trial);
    }
  };
  // The first click holds a cell, so that one can go to what is said of it; the second one opens it.
  const choose = (cell: number) => {
    setBox(undefined);
    if (cell >= 0 && cell === pinned) {
      open(cell);
    } else {
      setPinned(cell);
    }
  };
  const move = (cell: number) => {
    setBox(undefined);
    setPinned(-1);
    setHovered(cell);
  };
  return (
    <div
      className={styles.heatMap}
      data-chart="heatmap"
      data-filled={filled}
      data-total={total}
      data-best={best}
      data-metric={metric.name}
    >
      <div className={styles.controls}>
        {controls}
        <HeatMapControls
          axes={props.table.axes}
          shown={shown}
          onShow={(next) => {
            move(-1);
            onShow(next);
          }}
        />
      </div>
      <div className={styles.body}>
        <div className={styles.left}>
          {model.projection.height === 1 && across ? (
            <AxisLine
              model={model}
              axis={across}
              metric={metric}
              cursor={cursor}
              onHover={setHovered}
              onMove={move}
              onChoose={choose}
              onOpen={open}
            />
          ) : (
            <HeatMapCanvas
              table={table}
              model={model}
              view={dimensions(model.grid) > 0 ? view : "raw"}
              hasContours={hasContours}
              wish={wish}
              label={`Heat map of ${metric.displayName}`}
              describedBy={readOutId}
              cursor={cursor}
              box={box}
              onBox={setBox}
              onHover={setHovered}
              onMove={move}
              onChoose={choose}
              onOpen={open}
            />
          )}
          <MapParts
            axes={props.table.axes}
            shown={table === props.table ? undefined : part}
            marked={box && partBetween(box, model.projection.width, { x, y, part })}
            onShow={(next) => {
              move(-1);
              onShow({ ...shown, part: next });
            }}
            renderPart={renderPart}
          />
          {model.projection.height > 1 && (
            <HeatMapLegend
              model={model}
              metric={metric}
              value={shownCell < 0 ? undefined : model.projection.values[shownCell]}
              wish={wish}
              onWish={(next) => onShow({ ...shown, wish: next })}
            />
          )}
          {model.projection.height > 1 && (
            <MapCuts
              model={model}
              axes={table.axes}
              metric={metric}
              cell={pinned >= 0 ? pinned : shownCell}
              onChoose={setPinned}
              isOnItsWay={table.isOver && !table.isWhole}
            />
          )}
        </div>
        {/* Each new best of a live search is no news to be spoken; a cell that was chosen is. */}
        <aside
          className={styles.readOut}
          id={readOutId}
          aria-live={cursor >= 0 ? "polite" : "off"}
          data-pinned={pinned >= 0}
        >
          <ReadOut
            model={model}
            axes={table.axes}
            metric={metric}
            cell={shownCell}
            bestTitle={isLive ? "Best so far" : "Best"}
            isBest={cursor < 0}
          />
          {trialShown !== undefined && renderTrial(trialShown)}
        </aside>
      </div>
      <Summary model={model} axes={table.axes} metric={metric} filled={filled} total={total} />
    </div>
  );
}

interface CellProps {
  readonly model: HeatMapModel;
  readonly axes: readonly GridAxis[];
  readonly metric: MetricSpec;
}

interface ReadOutProps extends CellProps {
  readonly cell: number;
  readonly bestTitle: string;
  readonly isBest: boolean;
}

function ReadOut({ model, axes, metric, cell, bestTitle, isBest }: ReadOutProps) {
  if (cell < 0) {
    return <p className={styles.quiet}>The first trials are on their way.</p>;
  }
  const value = model.projection.values[cell];
  const around = model.smooth[cell];
  const edges = bordersAt(model, axes, cell);
  return (
    <>
      <h3 className={styles.readOutTitle}>
        {isBest ? bestTitle : placeText(model, axes, cell)}
        {cell === model.peak && model.isPeakFragile && (
          <span className={styles.fragile} title="Its neighbours lose more than half of it">
            fragile
          </span>
        )}
      </h3>
      {isBest && <p className={styles.quiet}>{placeText(model, axes, cell)}</p>}
      {isBest && edges.length > 0 && (
        <p className={styles.edge} data-edge={edges.join(" ")}>
          At the border of {edges.join(" and ")}: a wider range may hold a better one.
        </p>
      )}
      <dl className={styles.figures}>
        <dt>{metric.displayName}</dt>
        <dd className={styles.figure}>{valueText(model, metric, cell, value)}</dd>
        {dimensions(model.grid) > 0 && (
          <>
            <dt>Neighbourhood</dt>
            <dd>{formatMetric(defined(around), metric.unit)}</dd>
          </>
        )}
      </dl>
    </>
  );
}

/**
 * The axes at whose first or last value a cell lies, of those that could be widened. Where nothing
 * has been tried beside it yet, that says nothing of the border.
 */
function bordersAt(
  { projection }: HeatMapModel,
  axes: readonly GridAxis[],
  cell: number,
): string[] {
  const { plan, width, height, states } = projection;
  const column = cell % width;
  const places = [
    { axis: axes[plan.x], place: column, size: width, step: 1 },
    { axis: axes[plan.y], place: (cell - column) / width, size: height, step: width },
  ];
  return places.flatMap(({ axis, place, size, step }) => {
    const isAtBorder = axis?.isOrdered && size > 2 && (place === 0 || place === size - 1);
    const inward = place === 0 ? cell + step : cell - step;
    return isAtBorder && states[inward] !== CellState.Empty ? [axis.name] : [];
  });
}

function valueText(model: HeatMapModel, metric: MetricSpec, cell: number, value?: number): string {
  switch (model.projection.states[cell]) {
    case CellState.Empty:
      return "no trial yet";
    case CellState.Failed:
      return "failed";
    case CellState.Unusable:
      return model.projection.isInfeasible(cell)
        ? "infeasible"
        : formatMetric(defined(value), metric.unit);
    default:
      return formatMetric(defined(value), metric.unit);
  }
}

/** As in `fast 10 · slow 50`. */
function placeText({ projection }: HeatMapModel, axes: readonly GridAxis[], cell: number): string {
  const { plan, width, height } = projection;
  const [x, y] = [axes[plan.x], axes[plan.y]];
  const parts = [`${x?.name} ${x?.labels[cell % width]}`];
  if (height > 1) {
    parts.push(`${y?.name} ${y?.labels[Math.floor(cell / width)]}`);
  }
  return parts.join(" · ");
}

function defined(value: number | undefined): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

/** The same in words and rows, for who can not see the canvas. */
function Summary(props: CellProps & { readonly filled: number; readonly total: number }) {
  const { model, axes, metric, filled, total } = props;
  const rows = [
    { name: "Best trial", cell: model.peak, values: model.projection.values },
    { name: "Middle of the best plateau", cell: model.plateau, values: model.smooth },
  ].filter(({ cell }) => cell >= 0);
  return (
    <div className="visually-hidden">
      <table>
        <caption>
          {formatCount(filled)} of {formatCount(total)} trials,{" "}
          {formatCount(props.model.projection.width)} by {formatCount(model.projection.height)}{" "}
          cells
        </caption>
        <thead>
          <tr>
            <th scope="col">Cell</th>
            <th scope="col">Parameters</th>
            <th scope="col">{metric.displayName}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, cell, values }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{placeText(model, axes, cell)}</td>
              <td>{formatMetric(defined(values[cell]), metric.unit)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
