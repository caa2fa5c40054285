// Window by window what was chosen and what became of it; of one of them all that is known.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { formatCount, formatDecimal, formatPercent } from "../format/number";
import { formatParams } from "../format/value";
import type { RunState, Window } from "../gen/tradeforge/v1/types_pb";
import { results } from "../rpc/results";
import { isFinal } from "../rpc/state";
import { Button } from "../ui/Button";
import { FailureMessage } from "../ui/Message";
import { Panel } from "../ui/Panel";
import { GrowthPanel } from "./GrowthPanel";
import { WindowSeriesPanel } from "./SeriesPanel";
import table from "./WalkForwardReport.module.css";
import { WindowPanel } from "./WindowPanel";
import { WindowScatter } from "./WindowScatter";
import { daysOf, failuresOf } from "./walkForward";

const LOOK_MS = 2_000;

interface Props {
  readonly runId: string;
  readonly state: RunState;
  readonly swept: readonly string[];
  readonly objective: string;
}

export function Windows({ runId, state, swept, objective }: Props) {
  const [shown, setShown] = useState<number>();
  const { data, error, refetch } = useQuery({
    queryKey: ["windows", runId, state],
    structuralSharing: false,
    placeholderData: keepPreviousData,
    // Each is there as soon as it is done.
    refetchInterval: isFinal(state) ? false : LOOK_MS,
    queryFn: async ({ signal }) => (await results.listWindows({ runId }, { signal })).windows,
  });
  if (error) {
    return <FailureMessage error={error} what="the windows" onRetry={refetch} />;
  }
  if (!data?.length) {
    return null;
  }
  const failures = failuresOf(data);
  const chosen = data.find(({ windowIndex }) => windowIndex === shown);
  return (
    <>
      <GrowthPanel windows={data} />
      {failures.length > 0 && (
        <Panel title="Trials that failed">
          <ul>
            {failures.map(({ reason, message, count }) => (
              <li key={`${reason} ${message}`}>
                {formatCount(count)} × {reason}: {message}
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <Panel title="Window by window">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
        <section className={table.scroll} tabIndex={0} aria-label="Windows">
          <table className={table.windows}>
            <thead>
              <tr>
                <th scope="col">Window</th>
                <th scope="col">Chosen by</th>
                <th scope="col">Judged by</th>
                <th scope="col">Chosen</th>
                <th scope="col">Objective</th>
                <th scope="col">Return</th>
                <th scope="col">All trials</th>
                <th scope="col">Held</th>
                <th scope="col">Rank</th>
                <th scope="col">Ranks kept</th>
              </tr>
            </thead>
            <tbody>
              {data.map((window) => (
                <Row
                  key={window.windowIndex}
                  window={window}
                  swept={swept}
                  isShown={window.windowIndex === shown}
                  onShow={setShown}
                />
              ))}
            </tbody>
          </table>
        </section>
      </Panel>
      {chosen && (
        <>
          <WindowScatter
            key={chosen.windowIndex}
            runId={runId}
            window={chosen}
            objective={objective}
            subject={chosen.series.length > 0 ? "Combination" : "Trial"}
          />
          <WindowPanel window={chosen} />
          {chosen.series.length > 0 && <WindowSeriesPanel series={chosen.series} />}
        </>
      )}
    </>
  );
}

interface RowProps {
  readonly window: Window;
  readonly swept: readonly string[];
  readonly isShown: boolean;
  readonly onShow: (windowIndex: number | undefined) => void;
}

function Row({ window, swept, isShown, onShow }: RowProps) {
  const { outOfSampleMetrics, baselines } = window;
  const chosen = Object.entries(window.params).filter(([name]) => swept.includes(name));
  return (
    <tr data-window={window.windowIndex}>
      <th scope="row">
        <Button
          small
          look="quiet"
          aria-pressed={isShown}
          title="All figures of this window"
          onClick={() => onShow(isShown ? undefined : window.windowIndex)}
        >
          {formatCount(window.windowIndex + 1)}
        </Button>
      </th>
      <td>{daysOf(window.inSample)}</td>
      <td>{daysOf(window.outOfSample)}</td>
      <td>
        {window.selectedTrial === undefined
          ? "nothing was feasible"
          : formatParams(Object.fromEntries(chosen))}
      </td>
      <td>{formatDecimal(window.inSampleObjective)}</td>
      <td>{formatPercent(outOfSampleMetrics["total_return"])}</td>
      <td>{formatPercent(baselines["all_trials"])}</td>
      <td>{formatPercent(baselines["buy_and_hold"])}</td>
      <td>{formatDecimal(window.outOfSampleRank, 0)}</td>
      <td>{formatDecimal(window.rankCorrelation)}</td>
    </tr>
  );
}
