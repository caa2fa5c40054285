// How much of the equity each instrument was over time, at points of the equity curve.

import { useMemo } from "react";
import type { Line } from "../charts/LineChart";
import { formatCount, formatPercent } from "../format/number";
import { LinesPanel } from "./LinesPanel";
import { type Subject, useWeights } from "./queries";
import { type WeightLine, weightLines } from "./weights";

const POINTS = 2_000;
const COLORS = [
  "--color-equity",
  "--series-2",
  "--series-3",
  "--series-4",
  "--series-5",
  "--series-6",
  "--series-7",
] as const satisfies readonly Line["color"][];

function colorOf({ kind }: WeightLine, place: number): Line["color"] {
  const own = COLORS[place % COLORS.length] ?? "--color-text";
  return kind === "cash" ? "--color-benchmark" : kind === "others" ? "--color-text" : own;
}

export default function WeightsPanel({ subject }: { readonly subject: Subject }) {
  const { data: curve, error, refetch } = useWeights(subject, POINTS);
  const drawn = useMemo(() => {
    if (!curve) {
      return undefined;
    }
    const lines = weightLines(curve.weights).map((line, place) => ({
      label: line.name,
      color: colorOf(line, place),
      values: line.weights,
      isDashed: line.kind === "cash",
    }));
    const times = curve.timeUnixMs.map((time) => Number(time) / 1000);
    return { times, panes: [{ height: 220, format: formatWeight, lines }] };
  }, [curve]);
  return (
    <LinesPanel
      title="Weights"
      picture="Weights"
      aside={
        curve && (
          <span>
            shares of the equity, below zero while short · {formatCount(curve.timeUnixMs.length)} of{" "}
            {formatCount(Number(curve.totalPoints))} points
          </span>
        )
      }
      label="Share of each instrument and of the cash in the equity over time"
      what="the weights"
      drawn={drawn}
      error={error}
      onRetry={refetch}
    />
  );
}

function formatWeight(share: number): string {
  return formatPercent(share, 2);
}
