// Lists of the server, fetched page by page as they are read.

import type { Api } from "./api";
import type { Trade } from "./gen/tradeforge/v1/result_service_pb";
import type { Run, TrialSummary } from "./gen/tradeforge/v1/types_pb";

export interface ListOptions {
  /** Which ones, as in `"state = COMPLETED AND sharpe > 1"`; all of them unless something is said. */
  readonly filter?: string;
  /** As in `"sharpe desc"`. */
  readonly orderBy?: string;
  /** Ends the list. */
  readonly signal?: AbortSignal;
}

/** The runs that fit, the newest first unless ordered otherwise. */
export function listRuns(api: Api, options: ListOptions = {}): AsyncGenerator<Run, void, void> {
  const { filter = "", orderBy = "", signal } = options;
  return pages(async (pageToken) => {
    const page = await api.runs.listRuns({ filter, orderBy, pageToken }, calling(signal));
    return [page.runs, page.nextPageToken];
  });
}

/** The trials of a search that fit, by their index unless ordered otherwise. */
export function listTrials(
  api: Api,
  runId: string,
  options: ListOptions = {},
): AsyncGenerator<TrialSummary, void, void> {
  const { filter = "", orderBy = "", signal } = options;
  return pages(async (pageToken) => {
    const request = { runId, filter, orderBy, pageToken };
    const page = await api.results.listTrials(request, calling(signal));
    return [page.trials, page.nextPageToken];
  });
}

/** The trades of a backtest, or of a trial of a search, in the order of closing, an open one last. */
export function listTrades(
  api: Api,
  runId: string,
  options: { readonly trialIndex?: bigint; readonly signal?: AbortSignal } = {},
): AsyncGenerator<Trade, void, void> {
  const { trialIndex, signal } = options;
  const trial = trialIndex === undefined ? {} : { trialIndex };
  return pages(async (pageToken) => {
    const page = await api.results.listTrades({ runId, ...trial, pageToken }, calling(signal));
    return [page.trades, page.nextPageToken];
  });
}

function calling(signal: AbortSignal | undefined) {
  return signal ? { signal } : {};
}

async function* pages<T>(
  fetchPage: (token: string) => Promise<[readonly T[], string]>,
): AsyncGenerator<T, void, void> {
  let token = "";
  do {
    const [items, next] = await fetchPage(token);
    yield* items;
    token = next;
  } while (token !== "");
}
