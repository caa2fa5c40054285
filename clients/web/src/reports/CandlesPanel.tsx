// Candles with the trades on them. Bars are merged to about what the screen can show; a closer look
// asks for the bars of that span, with some on both sides so that a small move needs no request.

import { useCallback, useMemo, useState } from "react";
import { loadedLater } from "../app/loadedLater";
import { formatCount } from "../format/number";
import type { Subscription, TimeRange } from "../gen/tradeforge/v1/types_pb";
import { formatSubscription } from "../runs/describe";
import { FailureMessage } from "../ui/Message";
import { Panel } from "../ui/Panel";
import { type Span, type Subject, spanOf, useBars, useTrades } from "./queries";
import { Skeleton } from "./Skeleton";

interface Props {
  readonly subject: Subject;
  readonly subscription: Subscription;
  readonly range: TimeRange | undefined;
}

const WAITING = <Skeleton height={420} label="The candles are on their way" />;
const CandleChart = loadedLater(() => import("../charts/CandleChart"), WAITING);
const NO_TRADES: never[] = [];

export function CandlesPanel({ subject, subscription, range }: Props) {
  const whole = useMemo(() => spanOf(range), [range]);
  const [span, setSpan] = useState<Span>();
  const [hidden, setHidden] = useState(0);
  const { data: bars, error, refetch } = useBars(subscription, span ?? whole);
  const { data: pages } = useTrades(subject);
  const trades = useMemo(
    () =>
      pages?.pages
        .flatMap((page) => page.trades)
        .filter((trade) => trade.symbol === subscription.symbol || trade.symbol === "") ??
      NO_TRADES,
    [pages, subscription.symbol],
  );
  const onSpan = useCallback(
    (startMs: number, endMs: number) => setSpan((held) => spanAround(held, whole, startMs, endMs)),
    [whole],
  );
  return (
    <Panel
      title={formatSubscription(subscription)}
      aside={
        bars && (
          <span>
            {formatCount(bars.timeUnixMs.length)} bars of {bars.timeframe}
            {hidden > 0 && ` · zoom in to see ${formatCount(hidden)} entries and exits`}
          </span>
        )
      }
      flush
    >
      {error ? (
        <FailureMessage error={error} what="the bars" onRetry={refetch} />
      ) : bars ? (
        <CandleChart bars={bars} trades={trades} onSpan={onSpan} onHidden={setHidden} />
      ) : (
        WAITING
      )}
    </Panel>
  );
}

/** The span to load for a view: the one held while the view is well inside it and not far smaller. */
export function spanAround(
  held: Span | undefined,
  whole: Span,
  startMs: number,
  endMs: number,
): Span | undefined {
  const width = endMs - startMs;
  const from = held?.startMs ?? whole.startMs ?? Number.NEGATIVE_INFINITY;
  const to = held?.endMs ?? whole.endMs ?? Number.POSITIVE_INFINITY;
  const isInside = startMs >= from && endMs <= to;
  if (isInside && Number.isFinite(to - from) && to - from <= 4 * width) {
    return held;
  }
  const start = Math.max(whole.startMs ?? Number.NEGATIVE_INFINITY, startMs - width / 2);
  const end = Math.min(whole.endMs ?? Number.POSITIVE_INFINITY, endMs + width / 2);
  const isWhole = start <= (whole.startMs ?? start) && end >= (whole.endMs ?? end);
  return isWhole ? undefined : { startMs: Math.floor(start), endMs: Math.ceil(end) };
}
