// The form for a new run. What it starts from is in the address: a run, one of its trials, a
// strategy or a series.

import { create } from "@bufbuild/protobuf";
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "wouter";
import { keptHere } from "../app/place";
import { newestOf, useSeries } from "../data/queries";
import type { Series } from "../gen/tradeforge/v1/market_data_service_pb";
import { type Strategy, StrategySchema } from "../gen/tradeforge/v1/strategy_service_pb";
import type { Run, TrialSummary } from "../gen/tradeforge/v1/types_pb";
import { api } from "../rpc/client";
import { results } from "../rpc/results";
import { lastText } from "../rules/starter";
import { baseOf, strategyOf } from "../runs/describe";
import { useStrategies } from "../strategies/queries";
import { LinkButton } from "../ui/Button";
import { FailureMessage, Message } from "../ui/Message";
import { Page } from "../ui/Page";
import { finer } from "./finer";
import { barsOf, emptyForm, type FormState, onAll } from "./formState";
import { formOfRun, formOfTrial } from "./fromRun";
import { SubmitForm } from "./SubmitForm";

export default function SubmitPage() {
  const [search] = useSearchParams();
  const strategies = useStrategies();
  const series = useSeries();
  const source = useSource(search.get("from"), search.get("trial"));
  const text = useText(search.get("text"));
  const error = strategies.error ?? series.error ?? source.error ?? text.error;
  const isReady =
    strategies.data && series.data && source.data !== undefined && text.data !== undefined;
  return (
    <Page title={search.get("from") ? "Edit and run" : "New run"}>
      {error && !isReady && (
        <FailureMessage
          error={error}
          what="what the form needs"
          onRetry={() => {
            void strategies.refetch();
            void series.refetch();
          }}
        />
      )}
      {isReady && series.data.length === 0 && <NoBars />}
      {isReady && series.data.length > 0 && (
        <SubmitForm
          key={search.toString()}
          strategies={strategies.data}
          series={series.data}
          initial={initialForm(search, strategies.data, series.data, source.data, text.data)}
        />
      )}
    </Page>
  );
}

interface Source {
  readonly run: Run;
  /** What its text is, if it has one that can still be read. */
  readonly strategy: Strategy | undefined;
  readonly trial: TrialSummary | undefined;
}

/** The run that the form starts from; null if the address names none. */
function useSource(runId: string | null, trialIndex: string | null) {
  return useQuery({
    queryKey: ["source", runId, trialIndex],
    queryFn: async ({ signal }): Promise<Source | null> => {
      if (!runId) {
        return null;
      }
      const { run } = await api.runs.getRun({ runId }, { signal });
      const request = { runId, trialIndex: BigInt(trialIndex ?? 0) };
      const trial = trialIndex ? (await results.getTrial(request, { signal })).trial : undefined;
      const text = run && baseOf(run)?.strategy?.source;
      const strategy = text
        ? (await api.strategies.checkStrategy({ source: text }, { signal })).strategy
        : undefined;
      return run ? { run, strategy, trial } : null;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The text of a strategy that the address names, to be changed; null if it names none. */
function useText(name: string | null) {
  return useQuery({
    queryKey: ["text", name],
    queryFn: async ({ signal }) =>
      name
        ? ((await api.strategies.getStrategy({ name }, { signal })).strategy?.source ?? "")
        : null,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

function initialForm(
  search: URLSearchParams,
  strategies: readonly Strategy[],
  series: readonly Series[],
  source: Source | null,
  text: string | null,
): FormState {
  const kept = keptHere("form");
  if (kept) {
    // One that an older page kept may lack what is new.
    return { ...emptyForm(firstOf(strategies), series), ...(kept as FormState) };
  }
  const wanted = source ? strategyOf(source.run) : search.get("strategy");
  const strategy =
    source?.strategy ?? strategies.find(({ name }) => name === wanted) ?? firstOf(strategies);
  if (source) {
    return source.trial
      ? formOfTrial(source.run, source.trial, strategy)
      : finer(formOfRun(source.run, strategy), search, strategy);
  }
  const empty = search.has("text") ? emptyForm(create(StrategySchema), series) : undefined;
  const form = empty
    ? { ...empty, isText: true, source: text || lastText() }
    : emptyForm(strategy, series);
  if (search.get("series") === "all") {
    return { ...form, ...onAll(newestOf(series)) };
  }
  const chosen = series.find(({ dataSha256 }) => dataSha256 === search.get("series"));
  return chosen ? { ...form, bars: [barsOf(chosen)] } : form;
}

/** What most begin with; a server has at least one strategy. */
function firstOf(strategies: readonly Strategy[]): Strategy {
  const first = strategies.find(({ name }) => name === "sma_cross") ?? strategies[0];
  if (!first) {
    throw new Error("the server has no strategies");
  }
  return first;
}

function NoBars() {
  return (
    <Message
      name="no-bars"
      title="A run needs bars"
      actions={
        <LinkButton href="/data" look="primary">
          Bring in bars
        </LinkButton>
      }
    >
      <p>None are stored yet. Upload a file, or let the server make some up in a second.</p>
    </Message>
  );
}
