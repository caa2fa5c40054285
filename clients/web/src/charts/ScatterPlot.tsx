// Points of two numbers each, on a canvas, since there may be half a million. The one under the mouse
// or under the keys is told; a click chooses it.

import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import styles from "./ScatterPlot.module.css";
import { onThemeChange, themeColors } from "./themeColors";
import { endsOf, roundTicks } from "./ticks";

export interface ScatterAxis {
  readonly name: string;
  readonly format: (value: number) => string;
}

interface Props {
  readonly label: string;
  readonly xs: ArrayLike<number>;
  readonly ys: ArrayLike<number>;
  readonly x: ScatterAxis;
  readonly y: ScatterAxis;
  /** The colour of each point; without it all have one. */
  readonly colorOf?: ((at: number) => "good" | "bad" | "plain") | undefined;
  /** Points that are joined in this order, as a front is. */
  readonly front?: readonly number[] | undefined;
  /** What a point is, in a few words. */
  readonly tell: (at: number) => string;
  readonly onChoose: (at: number) => void;
}

const HEIGHT = 300;
const MARGIN = { left: 74, right: 14, top: 10, bottom: 38 } as const;
const NEAR = 14;
const TOKENS = [
  "--color-text-soft",
  "--color-grid",
  "--color-equity",
  "--color-up",
  "--color-down",
  "--color-text",
  "--color-live",
] as const;

interface Scale {
  readonly width: number;
  readonly toX: (value: number) => number;
  readonly toY: (value: number) => number;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
}

export function ScatterPlot(props: Props) {
  const { label, xs, ys, x, y, colorOf, front, tell, onChoose } = props;
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const [themes, setThemes] = useState(0);
  const [cursor, setCursor] = useState(-1);
  const scale = useMemo(() => scaleOf(xs, ys, width), [xs, ys, width]);
  // By the first axis, as the keys go.
  const order = useMemo(() => orderOf(xs, ys), [xs, ys]);
  useEffect(() => {
    const root = frame.current;
    if (!root) {
      return;
    }
    const sizes = new ResizeObserver(() => setWidth(root.clientWidth));
    sizes.observe(root);
    const stop = onThemeChange(() => setThemes((count) => count + 1));
    return () => {
      sizes.disconnect();
      stop();
    };
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme is other colours
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (canvas.current && context && width > 0) {
      paint(canvas.current, context, scale, { xs, ys, x, y, colorOf, front });
    }
  }, [scale, xs, ys, x, y, colorOf, front, themes, width]);
  const nearest = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return nearestTo(xs, ys, scale, event.clientX - box.left, event.clientY - box.top);
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step !== undefined) {
      const place = cursor < 0 ? (step > 0 ? -1 : order.length) : order.indexOf(cursor);
      setCursor(order[Math.min(order.length - 1, Math.max(0, place + step))] ?? -1);
    } else if (event.key === "Enter" && cursor >= 0) {
      onChoose(cursor);
    } else if (event.key === "Escape") {
      setCursor(-1);
    } else {
      return;
    }
    event.preventDefault();
  };
  const isShown = cursor >= 0 && cursor < xs.length;
  return (
    <div
      ref={frame}
      className={styles.plot}
      role="application"
      aria-label={`${label}. Arrow keys go from point to point, Enter opens one.`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application is driven by its own keys
      tabIndex={0}
      data-chart="scatter"
      data-points={order.length}
      onKeyDown={onKey}
      onPointerMove={(event) => setCursor(nearest(event))}
      onPointerLeave={() => setCursor(-1)}
      onClick={(event) => {
        const at = nearest(event as unknown as PointerEvent<HTMLElement>);
        if (at >= 0) {
          onChoose(at);
        }
      }}
    >
      <canvas ref={canvas} />
      {isShown && (
        <i
          className={styles.cursor}
          style={{ left: scale.toX(xs[cursor] ?? 0), top: scale.toY(ys[cursor] ?? 0) }}
        />
      )}
      <output className={styles.tells} aria-live="polite">
        {isShown
          ? `${tell(cursor)} · ${x.name} ${x.format(xs[cursor] ?? 0)} · ${y.name} ${y.format(ys[cursor] ?? 0)}`
          : " "}
      </output>
    </div>
  );
}

function orderOf(xs: ArrayLike<number>, ys: ArrayLike<number>): number[] {
  return Array.from({ length: xs.length }, (_, at) => at)
    .filter((at) => Number.isFinite(xs[at]) && Number.isFinite(ys[at]))
    .sort((a, b) => (xs[a] ?? 0) - (xs[b] ?? 0));
}

function scaleOf(xs: ArrayLike<number>, ys: ArrayLike<number>, width: number): Scale {
  const [across, up] = [widened(endsOf(xs)), widened(endsOf(ys))];
  const inner = Math.max(1, width - MARGIN.left - MARGIN.right);
  const tall = HEIGHT - MARGIN.top - MARGIN.bottom;
  return {
    width,
    toX: (value) => MARGIN.left + ((value - across.low) / (across.high - across.low)) * inner,
    toY: (value) => MARGIN.top + (1 - (value - up.low) / (up.high - up.low)) * tall,
    xTicks: roundTicks(across.low, across.high, Math.max(2, Math.floor(inner / 110))),
    yTicks: roundTicks(up.low, up.high, 6),
  };
}

/** With some room, so that no point lies on the edge. */
function widened({ low, high }: { readonly low: number; readonly high: number }) {
  const room = high > low ? (high - low) * 0.03 : Math.max(1, Math.abs(low)) * 0.5;
  return { low: low - room, high: high + room };
}

function nearestTo(
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
  { toX, toY }: Scale,
  left: number,
  top: number,
): number {
  let [best, least] = [-1, NEAR * NEAR];
  for (let at = 0; at < xs.length; at += 1) {
    const distance =
      (toX(xs[at] ?? Number.NaN) - left) ** 2 + (toY(ys[at] ?? Number.NaN) - top) ** 2;
    if (distance < least) {
      [best, least] = [at, distance];
    }
  }
  return best;
}

function paint(
  canvas: HTMLCanvasElement,
  context: CanvasRenderingContext2D,
  { width, toX, toY, xTicks, yTicks }: Scale,
  { xs, ys, x, y, colorOf, front }: Pick<Props, "xs" | "ys" | "x" | "y" | "colorOf" | "front">,
): void {
  const colors = themeColors(canvas, TOKENS);
  const density = devicePixelRatio || 1;
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(HEIGHT * density);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${HEIGHT}px`;
  context.setTransform(density, 0, 0, density, 0, 0);
  context.font = "11px system-ui, sans-serif";
  context.fillStyle = colors["--color-text-soft"];
  context.strokeStyle = colors["--color-grid"];
  context.textBaseline = "middle";
  context.beginPath();
  for (const tick of yTicks) {
    context.moveTo(MARGIN.left, toY(tick));
    context.lineTo(width - MARGIN.right, toY(tick));
    context.textAlign = "right";
    context.fillText(y.format(tick), MARGIN.left - 6, toY(tick));
  }
  for (const tick of xTicks) {
    context.moveTo(toX(tick), MARGIN.top);
    context.lineTo(toX(tick), HEIGHT - MARGIN.bottom);
    context.textAlign = "center";
    context.fillText(x.format(tick), toX(tick), HEIGHT - MARGIN.bottom + 10);
  }
  context.stroke();
  context.textAlign = "right";
  context.fillText(x.name, width - MARGIN.right, HEIGHT - 8);
  context.textAlign = "left";
  context.fillText(y.name, 4, HEIGHT - 8);

  const shade = {
    good: colors["--color-up"],
    bad: colors["--color-down"],
    plain: colors["--color-equity"],
  };
  const size = xs.length > 20_000 ? 1.5 : xs.length > 2_000 ? 3 : 5;
  context.globalAlpha = xs.length > 2_000 ? 0.5 : 0.75;
  for (let at = 0; at < xs.length; at += 1) {
    context.fillStyle = shade[colorOf?.(at) ?? "plain"];
    context.fillRect(
      toX(xs[at] ?? Number.NaN) - size / 2,
      toY(ys[at] ?? Number.NaN) - size / 2,
      size,
      size,
    );
  }
  context.globalAlpha = 1;
  if (front && front.length > 0) {
    context.strokeStyle = colors["--color-live"];
    context.fillStyle = colors["--color-live"];
    context.lineWidth = 1.5;
    context.beginPath();
    for (const at of front) {
      context.lineTo(toX(xs[at] ?? 0), toY(ys[at] ?? 0));
    }
    context.stroke();
    for (const at of front) {
      context.fillRect(toX(xs[at] ?? 0) - 3, toY(ys[at] ?? 0) - 3, 6, 6);
    }
    context.lineWidth = 1;
  }
}
