// The canvases of a heat map and what moves on them: frames while trials land, the cursor by mouse
// and keys. React renders this once; trials never make it render again.

import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from "react";
import type { ScaleWish } from "./colorScale";
import { ContourLayer } from "./contourLayer";
import styles from "./HeatMap.module.css";
import type { HeatMapModel } from "./heatMapModel";
import { HeatMapPainter } from "./heatMapPainter";
import type { HeatMapView } from "./mapAddress";
import type { MapTable } from "./mapPart";
import { dimensions } from "./plateau";
import { onThemeChange } from "./themeColors";

interface Props {
  readonly table: MapTable;
  readonly model: HeatMapModel;
  readonly view: HeatMapView;
  readonly label: string;
  readonly describedBy: string;
  readonly hasContours: boolean;
  /** What is set of the colours: another wish is another picture. */
  readonly wish: ScaleWish;
  readonly cursor: number;
  /** Two corners of what is marked. */
  readonly box: CellBox | undefined;
  /** Cells are marked, from the first corner to the one that the mouse or the keys are at. */
  readonly onBox: (box: CellBox) => void;
  /** The mouse is on a cell, or on none. */
  readonly onHover: (cell: number) => void;
  /** The keys go to a cell. */
  readonly onMove: (cell: number) => void;
  readonly onChoose: (cell: number) => void;
  readonly onOpen: (cell: number) => void;
}

/** A cell, and the one in the opposite corner. */
export type CellBox = readonly [cell: number, other: number];

export function HeatMapCanvas(props: Props) {
  const {
    table,
    model,
    view,
    label,
    describedBy,
    hasContours,
    wish,
    cursor,
    box,
    onBox,
    onHover,
    onMove,
    onChoose,
    onOpen,
  } = props;
  const raw = useRef<HTMLCanvasElement>(null);
  const plateau = useRef<HTMLCanvasElement>(null);
  const painters = useRef<readonly HeatMapPainter[]>([]);
  const rawLines = useRef<HTMLCanvasElement>(null);
  const plateauLines = useRef<HTMLCanvasElement>(null);
  const rawBox = useRef<HTMLDivElement>(null);
  const plateauBox = useRef<HTMLDivElement>(null);
  const cursorNow = useRef(cursor);
  const boxNow = useRef(box);
  /** Where a button of the mouse went down, and whether it has been dragged since. */
  const press = useRef({ cell: -1, isDragged: false });
  const redraw = useRef(() => {});

  // biome-ignore lint/correctness/useExhaustiveDependencies: another view has other canvases
  useEffect(() => {
    const canvases = [raw.current, plateau.current].filter((canvas) => canvas !== null);
    const drawn = canvases.map((canvas) => ({
      painter: new HeatMapPainter(canvas),
      isSmooth: canvas === plateau.current,
      contours: layerOn(canvas === plateau.current ? plateauLines.current : rawLines.current),
    }));
    painters.current = drawn.map(({ painter }) => painter);
    const paint = () => {
      const { projection, scale, smooth } = model;
      const x = table.axes[projection.plan.x];
      const y = projection.height > 1 ? table.axes[projection.plan.y] : undefined;
      for (const { painter, isSmooth, contours } of x ? drawn : []) {
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
          const { width, height } = projection;
          const whole = painter.boxBetween(0, width * height - 1);
          contours?.draw({ values, width, height }, scale, whole);
          markBox(isSmooth ? plateauBox.current : rawBox.current, painter, boxNow.current);
        }
      }
    };
    const stopThemes = onThemeChange(() => {
      for (const painter of painters.current) {
        painter.forgetTheme();
      }
      for (const { contours } of drawn) {
        contours?.forgetTheme();
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
  }, [table, model, view, hasContours]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the model has taken in the wish
  useEffect(() => {
    cursorNow.current = cursor;
    boxNow.current = box;
    redraw.current();
  }, [cursor, wish, box]);

  const cellUnder = (event: PointerEvent<HTMLCanvasElement>) => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const painter = painters.current.at(event.currentTarget === raw.current ? 0 : -1);
    return painter?.cellAt(event.clientX - left, event.clientY - top) ?? -1;
  };
  const pointer = {
    onPointerDown: (event: PointerEvent<HTMLCanvasElement>) => {
      // A finger scrolls the page.
      const canDrag = event.pointerType !== "touch" && event.button === 0;
      press.current = { cell: canDrag ? cellUnder(event) : -1, isDragged: false };
    },
    onPointerMove: (event: PointerEvent<HTMLCanvasElement>) => {
      const [cell, from] = [cellUnder(event), press.current.cell];
      if ((event.buttons & 1) === 0 || from < 0 || cell < 0) {
        onHover(cell);
      } else if (cell !== from || press.current.isDragged) {
        press.current = { cell: from, isDragged: true };
        onBox([from, cell]);
      }
    },
    onPointerLeave: () => onHover(-1),
    onClick: (event: PointerEvent<HTMLCanvasElement>) => {
      if (!press.current.isDragged) {
        onChoose(cellUnder(event));
      }
    },
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && cursor >= 0) {
      onOpen(cursor);
      return;
    }
    const isMarking = event.shiftKey && cursor >= 0;
    const next = moved(model, isMarking ? (box?.[1] ?? cursor) : cursor, event.key);
    if (next !== undefined) {
      event.preventDefault();
      if (isMarking && next >= 0) {
        onBox([box?.[0] ?? cursor, next]);
      } else {
        onMove(next);
      }
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
      aria-label={`${label}. Arrow keys move over the cells, with Shift they mark a box, Enter opens the trial.`}
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
          <div className={styles.canvasFrame}>
            <canvas ref={raw} className={styles.canvas} {...pointer} />
            {hasContours && <canvas ref={rawLines} className={styles.contours} />}
            <div ref={rawBox} className={styles.box} hidden data-box="raw" />
          </div>
        </figure>
      )}
      {view !== "raw" && (
        <figure className={styles.map}>
          <figcaption>
            Plateaus: median of {dimensions(model.grid) === 2 ? "each 3 × 3" : "three in a row"}
          </figcaption>
          <div className={styles.canvasFrame}>
            <canvas ref={plateau} className={styles.canvas} {...pointer} />
            {hasContours && <canvas ref={plateauLines} className={styles.contours} />}
            <div ref={plateauBox} className={styles.box} hidden data-box="plateau" />
          </div>
        </figure>
      )}
    </div>
  );
}

function layerOn(canvas: HTMLCanvasElement | null): ContourLayer | undefined {
  return canvas ? new ContourLayer(canvas) : undefined;
}

/** Lays the frame round the cells that are marked. */
function markBox(
  element: HTMLDivElement | null,
  painter: HeatMapPainter,
  box: CellBox | undefined,
): void {
  if (element) {
    element.hidden = box === undefined;
    for (const [name, pixels] of box ? Object.entries(painter.boxBetween(...box)) : []) {
      element.style.setProperty(name, `${pixels}px`);
    }
  }
}

/** What waits is looked at again after so long. */
const LATER_MS = 100;

/** Paints in the next frame after anything changed, and at most once a frame. */
function keepPainted(
  table: MapTable,
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
