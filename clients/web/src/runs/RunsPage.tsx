// All runs, live: filtered and ordered by the server, as the page's address says.

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation, useSearchParams } from "wouter";
import { loadedLater } from "../app/loadedLater";
import { formatCount } from "../format/number";
import { failureOf } from "../rpc/failure";
import { Button, LinkButton } from "../ui/Button";
import { Icon } from "../ui/icons";
import { FailureMessage, Message } from "../ui/Message";
import { showNotice } from "../ui/notices";
import { Page } from "../ui/Page";
import { FilterBar } from "./FilterBar";
import { filtersOf, isFiltering, type RunFilters, searchOf } from "./filters";
import { useFreshRuns, useRuns } from "./queries";
import styles from "./RunsPage.module.css";
import { RunsTable } from "./RunsTable";

const ImportRun = loadedLater(() => import("./ImportRun"));

export function RunsPage() {
  const [search] = useSearchParams();
  const [, navigate] = useLocation();
  const filters = filtersOf(search);
  const runs = useRuns(filters);
  useFreshRuns();
  // Undefined until somebody asks for it.
  const [isImporting, setIsImporting] = useState<boolean>();

  const isFiltered = isFiltering(filters);
  const list = runs.data?.pages.flatMap((page) => page.runs);
  const total = runs.data?.pages[0]?.totalSize;
  const show = (next: RunFilters) => {
    const text = searchOf(next);
    navigate(text === "" ? "/" : `/?${text}`, { replace: true });
  };
  return (
    <Page
      title="Runs"
      subtitle={total !== undefined && `${formatCount(total)} ${isFiltered ? "found" : "in all"}`}
      actions={
        <>
          <Button onClick={() => setIsImporting(true)}>
            <Icon name="upload" /> Import a run
          </Button>
          <LinkButton href="/new" look="primary">
            <Icon name="plus" /> New run
          </LinkButton>
        </>
      }
    >
      {isImporting !== undefined && (
        <ImportRun isOpen={isImporting} onClose={() => setIsImporting(false)} />
      )}
      {(isFiltered || list?.length !== 0) && <FilterBar filters={filters} onChange={show} />}
      {runs.error && <FailureMessage error={runs.error} what="the runs" onRetry={runs.refetch} />}
      {runs.isPending && <Skeleton />}
      {list && list.length > 0 && <RunsTable runs={list} filters={filters} onChange={show} />}
      {list?.length === 0 && !runs.error && (isFiltered ? <NothingFound /> : <NoRuns />)}
      {runs.hasNextPage && (
        <div className={styles.more}>
          <Button disabled={runs.isFetchingNextPage} onClick={() => void runs.fetchNextPage()}>
            Show more
          </Button>
          <span>
            {formatCount(list?.length)} of {formatCount(total)}
          </span>
        </div>
      )}
    </Page>
  );
}

function NoRuns() {
  const [, navigate] = useLocation();
  const sample = useMutation({
    // Wanted once, on a server without runs.
    mutationFn: async () => (await import("./sample")).startSample(),
    onSuccess: (runId) => navigate(`/runs/${runId}`),
    onError: (error) => showNotice("bad", `Could not start it: ${failureOf(error).message}`),
  });
  const actions = (
    <>
      <Button look="primary" disabled={sample.isPending} onClick={() => sample.mutate()}>
        {sample.isPending ? "Starting…" : "Try a sweep"}
      </Button>
      <LinkButton href="/data">Bring in bars</LinkButton>
    </>
  );
  return (
    <Message name="no-runs" title="No runs yet" actions={actions}>
      <p>
        A run is a backtest of one strategy, or a sweep over its parameters. It needs bars: upload a
        file, or let the server generate some. From a terminal, <code>tradeforge demo</code> does it
        all.
      </p>
    </Message>
  );
}

function NothingFound() {
  return (
    <Message
      name="nothing-found"
      title="No runs match"
      actions={<LinkButton href="/">Show all runs</LinkButton>}
    >
      <p>There are runs, but none that the filters above ask for.</p>
    </Message>
  );
}

function Skeleton() {
  return (
    <div className={styles.skeleton} role="status" aria-label="Loading">
      {Array.from({ length: 6 }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike
        <div key={row} />
      ))}
    </div>
  );
}
