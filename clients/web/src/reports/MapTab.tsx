// The trials of a search as a heat map that one stream fills, and what each axis explains.

import { useMemo } from "react";
import { useLocation, useSearchParams } from "wouter";
import { AxisImportance } from "../charts/AxisImportance";
import type { GridAxis } from "../charts/axes";
import { HeatMap } from "../charts/HeatMap";
import { type MapShown, searchOfMap, shownOf } from "../charts/mapAddress";
import { type MapPart, spanOf } from "../charts/mapPart";
import type { MetricSpec, OptimizationSpec, Run, RunStatus } from "../gen/tradeforge/v1/types_pb";
import { failureOf } from "../rpc/failure";
import { isFinal } from "../rpc/state";
import { useMetrics } from "../strategies/queries";
import { LinkButton } from "../ui/Button";
import { Panel } from "../ui/Panel";
import { Select } from "../ui/Select";
import { finerAddress, trialAddress, trialsAddress } from "./addresses";
import { ExportLinks } from "./ExportLinks";
import styles from "./MapTab.module.css";
import { metricGroups } from "./metricGroups";
import { aimOf, objectiveOf, searchOf } from "./objective";
import { Skeleton } from "./Skeleton";
import { TrialFacts } from "./TrialFacts";
import { useTrialTable } from "./useTrialTable";

interface Props {
  readonly run: Run;
  readonly status: RunStatus;
}

export function MapTab({ run, status }: Props) {
  const catalog = useMetrics();
  const [address, setAddress] = useSearchParams();
  const objective = objectiveOf(run).metric;
  const metric = catalog.get(address.get("metric") ?? objective);
  const search = searchOf(run);
  if (!search || !metric) {
    return <Skeleton height={460} label="The heat map is on its way" />;
  }
  const choose = (name: string) =>
    setAddress(
      (before) => {
        const next = new URLSearchParams(before);
        next.delete("metric");
        return name === objective ? next : new URLSearchParams([...next, ["metric", name]]);
      },
      { replace: true },
    );
  const choice = <MetricChoice catalog={catalog} chosen={metric.name} onChoose={choose} />;
  return <Maps run={run} status={status} search={search} metric={metric} choice={choice} />;
}

/** What of the address is not the map's own. */
const OTHERS = ["metric", "filter", "order", "x", "y"];

interface MapsProps extends Props {
  readonly search: OptimizationSpec;
  readonly metric: MetricSpec;
  readonly choice: React.ReactNode;
}

function Maps({ run, status, search, metric, choice }: MapsProps) {
  const [, navigate] = useLocation();
  const isLive = !isFinal(status.state);
  const { table, phase } = useTrialTable(run.runId, search, metric.name, isLive);
  const { isMaximized } = aimOf(run, metric);
  const [address, setAddress] = useSearchParams();
  const shown = useMemo(() => shownOf(address, table.axes), [address, table.axes]);
  const only = table.axes.length === 1 ? table.axes[0] : undefined;
  const show = (next: MapShown) => {
    const others = OTHERS.flatMap((key): [string, string][] => {
      const value = address.get(key);
      return value === null ? [] : [[key, value]];
    });
    setAddress([...searchOfMap(next, table.axes), ...others], { replace: true });
  };
  return (
    <>
      <Panel
        title={only ? `Along ${only.name}` : "Heat map"}
        picture={only ? undefined : `Heat map of ${metric.displayName}`}
        aside={<ExportLinks runId={run.runId} />}
      >
        {phase.name === "refused" && (
          <p className={styles.refused} role="alert">
            The trials cannot be followed: {failureOf(phase.error).message}
          </p>
        )}
        <HeatMap
          key={run.runId}
          table={table}
          metric={metric}
          isMaximized={isMaximized}
          total={Number(status.progress?.total ?? 0n)}
          isLive={isLive}
          shown={shown}
          onShow={show}
          controls={choice}
          onOpen={(trialIndex) => navigate(trialAddress(run.runId, trialIndex))}
          renderPart={(part) => <PartLinks runId={run.runId} part={part} axes={table.axes} />}
          renderTrial={(trialIndex) => <TrialFacts runId={run.runId} trialIndex={trialIndex} />}
        />
      </Panel>
      {/* Of one parameter all that varies is by itself. */}
      {!only && (
        <Panel
          title="What matters"
          aside={
            <span>
              {metric.displayName} along each parameter: mean, and best dashed, over all others
            </span>
          }
        >
          <AxisImportance table={table} metric={metric} isMaximized={isMaximized} />
        </Panel>
      )}
    </>
  );
}

interface PartProps {
  readonly runId: string;
  readonly part: MapPart;
  readonly axes: readonly GridAxis[];
}

/** Where a part leads that values enclose: its trials, and the same search of it in finer steps. */
function PartLinks({ runId, part, axes }: PartProps) {
  const ranges = new Map(
    axes.flatMap((axis, at) => {
      const places = part[at];
      const span = places && spanOf(axis, ...places);
      return span ? [[`params.${axis.name}`, span] as const] : [];
    }),
  );
  if (ranges.size === 0 || ranges.size < part.filter((places) => places).length) {
    return null;
  }
  const bounds = [...ranges].map(
    ([name, [low, high]]) => `${name} >= ${low} AND ${name} <= ${high}`,
  );
  return (
    <>
      <LinkButton small href={trialsAddress(runId, bounds.join(" AND "))}>
        List its trials
      </LinkButton>
      <LinkButton small href={finerAddress(runId, ranges)}>
        Search this region finer
      </LinkButton>
    </>
  );
}

interface ChoiceProps {
  readonly catalog: ReadonlyMap<string, MetricSpec>;
  readonly chosen: string;
  readonly onChoose: (metric: string) => void;
}

function MetricChoice({ catalog, chosen, onChoose }: ChoiceProps) {
  return (
    <Select label="Metric" value={chosen} onChange={onChoose}>
      {metricGroups(catalog).map(({ title, metrics }) => (
        <optgroup key={title} label={title}>
          {metrics.map(({ name, displayName }) => (
            <option key={name} value={name}>
              {displayName}
            </option>
          ))}
        </optgroup>
      ))}
    </Select>
  );
}
