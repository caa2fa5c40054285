// The providers and the routes. All pages but the first are loaded when first shown.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useEffect } from "react";
import { Route, Switch, useLocation } from "wouter";
import { useConnection, watchRuns } from "../rpc/connection";
import { failureOf } from "../rpc/failure";
import type { StreamPhase } from "../rpc/stream";
import { RunsPage } from "../runs/RunsPage";
import { loadAll, loadedLater } from "./loadedLater";
import { NoSuchPage } from "./NoSuchPage";
import { PageBoundary } from "./PageBoundary";
import { Shell } from "./Shell";

const DataPage = loadedLater(() => import("../data/DataPage"));
const RunPage = loadedLater(() => import("../runs/RunPage"));
const StrategiesPage = loadedLater(() => import("../strategies/StrategiesPage"));
const SubmitPage = loadedLater(() => import("../submit/SubmitPage"));
const SignIn = loadedLater(() => import("./SignIn"));
const SystemPage = loadedLater(() => import("../system/SystemPage"));
const TrialReport = loadedLater(() => import("../reports/TrialReport"));
const Compare = loadedLater(() => import("../reports/Compare"));

const LOAD_AFTER_MS = 3_000;

const queries = new QueryClient({
  defaultOptions: { queries: { staleTime: 5_000, refetchOnWindowFocus: false, retry: false } },
});

export function App() {
  const [location] = useLocation();
  const connection = useConnection();
  // What was asked for before a loss may have changed meanwhile, or could not be had at all.
  useEffect(() => watchRuns(() => void queries.invalidateQueries()), []);
  // The pages that are not shown yet come while nobody waits, so that they are here without a server.
  useEffect(() => {
    const timer = setTimeout(loadAll, LOAD_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  const missing = missingToken(connection);
  if (missing !== undefined) {
    return (
      <Shell>
        <SignIn reason={missing} />
      </Shell>
    );
  }
  return (
    <QueryClientProvider client={queries}>
      <Shell>
        <PageBoundary key={location} isReachable={connection.name === "open"}>
          <Switch>
            <Route path="/" component={RunsPage} />
            <Route path="/new" component={SubmitPage} />
            <Route path="/runs/:id/trials/:index">
              {({ id, index }) =>
                /^\d+$/.test(index) ? (
                  <TrialReport runId={id} trialIndex={BigInt(index)} />
                ) : (
                  <NoSuchPage />
                )
              }
            </Route>
            <Route path="/runs/:id">{({ id }) => <RunPage key={id} runId={id} />}</Route>
            <Route path="/compare" component={Compare} />
            <Route path="/data" component={DataPage} />
            <Route path="/strategies" component={StrategiesPage} />
            <Route path="/system" component={SystemPage} />
            <Route component={NoSuchPage} />
          </Switch>
        </PageBoundary>
      </Shell>
    </QueryClientProvider>
  );
}

/** Why the server does not know who this is, if that is so. */
function missingToken(connection: StreamPhase): string | undefined {
  if (connection.name !== "refused") {
    return undefined;
  }
  const { reason } = failureOf(connection.error);
  return reason?.startsWith("TOKEN_") ? reason : undefined;
}
