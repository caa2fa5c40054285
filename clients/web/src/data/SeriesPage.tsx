// The bars of one stored series: what the catalog says of them, candles to look at any part of them,
// and the first and the last as they are.

import { create } from "@bufbuild/protobuf";
import { useCallback, useMemo, useState } from "react";
import { Link } from "wouter";
import { loadedLater } from "../app/loadedLater";
import { usePreferences } from "../app/preferences";
import { formatBytes, formatCount } from "../format/number";
import { bothZones, formatMinute, formatTime, millisOf } from "../format/time";
import type { Series } from "../gen/tradeforge/v1/market_data_service_pb";
import { SubscriptionSchema } from "../gen/tradeforge/v1/types_pb";
import { BARS_AT_LEAST, barMsOf, spanAround } from "../reports/CandlesPanel";
import { type Span, useBars } from "../reports/queries";
import { LinkButton } from "../ui/Button";
import { FailureMessage, Message } from "../ui/Message";
import { Page } from "../ui/Page";
import { Panel } from "../ui/Panel";
import styles from "./DataPage.module.css";
import { addressOfSeries, seriesName, useSeries } from "./queries";
import { BarRows, useLook } from "./SeriesLook";
import { calendarName } from "./SeriesTable";

/** So many of the first and of the last bars. */
const ROWS = 10;

const WAITING = <div className={styles.waiting} role="status" aria-label="Loading" />;
const CandleChart = loadedLater(() => import("../charts/CandleChart"), WAITING);

/** Without borders, which would cut the first and the last of merged bars. */
const ALL: Span = {};

interface Props {
  /** As in `BINANCE:BTCUSDT@1h`. */
  readonly name: string;
  /** Which version of the bars; the newest if it is null. */
  readonly version: string | null;
}

export function SeriesPage({ name, version }: Props) {
  const { data, error, refetch } = useSeries();
  const versions = data?.filter((series) => seriesName(series) === name) ?? [];
  const series = version
    ? versions.find(({ dataSha256 }) => dataSha256 === version)
    : (versions.find(({ isNewest }) => isNewest) ?? versions[0]);
  const actions = (
    <>
      <LinkButton href="/data">All data</LinkButton>
      {series && (
        <LinkButton href={`/new?series=${series.dataSha256}`} look="primary">
          New run on these bars
        </LinkButton>
      )}
    </>
  );
  return (
    <Page
      title={name}
      subtitle={series && !series.isNewest && "an older version"}
      actions={actions}
    >
      {error && <FailureMessage error={error} what="the series" onRetry={refetch} />}
      {data && !series && (
        <Message name="no-series" title="There are no such bars">
          <p>They may have been deleted, or the address is not complete.</p>
        </Message>
      )}
      {series && (
        <>
          <Facts series={series} versions={versions} />
          <Candles series={series} />
          <Rows series={series} />
        </>
      )}
    </Page>
  );
}

function Facts(props: { readonly series: Series; readonly versions: readonly Series[] }) {
  const { zone } = usePreferences();
  const { series, versions } = props;
  const { spec } = series;
  const others = versions.filter(({ dataSha256 }) => dataSha256 !== series.dataSha256);
  const facts: readonly (readonly [key: string, title: string, value: string, tip?: string])[] = [
    ["bars", "Bars", formatCount(series.barCount)],
    ["from", "From", formatMinute(series.firstBarTime, zone), bothZones(series.firstBarTime)],
    ["to", "To", formatMinute(series.endTime, zone), bothZones(series.endTime)],
    ["gaps", "Gaps", formatCount(series.gapCount)],
    ["tick", "Price tick", spec?.priceTick ?? ""],
    ["step", "Quantity step", spec?.quantityStep ?? ""],
    ["calendar", "Calendar", calendarName(series)],
    ["zone", "Days of", spec?.timeZone || "UTC"],
    ["start", "A day begins at", spec?.dayStart || "00:00"],
    ["size", "Size", formatBytes(series.sizeBytes)],
    ["source", "Source", series.source],
    ["stored", "Stored", formatTime(series.importTime, zone), bothZones(series.importTime)],
    ["version", "Version", series.dataSha256.slice(0, 16), series.dataSha256],
  ];
  return (
    <Panel title="What is stored">
      <dl className={styles.facts} data-facts={series.dataSha256}>
        {facts.map(([key, title, value, tip]) => (
          <div key={key}>
            <dt>{title}</dt>
            <dd data-fact={key} title={tip}>
              {value}
            </dd>
          </div>
        ))}
      </dl>
      {others.length > 0 && (
        <p>
          Other versions:{" "}
          {others.map((other) => (
            <Link key={other.dataSha256} href={addressOfSeries(other)} className={styles.version}>
              {other.dataSha256.slice(0, 8)}
              {other.isNewest && " (newest)"}
            </Link>
          ))}
        </p>
      )}
    </Panel>
  );
}

function Candles({ series }: { readonly series: Series }) {
  const { zone } = usePreferences();
  const { dataSha256, spec, firstBarTime, endTime } = series;
  const { exchange = "", symbol = "", timeframe = "" } = spec ?? {};
  const subscription = useMemo(
    () => create(SubscriptionSchema, { exchange, symbol, timeframe, dataSha256 }),
    [exchange, symbol, timeframe, dataSha256],
  );
  const [startMs, endMs] = [firstBarTime, endTime].map((time) => time && millisOf(time));
  const whole = useMemo(() => ({ startMs, endMs }), [startMs, endMs]);
  const [span, setSpan] = useState<Span>();
  const { data: bars, error, refetch } = useBars(subscription, span ?? ALL);
  const onSpan = useCallback(
    (from: number, to: number) =>
      setSpan((held) => spanAround(held, whole, from, to, BARS_AT_LEAST * barMsOf(timeframe))),
    [whole, timeframe],
  );
  return (
    <Panel
      title="Bars"
      picture={`${exchange} ${symbol} ${timeframe}`}
      aside={
        bars && (
          <span>
            {formatCount(bars.timeUnixMs.length)} bars of {bars.timeframe} · drag to move, Ctrl and
            wheel or pinch to zoom
          </span>
        )
      }
      flush
    >
      {error ? (
        <FailureMessage error={error} what="the bars" onRetry={refetch} />
      ) : bars ? (
        <CandleChart
          bars={bars}
          symbol={symbol}
          trades={undefined}
          zone={zone}
          focus={undefined}
          onSpan={onSpan}
        />
      ) : (
        WAITING
      )}
    </Panel>
  );
}

function Rows({ series }: { readonly series: Series }) {
  const { data, error, refetch } = useLook(series, ROWS);
  return (
    <Panel title="The first and the last of them" flush>
      {error ? (
        <FailureMessage error={error} what="the bars" onRetry={refetch} />
      ) : data ? (
        <BarRows rows={data.rows} />
      ) : (
        WAITING
      )}
    </Panel>
  );
}
