// The canvases of a heat map and what moves on them: frames while trials land, the cursor by mouse
// and keys. React renders this once; trials never make it render again.

import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from "react";
import type { ScaleWish } from "./colorScale";
import styles from "./HeatMap.module.css";
import type { HeatMapModel } from "./heatMapModel";
import { HeatMapPainter } from "./heatMapPainter";
import type { HeatMapView } from "./mapAddress";
import { dimensions } from "./plateau";
import { onThemeChange } from "./themeColors";
import type { TrialTable } from "./trialTable";

interface Props {
  readonly table: TrialTable;
  readonly model: HeatMapModel;
  readonly view: HeatMapView;
  readonly label: string;
  readonly describedBy: string;
  /** What is set of the colours: another wish is another picture. */
  readonly wish: ScaleWish;
  readonly cursor: number;
  /** The mouse is on a cell, or on none. */
  readonly onHover: (cell: number) => void;
  /** The keys go to a cell. */
  readonly onMove: (cell: number) => void;
  readonly onChoose: (cell: number) => void;
  readonly onOpen: (cell: number) => void;
}

export function HeatMapCanvas(props: Props) {
  const {
    table,
    model,
    view,
    label,
    describedBy,
    wish,
    cursor,
    onHover,
    onMove,
    onChoose,
    onOpen,
  } = props;
  const raw = useRef<HTMLCanvasElement>(null);
  const plateau = useRef<HTMLCanvasElement>(null);
  const painters = useRef<readonly HeatMapPainter[]>([]);
  const cursorNow = useRef(cursor);
  const redraw = useRef(() => {});

  // biome-ignore lint/correctness/useExhaustiveDependencies: another view has other canvases
  useEffect(() => {
    const canvases = [raw.current, plateau.current].filter((canvas) => canvas !== null);
    const drawn = canvases.map((canvas) => ({
      painter: new HeatMapPainter(canvas),
      isSmooth: canvas === plateau.current,
    }));
    painters.current = drawn.map(({ painter }) => painter);
    const paint = () => {
      const { projection, scale, smooth } = model;
      const x = table.axes[projection.plan.x];
      const y = projection.height > 1 ? table.axes[projection.plan.y] : undefined;
      for (const { painter, isSmooth } of x ? drawn : []) {
        if (x) {
          const values = isSmooth ? smooth : projection.values;
          painter.draw({
            x,
            y,
            values,
            states: projection.states,
            laid: projection.laid,
            laidCount: projection.laidCount,
            scale,
            peak: isSmooth ? -1 : model.peak,
            plateau: isSmooth ? model.plateau : -1,
            fragile: isSmooth ? [] : model.fragile,
            cursor: cursorNow.current,
          });
        }
      }
    };
    const stopThemes = onThemeChange(() => {
      for (const painter of painters.current) {
        painter.forgetTheme();
      }
      redraw.current();
    });
    const stopPainting = keepPainted(table, model, canvases, paint, (request) => {
      redraw.current = request;
    });
    return () => {
      stopThemes();
      stopPainting();
    };
  }, [table, model, view]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the model has taken in the wish
  useEffect(() => {
    cursorNow.current = cursor;
    redraw.current();
  }, [cursor, wish]);

  const cellUnder = (event: PointerEvent<HTMLCanvasElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const painter = painters.current.at(event.currentTarget === raw.current ? 0 : -1);
    return painter?.cellAt(event.clientX - box.left, event.clientY - box.top) ?? -1;
  };
  const pointer = {
    onPointerMove: (event: PointerEvent<HTMLCanvasElement>) => onHover(cellUnder(event)),
    onPointerLeave: () => onHover(-1),
    onClick: (event: PointerEvent<HTMLCanvasElement>) => onChoose(cellUnder(event)),
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && cursor >= 0) {
      onOpen(cursor);
      return;
    }
    const next = moved(model, cursor, event.key);
    if (next !== undefined) {
      event.preventDefault();
      onMove(next);
    }
  };
  // Over further axes, or in the parts of one that is cut, several trials share a cell.
  const isOfSeveral =
    table.axes.some(({ range }) => range !== undefined) ||
    table.axes.some(
      ({ labels }, axis) =>
        labels.length > 1 &&
        ![model.projection.plan.x, model.projection.plan.y].includes(axis) &&
        model.projection.plan.fixed[axis] === undefined,
    );
  return (
    <div
      className={styles.maps}
      data-view={view}
      role="application"
      aria-label={`${label}. Arrow keys move over the cells, Enter opens the trial.`}
      aria-describedby={describedBy}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application is driven by its own keys
      tabIndex={0}
      onKeyDown={onKeyDown}
      onFocus={(event) => {
        if (cursor < 0 && event.target.matches(":focus-visible")) {
          onMove(Math.max(0, model.peak));
        }
      }}
    >
      {view !== "plateau" && (
        <figure className={styles.map}>
          <figcaption>
            {isOfSeveral ? "Each cell: the best of its trials" : "Each trial"}
          </figcaption>
          <canvas ref={raw} className={styles.canvas} {...pointer} />
        </figure>
      )}
      {view !== "raw" && (
        <figure className={styles.map}>
          <figcaption>
            Plateaus: median of {dimensions(model.grid) === 2 ? "each 3 × 3" : "three in a row"}
          </figcaption>
          <canvas ref={plateau} className={styles.canvas} {...pointer} />
        </figure>
      )}
    </div>
  );
}

/** What waits is looked at again after so long. */
const LATER_MS = 100;

/** Paints in the next frame after anything changed, and at most once a frame. */
function keepPainted(
  table: TrialTable,
  model: HeatMapModel,
  canvases: readonly HTMLCanvasElement[],
  paint: () => void,
  onReady: (request: () => void) => void,
): () => void {
  let frame = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isWanted = false;
  let hasWaited = false;
  const look = (now: number) => {
    frame = 0;
    const told = model.update(now);
    if (told === "later" || told === "grown") {
      hasWaited = true;
      // Of what is only brought the table tells when it is time.
      timer ??= table.isOver
        ? undefined
        : setTimeout(() => {
            timer = undefined;
            frame ||= requestAnimationFrame(look);
          }, LATER_MS);
    }
    if (isWanted || told === "changed") {
      paint();
    }
    isWanted = false;
    if (told === "changed" && hasWaited) {
      hasWaited = false;
      // What stands beside the map tells of plateaus, too.
      table.touch();
    }
  };
  const request = () => {
    isWanted = true;
    frame ||= requestAnimationFrame(look);
  };
  onReady(request);
  request();
  const sizes = new ResizeObserver(request);
  for (const canvas of canvases) {
    sizes.observe(canvas);
  }
  const stopListening = table.subscribe(request);
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    sizes.disconnect();
    stopListening();
  };
}

/** Where a key leads from a cell; undefined for a key that is none of ours. */
function moved({ projection, peak }: HeatMapModel, cursor: number, key: string) {
  const { width, height } = projection;
  if (cursor < 0) {
    return key.startsWith("Arrow") ? Math.max(0, peak) : undefined;
  }
  const x = cursor % width;
  const y = Math.floor(cursor / width);
  const at = (column: number, line: number) =>
    Math.min(height - 1, Math.max(0, line)) * width + Math.min(width - 1, Math.max(0, column));
  switch (key) {
    case "ArrowLeft":
      return at(x - 1, y);
    case "ArrowRight":
      return at(x + 1, y);
    case "ArrowUp":
      return at(x, y + 1);
    case "ArrowDown":
      return at(x, y - 1);
    case "Home":
      return Math.max(0, peak);
    case "Escape":
      return -1;
    default:
      return undefined;
  }
}
