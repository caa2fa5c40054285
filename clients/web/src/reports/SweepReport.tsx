// A search: live while it computes, its trials as a map, as a table, and those that failed.

import { useSearchParams } from "wouter";
import { loadedLater } from "../app/loadedLater";
import { formatMetric, formatParams } from "../format/value";
import { type Run, RunState, type RunStatus } from "../gen/tradeforge/v1/types_pb";
import { isFinal } from "../rpc/state";
import { useMetrics } from "../strategies/queries";
import { Failures } from "./Failures";
import { Figure, LiveProgress } from "./LiveProgress";
import { MapTab } from "./MapTab";
import { objectiveOf } from "./objective";
import { PointsTab } from "./PointsTab";
import { Provenance } from "./Provenance";
import { useInfeasible } from "./queries";
import { RunErrorPanel } from "./RunErrorPanel";
import { Tabs } from "./Tabs";
import { TrialsTable } from "./TrialsTable";

// Wanted where a sweep has ended.
const Questions = loadedLater(() => import("./Questions"));

interface Props {
  /** The run as it was submitted. */
  readonly run: Run;
  /** How it stands now; new ones come while it lives. */
  readonly status: RunStatus;
}

export default function SweepReport({ run, status }: Props) {
  const [search, setSearch] = useSearchParams();
  const tab = search.get("tab") ?? "map";
  const failed = status.progress?.failed ?? 0n;
  const isLive = !isFinal(status.state);
  const { data: infeasible } = useInfeasible(run, status);
  return (
    <>
      {status.state === RunState.FAILED && status.error && (
        <RunErrorPanel title="The sweep failed" error={status.error} />
      )}
      <LiveProgress status={status} infeasible={infeasible}>
        <BestSoFar run={run} status={status} />
      </LiveProgress>
      <Tabs
        label="Views of the sweep"
        tabs={[
          { key: "map", title: "Heat map" },
          { key: "points", title: "Scatter" },
          { key: "trials", title: "Trials" },
          { key: "failures", title: failed > 0n ? `Failures (${failed})` : "Failures" },
        ]}
        chosen={tab}
        onChoose={(next) =>
          // What the other tabs show stays in the address: to come back is to find it as it was.
          setSearch((before) => {
            const after = new URLSearchParams(before);
            after.delete("tab");
            return next === "map" ? after : new URLSearchParams([...after, ["tab", next]]);
          })
        }
      >
        {tab === "trials" ? (
          <TrialsTable run={run} isLive={isLive} />
        ) : tab === "points" ? (
          <PointsTab run={run} status={status} />
        ) : tab === "failures" ? (
          <Failures run={run} isLive={isLive} />
        ) : (
          <MapTab run={run} status={status} />
        )}
      </Tabs>
      {status.state === RunState.COMPLETED && <Questions run={run} />}
      <Provenance run={run} status={status} />
    </>
  );
}

function BestSoFar({ run, status }: Props) {
  const catalog = useMetrics();
  const best =
    status.result.case === "optimization"
      ? status.result.value.bestTrial
      : status.progress?.bestTrial;
  const { metric } = objectiveOf(run);
  const spec = catalog.get(metric);
  // The one score of a combination over all series, where those are compared.
  const over = best?.acrossValue === undefined ? "" : " across series";
  const when = isFinal(status.state) ? "" : " so far";
  return (
    <Figure name={`Best${when} · ${spec?.displayName ?? metric}${over}`}>
      {formatMetric(best?.acrossValue ?? best?.objectiveValue, spec?.unit ?? "")}{" "}
      <span>{best && formatParams(best.params)}</span>
    </Figure>
  );
}
