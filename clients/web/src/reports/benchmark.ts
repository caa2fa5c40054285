// Another series or another run beside an equity curve: what the first equity would be worth in it, at
// the curve's own points, by the last value that was known then.

import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { valueAt } from "../charts/equityData";
import type { GetBarsResponse } from "../gen/tradeforge/v1/market_data_service_pb";
import type { GetEquityCurveResponse } from "../gen/tradeforge/v1/result_service_pb";
import { marketData } from "../rpc/marketData";
import { results } from "../rpc/results";
import { minutesOf } from "../submit/timeframes";

/** The instrument of the run itself, which its own curve tells. */
export const HELD = "";
/** What a run begins with among choices; a series begins with its exchange. */
const RUN = "run ";

const BARS = 4_000;
/** So many bars at either end are asked for by themselves: of merged ones, those that the span cuts are none. */
const BARS_AT_ENDS = 400;

export function choiceOfRun(runId: string, name: string): string {
  return `${RUN}${runId} ${name}`;
}

/** Values at times in milliseconds, rising. */
export interface Known {
  readonly times: readonly number[];
  readonly values: readonly number[];
  /** What all values are in proportion to. */
  readonly start: number;
}

interface Benchmark {
  readonly label: string;
  /** Undefined for the run's own, and until they are here. */
  readonly values: readonly number[] | undefined;
  readonly error: Error | null;
}

export function useBenchmark(choice: string, curve: GetEquityCurveResponse | undefined): Benchmark {
  const first = Number(curve?.timeUnixMs[0] ?? 0n);
  const last = Number(curve?.timeUnixMs.at(-1) ?? 0n);
  const { data, error } = useQuery({
    queryKey: ["benchmark", choice, first, last],
    enabled: choice !== HELD && curve !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      choice.startsWith(RUN)
        ? ofRun(choice.slice(RUN.length).split(" ")[0] ?? "", signal)
        : ofSeries(choice, first, last, signal),
  });
  const values = useMemo(
    () => (curve && data && choice !== HELD ? alongside(curve, data) : undefined),
    [curve, data, choice],
  );
  const name = choice.startsWith(RUN) ? choice.split(" ").slice(2).join(" ") : `${choice} held`;
  return { label: choice === HELD ? "Buy and hold" : name, values, error };
}

/** The curve's first equity put into it at the start. */
export function alongside(
  { timeUnixMs, equity }: Pick<GetEquityCurveResponse, "timeUnixMs" | "equity">,
  { times, values, start }: Known,
): number[] {
  const initial = equity[0] ?? 0;
  return timeUnixMs.map(
    (millis) => (initial * (valueAt(times, values, Number(millis)) ?? start)) / start,
  );
}

async function ofRun(runId: string, signal: AbortSignal): Promise<Known> {
  const curve = await results.getEquityCurve({ runId, maxPoints: BARS }, { signal });
  const times = curve.timeUnixMs.map(Number);
  return { times, values: curve.equity, start: curve.equity[0] ?? Number.NaN };
}

async function ofSeries(
  choice: string,
  first: number,
  last: number,
  signal: AbortSignal,
): Promise<Known> {
  const [, exchange = "", symbol = "", timeframe = ""] =
    /^([^:]*):(.*)@([^@]+)$/.exec(choice) ?? [];
  const barMs = (minutesOf(timeframe) ?? 1) * 60_000;
  const bars = (startMs: number, endMs: number) =>
    marketData.getBars(
      {
        subscription: { exchange, symbol, timeframe },
        timeRange: { startTime: timestampFromMs(startMs), endTime: timestampFromMs(endMs) },
        maxBars: BARS,
      },
      { signal },
    );
  const around = BARS_AT_ENDS * barMs;
  const parts = await Promise.all([
    bars(first, Math.min(last, first + around)),
    bars(first, last),
    bars(Math.max(first, last - around), last),
  ]);
  return knownOf(parts);
}

/** The closes of all parts at the ends of their bars, and the first open. */
export function knownOf(parts: readonly GetBarsResponse[]): Known {
  const closes = new Map<number, number>();
  for (const { timeUnixMs, close, timeframe } of parts) {
    const barMs = (minutesOf(timeframe) ?? 1) * 60_000;
    timeUnixMs.forEach((millis, at) => {
      closes.set(Number(millis) + barMs, close[at] ?? Number.NaN);
    });
  }
  const times = [...closes.keys()].sort((a, b) => a - b);
  const starts = parts.flatMap(({ timeUnixMs, open }) =>
    timeUnixMs[0] === undefined ? [] : [{ at: Number(timeUnixMs[0]), open: open[0] ?? 0 }],
  );
  const [start] = starts.sort((a, b) => a.at - b.at);
  if (!start) {
    throw new Error("it has no bars over the span of the run");
  }
  return { times, values: times.map((time) => closes.get(time) ?? Number.NaN), start: start.open };
}
