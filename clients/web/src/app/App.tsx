// The providers and the routes. Reports are loaded when first shown.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { Route, Switch } from "wouter";
import { DataPage } from "../data/DataPage";
import { RunPage } from "../runs/RunPage";
import { RunsPage } from "../runs/RunsPage";
import { StrategiesPage } from "../strategies/StrategiesPage";
import { SubmitPage } from "../submit/SubmitPage";
import { SystemPage } from "../system/SystemPage";
import { NoSuchPage } from "./NoSuchPage";
import { Shell } from "./Shell";

const TrialReport = lazy(() => import("../reports/TrialReport"));
const Compare = lazy(() => import("../reports/Compare"));

const queries = new QueryClient({
  defaultOptions: { queries: { staleTime: 5_000, refetchOnWindowFocus: false, retry: false } },
});

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <Shell>
        <Suspense fallback={null}>
          <Switch>
            <Route path="/" component={RunsPage} />
            <Route path="/new" component={SubmitPage} />
            <Route path="/runs/:id/trials/:index">
              {({ id, index }) => <TrialReport runId={id} trialIndex={BigInt(index)} />}
            </Route>
            <Route path="/runs/:id">{({ id }) => <RunPage key={id} runId={id} />}</Route>
            <Route path="/compare" component={Compare} />
            <Route path="/data" component={DataPage} />
            <Route path="/strategies" component={StrategiesPage} />
            <Route path="/system" component={SystemPage} />
            <Route component={NoSuchPage} />
          </Switch>
        </Suspense>
      </Shell>
    </QueryClientProvider>
  );
}
