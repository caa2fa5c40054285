// The stored series.

import { useQuery } from "@tanstack/react-query";
import type { Series } from "../gen/tradeforge/v1/market_data_service_pb";
import { marketData } from "../rpc/marketData";

const PAGE_SIZE = 1_000;

/** All series in all versions, the newest version of each first. */
export function useSeries() {
  return useQuery({
    queryKey: ["series"],
    queryFn: async ({ signal }) => {
      const all: Series[] = [];
      let pageToken = "";
      do {
        const page = await marketData.listSeries({ pageToken, pageSize: PAGE_SIZE }, { signal });
        all.push(...page.series);
        pageToken = page.nextPageToken;
      } while (pageToken !== "");
      return all;
    },
  });
}

/** Of each instrument and timeframe the version that a run would take. */
export function newestOf(series: readonly Series[]): Series[] {
  return series.filter(({ isNewest }) => isNewest);
}

/** The page of its bars; of an older version that one's. */
export function addressOfSeries(series: Series): string {
  const search = new URLSearchParams({ series: seriesName(series) });
  if (!series.isNewest) {
    search.set("version", series.dataSha256);
  }
  return `/data?${search}`;
}

/** As in `BINANCE:BTCUSDT@1h`. */
export function seriesName({ spec }: Series): string {
  return `${spec?.exchange}:${spec?.symbol}@${spec?.timeframe}`;
}
