// What came out of a backtest or of one trial: figures, curves, candles, trades. A trade that is
// chosen in one of them is shown on the candles.

import { useRef, useState } from "react";
import { loadedLater } from "../app/loadedLater";
import { formatCount } from "../format/number";
import type { Simulation, Subscription, TimeRange } from "../gen/tradeforge/v1/types_pb";
import { Button } from "../ui/Button";
import { CalendarPanel } from "./CalendarPanel";
import { CandlesPanel, type FocusedTrade } from "./CandlesPanel";
import { EquityPanel } from "./EquityPanel";
import { InstrumentsPanel, nameOf } from "./InstrumentsPanel";
import { levelsOf } from "./levels";
import { Headline, MetricsPanel } from "./MetricsPanel";
import { fewTrades } from "./metricGroups";
import type { Subject } from "./queries";
import styles from "./ReportBody.module.css";
import { RollingPanel } from "./RollingPanel";
import { TradeAnalysis } from "./TradeAnalysis";
import { TradesTable } from "./TradesTable";
import type { TradeRow } from "./trades";
import { TRADES_UNASKED, useAllTrades } from "./useAllTrades";

interface Props {
  readonly subject: Subject;
  readonly metrics: Readonly<Record<string, number>>;
  /** What was paid, by kind; of a backtest. */
  readonly costs?: Readonly<Record<string, number>> | undefined;
  readonly subscriptions: readonly Subscription[];
  readonly range: TimeRange | undefined;
  /** The account, with what a trial has of it. */
  readonly simulation: Simulation | undefined;
}

/** Only whoever has chosen a trade sees it. */
const FillsPanel = loadedLater(() => import("./FillsPanel"));
const TailsPanel = loadedLater(() => import("./TailsPanel"));
/** Only portfolios have it. */
const WeightsPanel = loadedLater(() => import("./WeightsPanel"));

/** Of more than these only those of one instrument are drawn: each asks for its bars and trades. */
const CANDLES_MAX = 4;

export function ReportBody(props: Props) {
  const { subject, metrics, costs, subscriptions, range, simulation } = props;
  const [focus, setFocus] = useState<FocusedTrade>();
  const [isAsked, setAsked] = useState(false);
  const names = [...new Set(subscriptions.map(nameOf))];
  const [chosen, setChosen] = useState(names[0]);
  const isOne = subscriptions.length > CANDLES_MAX;
  const drawn = isOne ? subscriptions.filter((it) => nameOf(it) === chosen) : subscriptions;
  const candles = useRef<HTMLDivElement>(null);
  const count = metrics["trade_count"] ?? 0;
  const few = fewTrades(metrics);
  const isWanted = isAsked || count <= TRADES_UNASKED;
  const { data: trades, error } = useAllTrades(subject, isWanted);
  const show = (trade: TradeRow) => {
    setFocus({ ...trade, levels: levelsOf(trade, simulation) });
    const traded = subscriptions.find(({ symbol }) => symbol === trade.symbol);
    showCandles(traded ? nameOf(traded) : chosen);
  };
  const showCandles = (name: string | undefined) => {
    setChosen(name);
    const at = isOne ? 0 : subscriptions.findIndex((it) => nameOf(it) === name);
    const place = candles.current?.children[Math.max(0, at)] ?? candles.current;
    place?.scrollIntoView({ block: "center" });
  };
  return (
    <>
      <Headline metrics={metrics} />
      {few && (
        <p className={styles.few} data-few="">
          {few}
        </p>
      )}
      <EquityPanel subject={subject} subscription={subscriptions[0]} />
      {names.length > 1 && (
        <InstrumentsPanel
          subject={subject}
          shown={isOne ? chosen : undefined}
          onShow={showCandles}
        />
      )}
      {names.length > 1 && <WeightsPanel subject={subject} />}
      <div ref={candles} className={styles.candles}>
        {drawn.map((subscription) => (
          <CandlesPanel
            key={`${subscription.exchange}:${subscription.symbol}@${subscription.timeframe}`}
            subject={subject}
            subscription={subscription}
            instrument={instrumentAt(subscriptions, subscriptions.indexOf(subscription))}
            range={range}
            focus={focus?.symbol === subscription.symbol ? focus : undefined}
          />
        ))}
      </div>
      {focus && <FillsPanel subject={subject} trade={focus} />}
      <CalendarPanel subject={subject} />
      <RollingPanel subject={subject} />
      <MetricsPanel metrics={metrics} costs={costs} />
      <TailsPanel subject={subject} />
      {trades && <TradeAnalysis trades={trades} onShow={show} />}
      {!isWanted && (
        <div>
          <Button onClick={() => setAsked(true)}>
            Analyze, sort and filter all {formatCount(count)} trades
          </Button>
        </div>
      )}
      {(trades || error || !isWanted) && (
        <TradesTable subject={subject} all={trades} closed={metrics["trade_count"]} onShow={show} />
      )}
    </>
  );
}

/** The place of a subscription's instrument among those of the run, if it is decided on there. */
function instrumentAt(subscriptions: readonly Subscription[], place: number): number | undefined {
  const name = ({ exchange, symbol }: Subscription) => `${exchange}:${symbol}`;
  const names = subscriptions.map(name);
  const own = names[place];
  return names.indexOf(own ?? "") === place ? new Set(names.slice(0, place)).size : undefined;
}
