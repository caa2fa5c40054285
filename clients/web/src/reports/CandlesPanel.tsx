// Candles with the trades on them. Bars are merged to about what the screen can show; a closer look
// asks for the bars of that span, with some on both sides so that a small move needs no request.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { loadedLater } from "../app/loadedLater";
import { usePreferences } from "../app/preferences";
import { barTimes } from "../charts/candleData";
import { type RuleLine, ruleLines } from "../charts/ruleLines";
import { formatCount } from "../format/number";
import type { GetBarsResponse } from "../gen/tradeforge/v1/market_data_service_pb";
import { RuleValueKind } from "../gen/tradeforge/v1/result_service_pb";
import type { Subscription, TimeRange } from "../gen/tradeforge/v1/types_pb";
import { formatSubscription } from "../runs/describe";
import { minutesOf } from "../submit/timeframes";
import { FailureMessage } from "../ui/Message";
import { Panel } from "../ui/Panel";
import type { Level } from "./levels";
import {
  type Span,
  type Subject,
  spanOf,
  TRADES_DRAWN_MAX,
  useBars,
  useRuleValues,
  useTradesIn,
} from "./queries";
import { RuleLegend } from "./RuleLegend";
import { Skeleton } from "./Skeleton";
import type { TradeRow } from "./trades";

interface Props {
  readonly subject: Subject;
  readonly subscription: Subscription;
  /** Its place among the run's, of what a strategy decides on; undefined for finer bars of one. */
  readonly instrument: number | undefined;
  readonly range: TimeRange | undefined;
  /** A trade to go to. */
  readonly focus: FocusedTrade | undefined;
}

/** A trade with the prices at which it was to end. */
export interface FocusedTrade extends TradeRow {
  readonly levels: readonly Level[];
}

const WAITING = <Skeleton height={420} label="The candles are on their way" />;
const CandleChart = loadedLater(() => import("../charts/CandleChart"), WAITING);

export function CandlesPanel({ subject, subscription, instrument, range, focus }: Props) {
  const whole = useMemo(() => spanOf(range), [range]);
  const [span, setSpan] = useState<Span>();
  const [view, setView] = useState<Span>();
  const leastMs = BARS_AT_LEAST * barMsOf(subscription.timeframe);
  const { zone } = usePreferences();
  const { data: bars, error, refetch, isPlaceholderData } = useBars(subscription, span ?? whole);
  const rules = useRules(subject, instrument, span ?? whole, bars);
  // The bars around the trade first; once they are here, the chart goes to them.
  const wanted = useMemo(
    () => focus && spanOfTrade(focus, subscription.timeframe, whole),
    [focus, subscription.timeframe, whole],
  );
  const isComing = useRef(false);
  useEffect(() => {
    if (wanted) {
      isComing.current = true;
      setSpan(wanted);
    }
  }, [wanted]);
  const isThere = span === wanted && !isPlaceholderData;
  // Whoever looks around from there, and so loads other bars, keeps the trade that is drawn.
  const [shown, setShown] = useState<FocusedTrade>();
  useEffect(() => {
    if (isThere) {
      isComing.current = false;
      setShown(focus);
    }
  }, [isThere, focus]);
  const { data: trades } = useTradesIn(subject, view ?? NO_SPAN);
  const onSpan = useCallback(
    (startMs: number, endMs: number) => {
      // A view that came to rest before the bars of a trade are here does not call them off.
      if (!isComing.current) {
        setSpan((held) => spanAround(held, whole, startMs, endMs, leastMs));
      }
      setView(spanInView(bars, whole, startMs, endMs));
    },
    [whole, bars, leastMs],
  );
  const total = Number(trades?.page.totalSize ?? 0n);
  return (
    <Panel
      title={formatSubscription(subscription)}
      picture={formatSubscription(subscription)}
      aside={
        bars && (
          <span>
            {formatCount(bars.timeUnixMs.length)} bars of {bars.timeframe}
            {trades && ` · ${formatCount(total)} ${total === 1 ? "trade" : "trades"} in view`}
            {total > TRADES_DRAWN_MAX && ", counted above the candles: zoom in to see each"} · drag
            to move, Ctrl and wheel or pinch to zoom
          </span>
        )
      }
      flush
    >
      {error ? (
        <FailureMessage error={error} what="the bars" onRetry={refetch} />
      ) : bars ? (
        <>
          {rules.lines.length > 0 && <RuleLegend {...rules} />}
          {rules.error && (
            <FailureMessage error={rules.error} what="the definitions of the strategy" />
          )}
          <CandleChart
            bars={bars}
            lines={rules.shown}
            symbol={subscription.symbol}
            trades={trades}
            zone={zone}
            focus={isThere ? focus : shown}
            onSpan={onSpan}
          />
        </>
      ) : (
        WAITING
      )}
    </Panel>
  );
}

/** The definitions over the bars, and which of them are drawn: prices unless they are left out. */
function useRules(
  subject: Subject,
  instrument: number | undefined,
  span: Span,
  bars: GetBarsResponse | undefined,
) {
  const { data, error } = useRuleValues(subject, instrument, span);
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const lines = useMemo(() => (data && bars ? ruleLines(data, barTimes(bars)) : []), [data, bars]);
  const isShown = useCallback(
    ({ name, kind }: RuleLine) => chosen.get(name) ?? kind === RuleValueKind.PRICE,
    [chosen],
  );
  const shown = useMemo(() => lines.filter(isShown), [lines, isShown]);
  const onToggle = (line: RuleLine) => {
    setChosen((before) => new Map(before).set(line.name, !isShown(line)));
  };
  return { lines, shown, isShown, onToggle, error };
}

const NO_SPAN: Span = {};
/** Bars around a trade, so that one sees where it came from. */
const BARS_AROUND = 60;

/** However near one looks: of a single bar the beginning and the end are one. */
export const BARS_AT_LEAST = 8;

export function barMsOf(timeframe: string): number {
  return (minutesOf(timeframe) ?? 1_440) * 60_000;
}

/** What is loaded for a trade: it with as much again on both sides, and some bars at least. */
export function spanOfTrade(
  { entryMs, exitMs }: Pick<TradeRow, "entryMs" | "exitMs">,
  timeframe: string,
  whole: Span,
): Span {
  const end = exitMs ?? whole.endMs ?? entryMs;
  const around = Math.max(BARS_AROUND * barMsOf(timeframe), end - entryMs);
  return {
    startMs: Math.max(whole.startMs ?? Number.NEGATIVE_INFINITY, entryMs - around),
    endMs: Math.min(whole.endMs ?? Number.POSITIVE_INFINITY, end + around),
  };
}

/**
 * The span whose trades belong to what is in view: the bar at its end as a whole, and what lies
 * before the first merged bar and after the last, since those that the run's border cuts are none.
 */
export function spanInView(
  bars: GetBarsResponse | undefined,
  whole: Span,
  startMs: number,
  endMs: number,
): Span {
  const [first, second] = bars?.timeUnixMs ?? [];
  const last = Number(bars?.timeUnixMs.at(-1) ?? 0n);
  const barMs = first !== undefined && second !== undefined ? Number(second - first) : 0;
  const begins = startMs <= Number(first ?? 0n) && (whole.startMs ?? startMs) > startMs - barMs;
  const ends = endMs >= last && (whole.endMs ?? endMs) <= endMs + 2 * barMs;
  return {
    startMs: Math.floor(begins ? Math.min(startMs, whole.startMs ?? startMs) : startMs),
    // A close at the last bar's end is stamped with that end.
    endMs: Math.ceil(Math.max(endMs + barMs, ends ? (whole.endMs ?? endMs) + 1 : 0)),
  };
}

/** The span to load for a view: the one held while the view is well inside it and not far smaller. */
export function spanAround(
  held: Span | undefined,
  whole: Span,
  viewStartMs: number,
  viewEndMs: number,
  leastMs: number,
): Span | undefined {
  // Beyond the run there are no bars.
  const startMs = Math.max(viewStartMs, whole.startMs ?? viewStartMs);
  const endMs = Math.min(viewEndMs, whole.endMs ?? viewEndMs);
  const width = Math.max(endMs - startMs, leastMs);
  const middle = (startMs + endMs) / 2;
  const from = held?.startMs ?? whole.startMs ?? Number.NEGATIVE_INFINITY;
  const to = held?.endMs ?? whole.endMs ?? Number.POSITIVE_INFINITY;
  const isInside = startMs >= from && endMs <= to;
  if (isInside && Number.isFinite(to - from) && to - from <= 4 * width) {
    return held;
  }
  const start = Math.max(whole.startMs ?? Number.NEGATIVE_INFINITY, middle - width);
  const end = Math.min(whole.endMs ?? Number.POSITIVE_INFINITY, middle + width);
  const isWhole = start <= (whole.startMs ?? start) && end >= (whole.endMs ?? end);
  return isWhole ? undefined : { startMs: Math.floor(start), endMs: Math.ceil(end) };
}
