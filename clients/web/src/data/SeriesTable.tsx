// Every stored series in every version.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { usePreferences } from "../app/preferences";
import { formatBytes, formatCount } from "../format/number";
import { bothZones, formatBorder } from "../format/time";
import { Calendar, type Series } from "../gen/tradeforge/v1/market_data_service_pb";
import { failureOf } from "../rpc/failure";
import { marketData } from "../rpc/marketData";
import { Button, LinkButton } from "../ui/Button";
import { Confirm, Dialog } from "../ui/Dialog";
import { Icon } from "../ui/icons";
import { showNotice } from "../ui/notices";
import table from "../ui/table.module.css";
import styles from "./DataPage.module.css";
import { addressOfSeries, seriesName } from "./queries";
import { SeriesLook } from "./SeriesLook";

export function SeriesTable({ series }: { readonly series: readonly Series[] }) {
  return (
    <table className={`${table.table} ${styles.series}`}>
      <caption className="visually-hidden">Stored series</caption>
      <thead>
        <tr>
          <th>Series</th>
          <th>From</th>
          <th>To</th>
          <th className={table.number}>Bars</th>
          <th className={table.number}>Gaps</th>
          <th className={table.number}>Tick</th>
          <th>Calendar</th>
          <th className={table.number}>Size</th>
          <th>Source</th>
          <th>Version</th>
          <th>
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {series.map((each) => (
          <SeriesRow key={each.dataSha256 + seriesName(each)} series={each} />
        ))}
      </tbody>
    </table>
  );
}

function SeriesRow({ series }: { readonly series: Series }) {
  const { zone } = usePreferences();
  const name = seriesName(series);
  return (
    <tr data-series={name} className={series.isNewest ? undefined : styles.old}>
      <td className={table.nowrap}>
        <Link href={addressOfSeries(series)}>
          <strong>{name}</strong>
        </Link>
        {!series.isNewest && " (older version)"}
      </td>
      <td className={table.nowrap} title={bothZones(series.firstBarTime)}>
        {formatBorder(series.firstBarTime, zone)}
      </td>
      <td className={table.nowrap} title={bothZones(series.endTime)}>
        {formatBorder(series.endTime, zone)}
      </td>
      <td className={table.number}>{formatCount(series.barCount)}</td>
      <td className={table.number} data-many={isHoly(series)}>
        {formatCount(series.gapCount)}
      </td>
      <td className={table.number}>{series.spec?.priceTick}</td>
      <td className={table.nowrap}>{calendarName(series)}</td>
      <td className={table.number}>{formatBytes(series.sizeBytes)}</td>
      <td className={table.nowrap}>{series.source}</td>
      <td
        className={styles.hash}
        title={`${series.dataSha256}, stored ${bothZones(series.importTime)}`}
      >
        <code>{series.dataSha256.slice(0, 8)}</code>
      </td>
      <td>
        <SeriesActions series={series} name={name} />
      </td>
    </tr>
  );
}

export function calendarName({ spec }: Series): string {
  return spec?.calendar === Calendar.SESSIONS ? "sessions" : "always open";
}

/** Whether so much is missing that the bars are hardly those of their timeframe. */
function isHoly({ gapCount, barCount }: Series): boolean {
  return Number(gapCount) > Number(barCount) / 20;
}

function SeriesActions({ series, name }: { readonly series: Series; readonly name: string }) {
  const queries = useQueryClient();
  const [isAsking, setIsAsking] = useState(false);
  const [isLooking, setIsLooking] = useState(false);
  const remove = useMutation({
    // The same content may be stored under other names, which stay.
    mutationFn: () =>
      marketData.deleteSeries({
        dataSha256: series.dataSha256,
        exchange: series.spec?.exchange ?? "",
        symbol: series.spec?.symbol ?? "",
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["series"] }),
    onError: (error) => showNotice("bad", `Could not delete ${name}: ${failureOf(error).message}`),
    onSettled: () => setIsAsking(false),
  });
  return (
    <div className={styles.actions}>
      <Button look="quiet" small aria-label={`Look at ${name}`} onClick={() => setIsLooking(true)}>
        Look
      </Button>
      <Dialog title={name} isOpen={isLooking} onClose={() => setIsLooking(false)}>
        <SeriesLook series={series} />
      </Dialog>
      <LinkButton
        href={`/new?series=${series.dataSha256}`}
        look="quiet"
        small
        title="New run on these bars"
        aria-label={`New run on ${name}`}
      >
        <Icon name="plus" />
      </LinkButton>
      <Button
        look="quiet"
        small
        title="Delete"
        aria-label={`Delete ${name}`}
        onClick={() => setIsAsking(true)}
      >
        <Icon name="trash" />
      </Button>
      <Confirm
        title={`Delete ${name}?`}
        verb="Delete"
        isOpen={isAsking}
        isBusy={remove.isPending}
        onClose={() => setIsAsking(false)}
        onConfirm={() => remove.mutate()}
      >
        {formatCount(series.barCount)} bars go. Runs that used them keep their results, but their
        trades and curves cannot be computed again.
      </Confirm>
    </div>
  );
}
