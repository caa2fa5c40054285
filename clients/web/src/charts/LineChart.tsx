// Lines over time by uPlot, in panes below one another that share the cursor and the zoom.

import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { usePreferences } from "../app/preferences";
import { randomUuid } from "../rpc/requestId";
import styles from "./LineChart.module.css";
import { onThemeChange, themeColors } from "./themeColors";

export interface Line {
  readonly label: string;
  /** A token of the theme. */
  readonly color: `--${string}`;
  readonly values: readonly (number | null)[];
  readonly isFilled?: boolean;
  readonly isDashed?: boolean;
}

/** A span of time that is shaded, in seconds since 1970 UTC. */
export interface Band {
  readonly from: number;
  readonly to: number;
}

export interface Pane {
  readonly height: number;
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** Equal factors are equally tall; all values must be above 0. */
  readonly isLogarithmic?: boolean;
  /** Behind the lines. */
  readonly bands?: readonly Band[];
}

interface Props {
  readonly label: string;
  /** Seconds since 1970 UTC. */
  readonly times: readonly number[];
  readonly panes: readonly Pane[];
  /** Told when another span is shown, as a share of all; 1 is all of it. */
  readonly onZoom?: (share: number) => void;
}

const AXIS_WIDTH = 74;
const DAY = 86_400;

/**
 * How moments are written below the axis, by the distance of the ticks: the text of each, and what
 * is added where a year, a month, a day, an hour, a minute or a second begins.
 */
const MOMENTS = [
  [365 * DAY, "{YYYY}", null, null, null, null, null, null, 1],
  [28 * DAY, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [DAY, "{D} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [60, "{HH}:{mm}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
];

export function LineChart({ label, times, panes, onZoom }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const { zone } = usePreferences();
  const zoomed = useRef(onZoom);
  const shown = useRef<{ min: number; max: number } | undefined>(undefined);
  useEffect(() => {
    zoomed.current = onZoom;
  });
  useEffect(() => {
    const root = element.current;
    if (!root || times.length === 0) {
      return;
    }
    const first = times[0] ?? 0;
    const last = times.at(-1) ?? 0;
    const sync = uPlot.sync(randomUuid());
    const onSpan = (plot: uPlot) => {
      const { min = first, max = last } = plot.scales["x"] ?? {};
      const isAll = min <= first && max >= last;
      shown.current = isAll ? undefined : { min, max };
      for (const other of charts) {
        const scale = other.scales["x"];
        if (other !== plot && (scale?.min !== min || scale?.max !== max)) {
          other.setScale("x", { min, max });
        }
      }
      zoomed.current?.(isAll ? 1 : (max - min) / (last - first));
    };
    let charts: uPlot[] = [];
    const draw = () => {
      for (const chart of charts) {
        chart.destroy();
      }
      charts = panes.map((pane, place) => {
        const options = optionsOf(root, pane, zone === "utc", place === panes.length - 1, sync.key);
        options.hooks = {
          setScale: [(plot, scale) => scale === "x" && onSpan(plot)],
          ready: [tellLast],
          setCursor: [tellLast],
          drawClear: [(plot) => shade(plot, pane.bands ?? [], root)],
        };
        const data = [times, ...pane.lines.map(({ values }) => values)] as uPlot.AlignedData;
        return new uPlot(options, data, root);
      });
      const span = shown.current;
      if (span) {
        charts[0]?.setScale("x", span);
      }
    };
    draw();
    const sizes = new ResizeObserver(() => {
      for (const [place, chart] of charts.entries()) {
        chart.setSize({ width: root.clientWidth, height: panes[place]?.height ?? 200 });
      }
    });
    sizes.observe(root);
    const stopThemes = onThemeChange(draw);
    return () => {
      sizes.disconnect();
      stopThemes();
      for (const chart of charts) {
        chart.destroy();
      }
    };
  }, [times, panes, zone]);
  return (
    <div
      ref={element}
      className={styles.chart}
      role="img"
      aria-label={label}
      data-chart="lines"
      data-points={times.length}
      data-bands={bandsText(panes)}
    />
  );
}

/** What differs by no more than a millionth is one height: labels would be alike, and ticks without end. */
const DUST = 1e-6;

function rangeOf(_: uPlot, least: number | null, most: number | null): uPlot.Range.MinMax {
  if (least === null || most === null) {
    return [least, most];
  }
  const dust = DUST * Math.max(Math.abs(least), Math.abs(most));
  const middle = (least + most) / 2;
  return most - least > dust
    ? uPlot.rangeNum(least, most, 0.1, true)
    : uPlot.rangeNum(middle, middle, 0.1, true);
}

/** Where shading begins and ends, for who can not see the canvas. */
function bandsText(panes: readonly Pane[]): string | undefined {
  const bands = panes.flatMap((pane) => pane.bands ?? []);
  return bands.length === 0 ? undefined : bands.map(({ from, to }) => `${from} ${to}`).join(", ");
}

function optionsOf(
  root: HTMLElement,
  { height, lines, format, isLogarithmic = false }: Pane,
  isUtc: boolean,
  isLast: boolean,
  key: string,
): uPlot.Options {
  const tokens = ["--color-text-soft", "--color-grid", ...lines.map(({ color }) => color)] as const;
  const colors = themeColors(root, tokens);
  const colorOf = (token: Line["color"]) => colors[token] ?? "gray";
  const axis = {
    stroke: colorOf("--color-text-soft"),
    font: "11px system-ui, sans-serif",
    grid: { stroke: colorOf("--color-grid"), width: 1 },
    ticks: { stroke: colorOf("--color-grid"), width: 1, size: 4 },
  };
  const value = (_: uPlot, raw: number | null) => (raw == null ? "–" : format(raw));
  return {
    width: root.clientWidth,
    height,
    // Room for the half of the last label.
    padding: [8, 28, 0, 0],
    cursor: { sync: { key, scales: ["x", null] }, y: false, points: { size: 6 } },
    ...(isUtc && { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), "UTC") }),
    scales: { y: isLogarithmic ? { distr: 3 as const } : { range: rangeOf } },
    axes: [
      {
        ...axis,
        values: MOMENTS as uPlot.Axis.Values,
        ...(!isLast && { values: (_: uPlot, splits: number[]) => splits.map(() => ""), size: 8 }),
      },
      {
        ...axis,
        size: AXIS_WIDTH,
        values: (_, splits) => splits.map((it) => (it == null ? "" : format(it))),
      },
    ],
    series: [
      { label: isUtc ? "UTC" : "Local", value: "{YYYY}-{MM}-{DD} {HH}:{mm}" },
      ...lines.map((line) => ({
        label: line.label,
        stroke: colorOf(line.color),
        width: line.isDashed ? 1.2 : 1.6,
        value,
        points: { show: false },
        ...(line.isDashed && { dash: [5, 4] }),
        ...(line.isFilled && { fill: transparent(colorOf(line.color)) }),
      })),
    ],
  };
}

function shade(plot: uPlot, bands: readonly Band[], root: HTMLElement): void {
  const { ctx, bbox } = plot;
  const { "--color-drawdown": color } = themeColors(root, ["--color-drawdown"]);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = transparent(color);
  for (const { from, to } of bands) {
    const [left, right] = [from, to].map((at) => plot.valToPos(at, "x", true));
    ctx.fillRect(left ?? 0, bbox.top, Math.max(1, (right ?? 0) - (left ?? 0)), bbox.height);
  }
  ctx.restore();
}

/** Without a cursor the legend tells how it ended. */
function tellLast(plot: uPlot): void {
  if (plot.cursor.idx == null) {
    plot.setLegend({ idx: plot.data[0].length - 1 }, false);
  }
}

/** Computed colours come as `rgb(…)`. */
function transparent(color: string): string {
  return color.replace("rgb(", "rgba(").replace(")", ", 0.16)");
}
