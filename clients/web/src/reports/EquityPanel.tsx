// Equity, drawdown, and what holding the instrument would have made. Zooming in asks for more
// points of the same curve; the server keeps the minimum and the maximum of what it merges.

import { useMemo, useState } from "react";
import { usePreferences } from "../app/preferences";
import { equitySeries, normalized } from "../charts/equityData";
import { LineChart, type Pane } from "../charts/LineChart";
import { formatCompact, formatCount, formatPercent } from "../format/number";
import type { Subscription } from "../gen/tradeforge/v1/types_pb";
import { Button } from "../ui/Button";
import { Choice } from "../ui/Choice";
import { FailureMessage } from "../ui/Message";
import { Panel } from "../ui/Panel";
import { BenchmarkChoice } from "./BenchmarkChoice";
import { HELD, useBenchmark } from "./benchmark";
import { type Subject, useEquity } from "./queries";
import { Skeleton } from "./Skeleton";
import { useStatistics } from "./useStatistics";

interface Props {
  readonly subject: Subject;
  /** What the run holds for comparison, unless something else is chosen. */
  readonly subscription: Subscription | undefined;
}

const SCALES = [
  { value: "money", label: "Money" },
  { value: "percent", label: "%" },
  { value: "log", label: "Log" },
] as const;
type Scale = (typeof SCALES)[number]["value"];

/** So many of the deepest drawdowns are shaded: of more one sees none. */
const SHADED = 5;

const POINTS = 2_000;
/** The most that the server gives. */
const POINTS_MAX = 40_000;

export function EquityPanel({ subject, subscription }: Props) {
  const [points, setPoints] = useState(POINTS);
  const [scale, setScale] = useState<Scale>("money");
  const { data: curve, error, refetch } = useEquity(subject, points);
  const [choice, setChoice] = useState(HELD);
  const benchmark = useBenchmark(choice, curve);
  const { zone } = usePreferences();
  // Of a long curve once somebody has asked for what all of its points come to.
  const { data: statistics } = useStatistics(subject, zone, false);
  const drawn = useMemo(() => {
    if (!curve) {
      return undefined;
    }
    const { times, equity, drawdown, held: own } = equitySeries(curve);
    const held = benchmark.values ?? (choice === HELD ? own : []);
    // A logarithm has no place for an account that is used up.
    const isPositive = [...equity, ...held].every((value) => value > 0);
    const shown = (values: readonly number[]) =>
      scale === "percent" ? normalized(values) : values;
    const end = times.at(-1) ?? 0;
    const deepest = statistics?.drawdowns().slice(0, SHADED) ?? [];
    const bands = deepest.map(({ peakMs, recoveredMs }) => ({
      from: peakMs / 1000,
      to: recoveredMs === undefined ? end : recoveredMs / 1000,
    }));
    const panes: Pane[] = [
      {
        height: 260,
        bands,
        format: scale === "percent" ? (value) => formatPercent(value, 2) : formatMoney,
        isLogarithmic: scale === "log" && isPositive,
        lines: [
          { label: "Equity", color: "--color-equity", values: shown(equity) },
          ...(held.length > 0
            ? [
                {
                  label: benchmark.label,
                  color: "--color-benchmark",
                  values: shown(held),
                  isDashed: true,
                } as const,
              ]
            : []),
        ],
      },
      {
        height: 130,
        // Drawn downwards, and written as the metric is: how much was lost.
        format: (value) => formatPercent(-value, 1),
        lines: [{ label: "Drawdown", color: "--color-drawdown", values: drawdown, isFilled: true }],
      },
    ];
    return { times, panes, shaded: bands.length };
  }, [curve, scale, choice, benchmark.values, benchmark.label, statistics]);
  if (error) {
    return <FailureMessage error={error} what="the equity curve" onRetry={refetch} />;
  }
  const total = Number(curve?.totalPoints ?? 0n);
  return (
    <Panel
      title="Equity"
      picture="Equity"
      aside={
        <>
          {drawn && (
            <span>
              {formatCount(drawn.times.length)} of {formatCount(total)} points · drag to zoom,
              double-click for all{drawn.shaded > 0 && shadedText(drawn.shaded)}
            </span>
          )}
          <BenchmarkChoice
            own={subscription}
            runId={subject.runId}
            choice={choice}
            onChoose={setChoice}
          />
          <Choice label="Scale" value={scale} choices={SCALES} onChange={setScale} />
          {points > POINTS && (
            <Button small look="quiet" onClick={() => setPoints(POINTS)}>
              Fewer points
            </Button>
          )}
        </>
      }
      flush
    >
      {benchmark.error && (
        <FailureMessage error={benchmark.error} what="what the equity is compared with" />
      )}
      {drawn ? (
        <LineChart
          label="Equity, what it is compared with, and drawdown over time"
          times={drawn.times}
          panes={drawn.panes}
          onZoom={(share) => {
            const wanted = Math.min(POINTS_MAX, Math.ceil(POINTS / Math.max(share, 1e-6)));
            // In powers of two, so that a little more zoom is no other request.
            const rounded = POINTS * 2 ** Math.ceil(Math.log2(wanted / POINTS));
            const next = Math.min(POINTS_MAX, rounded);
            if (next > points && points < total) {
              setPoints(next);
            }
          }}
        />
      ) : (
        <Skeleton height={420} label="The equity curve is on its way" />
      )}
    </Panel>
  );
}

function shadedText(count: number): string {
  return count === 1 ? " · its drawdown shaded" : ` · the ${count} deepest drawdowns shaded`;
}

function formatMoney(value: number): string {
  return Math.abs(value) >= 1e6 ? formatCompact(value) : formatCount(value);
}
