// Trials as lines over axes that stand side by side. A drag along an axis chooses a range of it; what
// lies within all ranges is drawn, the rest is left as a shade.

import { type PointerEvent, useEffect, useRef, useState } from "react";
import styles from "./ParallelAxes.module.css";
import { onThemeChange, themeColors } from "./themeColors";
import { endsOf } from "./ticks";

export interface SideAxis {
  readonly key: string;
  readonly name: string;
  readonly values: ArrayLike<number>;
  readonly labels: readonly string[] | undefined;
  readonly format: (value: number) => string;
}

type Ranges = ReadonlyMap<string, readonly [low: number, high: number]>;

interface Props {
  readonly label: string;
  readonly axes: readonly SideAxis[];
  /** The trials within the ranges. */
  readonly shown: readonly number[];
  /** How many trials there are. */
  readonly count: number;
  /** The axis that the colours go by. */
  readonly colorBy: string;
  readonly ranges: Ranges;
  readonly onRanges: (ranges: Ranges) => void;
}

const HEIGHT = 300;
const MARGIN = { side: 56, top: 26, bottom: 22 } as const;
/** More lines than this cover each other; those drawn are spread evenly over all. */
export const LINES_MAX = 4_000;
const TOKENS = [
  "--color-text",
  "--color-text-soft",
  "--color-border-strong",
  "--viridis-1",
  "--viridis-2",
  "--viridis-3",
  "--viridis-4",
  "--viridis-5",
  "--color-accent",
] as const;
const SCALE = TOKENS.filter((token) => token.startsWith("--viridis"));

export function ParallelAxes(props: Props) {
  const { label, axes, shown, count, colorBy, ranges, onRanges } = props;
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const [themes, setThemes] = useState(0);
  const [drag, setDrag] = useState<{ readonly axis: number; readonly from: number; to: number }>();
  useEffect(() => {
    const root = frame.current;
    if (!root) {
      return;
    }
    const sizes = new ResizeObserver(() => setWidth(root.clientWidth));
    sizes.observe(root);
    const stop = onThemeChange(() => setThemes((times) => times + 1));
    return () => {
      sizes.disconnect();
      stop();
    };
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme is other colours
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (canvas.current && context && width > 0) {
      paint(canvas.current, context, width, { axes, shown, count, colorBy, ranges });
    }
  }, [axes, shown, count, colorBy, ranges, width, themes]);
  const place = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const gap = (width - 2 * MARGIN.side) / Math.max(1, axes.length - 1);
    const axis = Math.round((event.clientX - box.left - MARGIN.side) / gap);
    return {
      axis: Math.min(axes.length - 1, Math.max(0, axis)),
      top: Math.min(HEIGHT - MARGIN.bottom, Math.max(MARGIN.top, event.clientY - box.top)),
    };
  };
  const release = () => {
    const axis = drag && axes[drag.axis];
    setDrag(undefined);
    if (!drag || !axis) {
      return;
    }
    const next = new Map(ranges);
    const [one, other] = [valueAt(axis, drag.from), valueAt(axis, drag.to)];
    if (Math.abs(drag.to - drag.from) < 4) {
      next.delete(axis.key);
    } else {
      next.set(axis.key, [Math.min(one, other), Math.max(one, other)]);
    }
    onRanges(next);
  };
  return (
    <div
      ref={frame}
      className={styles.frame}
      role="img"
      aria-label={label}
      data-chart="parallel"
      data-axes={axes.map(({ key }) => key).join(" ")}
      onPointerDown={(event) => {
        const { axis, top } = place(event);
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ axis, from: top, to: top });
      }}
      onPointerMove={(event) => drag && setDrag({ ...drag, to: place(event).top })}
      onPointerUp={release}
      onPointerCancel={() => setDrag(undefined)}
    >
      <canvas ref={canvas} />
      {drag && (
        <i
          className={styles.drag}
          style={{
            left: xOf(drag.axis, axes.length, width) - 7,
            top: Math.min(drag.from, drag.to),
            height: Math.abs(drag.to - drag.from),
          }}
        />
      )}
    </div>
  );
}

function xOf(axis: number, axes: number, width: number): number {
  return axes < 2 ? width / 2 : MARGIN.side + (axis * (width - 2 * MARGIN.side)) / (axes - 1);
}

function scaleOf({ values, labels }: SideAxis) {
  return labels ? { low: 0, high: Math.max(1, labels.length - 1) } : endsOf(values);
}

function yOf(
  value: number,
  { low, high }: { readonly low: number; readonly high: number },
): number {
  const share = high > low ? (value - low) / (high - low) : 0.5;
  return MARGIN.top + (1 - share) * (HEIGHT - MARGIN.top - MARGIN.bottom);
}

/** The value that stands so far below the top. */
function valueAt(axis: SideAxis, top: number): number {
  const { low, high } = scaleOf(axis);
  const share = 1 - (top - MARGIN.top) / (HEIGHT - MARGIN.top - MARGIN.bottom);
  return low + share * (high - low);
}

function paint(
  canvas: HTMLCanvasElement,
  context: CanvasRenderingContext2D,
  width: number,
  { axes, shown, count, colorBy, ranges }: Omit<Props, "label" | "onRanges">,
): void {
  const colors = themeColors(canvas, TOKENS);
  const density = devicePixelRatio || 1;
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(HEIGHT * density);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${HEIGHT}px`;
  context.setTransform(density, 0, 0, density, 0, 0);
  const scales = axes.map(scaleOf);
  const draw = (at: number) => {
    context.beginPath();
    axes.forEach(({ values }, axis) => {
      const value = values[at] ?? Number.NaN;
      const scale = scales[axis];
      if (Number.isFinite(value) && scale) {
        context.lineTo(xOf(axis, axes.length, width), yOf(value, scale));
      }
    });
    context.stroke();
  };
  const isChosen = ranges.size > 0;
  if (isChosen) {
    context.strokeStyle = colors["--color-border-strong"];
    context.globalAlpha = 0.25;
    spread(count).forEach(draw);
  }
  const colored = axes.findIndex(({ key }) => key === colorBy);
  const [by, scale] = [axes[colored]?.values, scales[colored]];
  const lines = spread(shown.length).map((place) => shown[place] ?? 0);
  context.globalAlpha = lines.length > 500 ? 0.25 : 0.6;
  for (const at of lines) {
    const share =
      by && scale && scale.high > scale.low
        ? ((by[at] ?? scale.low) - scale.low) / (scale.high - scale.low)
        : 0.5;
    const tone = SCALE[Math.min(SCALE.length - 1, Math.max(0, Math.floor(share * SCALE.length)))];
    context.strokeStyle = colors[tone ?? "--viridis-3"];
    draw(at);
  }
  context.globalAlpha = 1;
  context.font = "11px system-ui, sans-serif";
  axes.forEach((axis, place) => {
    const x = xOf(place, axes.length, width);
    const ends = scales[place] ?? { low: 0, high: 0 };
    context.strokeStyle = colors["--color-border-strong"];
    context.beginPath();
    context.moveTo(x, MARGIN.top);
    context.lineTo(x, HEIGHT - MARGIN.bottom);
    context.stroke();
    context.textAlign = "center";
    context.fillStyle = colors["--color-text"];
    const room = axes.length > 1 ? (width - 2 * MARGIN.side) / (axes.length - 1) - 6 : width;
    context.fillText(cutTo(context, axis.name, room), x, 10);
    context.fillStyle = colors["--color-text-soft"];
    context.fillText(axis.format(ends.high), x, 22);
    context.fillText(axis.format(ends.low), x, HEIGHT - 6);
    const range = ranges.get(axis.key);
    if (range) {
      const [low, high] = range;
      context.fillStyle = colors["--color-accent"];
      context.globalAlpha = 0.35;
      context.fillRect(x - 6, yOf(high, ends), 12, yOf(low, ends) - yOf(high, ends));
      context.globalAlpha = 1;
    }
  });
}

/** The text, or as much of it as there is room for. */
function cutTo(context: CanvasRenderingContext2D, text: string, room: number): string {
  let cut = text;
  while (cut.length > 1 && context.measureText(cut).width > room) {
    cut = `${cut.slice(0, -2)}…`;
  }
  return cut;
}

/** So many places, or as many as can be drawn, spread evenly. */
function spread(count: number): number[] {
  const drawn = Math.min(count, LINES_MAX);
  return Array.from({ length: drawn }, (_, at) => Math.floor((at * count) / drawn));
}
