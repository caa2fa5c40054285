// Trials as points: any two of metrics and parameters against each other, with the front that nobody
// betters; and all parameters side by side, of which ranges are chosen.

import { useMemo, useState } from "react";
import { useLocation, useSearchParams } from "wouter";
import { ParallelAxes } from "../charts/ParallelAxes";
import { ScatterPlot } from "../charts/ScatterPlot";
import { formatCount, formatNumber } from "../format/number";
import { formatMetric } from "../format/value";
import type { MetricSpec, OptimizationSpec, Run, RunStatus } from "../gen/tradeforge/v1/types_pb";
import { isFinal } from "../rpc/state";
import { sweptNames } from "../runs/describe";
import { useMetrics } from "../strategies/queries";
import { Button, LinkButton } from "../ui/Button";
import { FailureMessage } from "../ui/Message";
import { Panel } from "../ui/Panel";
import { Select } from "../ui/Select";
import { finerAddress, trialAddress, trialsAddress } from "./addresses";
import { metricGroups } from "./metricGroups";
import { aimOf, objectiveOf, searchOf } from "./objective";
import { Skeleton } from "./Skeleton";
import { filterOf, paretoFront, type Ranges, TRIAL, within } from "./trialPoints";
import { useTrialPoints } from "./useTrialPoints";

interface Props {
  readonly run: Run;
  readonly status: RunStatus;
}

const NO_RANGES: Ranges = new Map();

export function PointsTab({ run, status }: Props) {
  const catalog = useMetrics();
  const search = searchOf(run);
  if (!search || catalog.size === 0) {
    return <Skeleton height={420} label="The trials are on their way" />;
  }
  return <Points run={run} status={status} search={search} catalog={catalog} />;
}

interface PointsProps extends Props {
  readonly search: OptimizationSpec;
  readonly catalog: ReadonlyMap<string, MetricSpec>;
}

function Points({ run, status, search, catalog }: PointsProps) {
  const [, navigate] = useLocation();
  const [address, setAddress] = useSearchParams();
  const objective = objectiveOf(run).metric;
  const [x, y] = [
    address.get("x") ?? "metrics.max_drawdown",
    address.get("y") ?? `metrics.${objective === "max_drawdown" ? "total_return" : objective}`,
  ];
  const params = sweptNames(search).map((name) => `params.${name}`);
  const columns = [...new Set([...params, x, y, `metrics.${objective}`])].filter(
    (name) => name !== TRIAL,
  );
  const total = Number(status.progress?.total ?? 0n);
  const isLive = !isFinal(status.state);
  const { data: points, error, refetch } = useTrialPoints(run.runId, columns, isLive, total);
  const [ranges, setRanges] = useState(NO_RANGES);
  const drawn = useMemo(() => {
    const [xs, ys] = [x, y].map((name) => points?.column(name).values ?? []);
    return { xs: xs ?? [], ys: ys ?? [] };
  }, [points, x, y]);
  const [metricX, metricY] = [x, y].map((name) => catalog.get(name.replace(/^metrics\./, "")));
  const front = useMemo(
    () =>
      points && metricX && metricY
        ? paretoFront(drawn.xs, drawn.ys, points.isFeasible, {
            isXMaximized: aimOf(run, metricX).isMaximized,
            isYMaximized: aimOf(run, metricY).isMaximized,
          })
        : undefined,
    [points, drawn, metricX, metricY, run],
  );
  const chosen = useMemo(() => (points ? within(points, ranges) : []), [points, ranges]);
  if (error) {
    return <FailureMessage error={error} what="the trials" onRetry={refetch} />;
  }
  if (!points) {
    return <Skeleton height={420} label="The trials are on their way" />;
  }
  const choose = (key: "x" | "y", name: string) =>
    setAddress(
      (before) => {
        const next = new URLSearchParams(before);
        next.set(key, name);
        return next;
      },
      { replace: true },
    );
  const nameOf = (name: string) => axisName(name, catalog);
  const formatOf = (name: string) => (value: number) => {
    const { labels } = points.column(name);
    const unit = catalog.get(name.replace(/^metrics\./, ""))?.unit;
    return labels
      ? (labels[value] ?? "")
      : unit === undefined
        ? formatNumber(value)
        : formatMetric(value, unit);
  };
  const tell = (at: number) =>
    [
      `Trial ${formatCount(points.index[at])}`,
      ...params.map(
        (name) => `${nameOf(name)} ${formatOf(name)(points.column(name).values[at] ?? 0)}`,
      ),
    ].join(" ");
  const side = [...new Set([...params, `metrics.${objective}`, x, y])].filter((it) => it !== TRIAL);
  return (
    <>
      <Panel
        title="Any two against each other"
        picture={`${nameOf(y)} by ${nameOf(x)}`}
        aside={
          <>
            {front && (
              <span data-front={front.map((at) => points.index[at]).join(" ")}>
                {formatCount(front.length)} on the front that no trial betters in both
              </span>
            )}
            <ColumnChoice
              label="Across"
              value={x}
              params={params}
              catalog={catalog}
              onChange={(name) => choose("x", name)}
            />
            <ColumnChoice
              label="Up"
              value={y}
              params={params}
              catalog={catalog}
              onChange={(name) => choose("y", name)}
            />
          </>
        }
      >
        <ScatterPlot
          label={`Trials by ${nameOf(x)} and ${nameOf(y)}`}
          xs={drawn.xs}
          ys={drawn.ys}
          x={{ name: nameOf(x), format: formatOf(x) }}
          y={{ name: nameOf(y), format: formatOf(y) }}
          front={front}
          tell={tell}
          onChoose={(at) => navigate(trialAddress(run.runId, points.index[at] ?? 0))}
        />
      </Panel>
      <Panel
        title="All parameters side by side"
        picture="Trials over all parameters"
        aside={
          <>
            <span data-within={chosen.length}>
              {formatCount(chosen.length)} of {formatCount(points.index.length)} trials · drag along
              an axis to choose a range
            </span>
            {ranges.size > 0 && (
              <>
                <Button small onClick={() => setRanges(NO_RANGES)}>
                  All
                </Button>
                <LinkButton small href={trialsAddress(run.runId, filterOf(points, ranges))}>
                  List them
                </LinkButton>
                <LinkButton small href={finerAddress(run.runId, ranges)}>
                  Search this region finer
                </LinkButton>
              </>
            )}
          </>
        }
      >
        <ParallelAxes
          label="Trials over all parameters"
          axes={side.map((name) => ({
            key: name,
            name: nameOf(name),
            values: points.column(name).values,
            labels: points.column(name).labels,
            format: formatOf(name),
          }))}
          shown={chosen}
          count={points.index.length}
          colorBy={`metrics.${objective}`}
          ranges={ranges}
          onRanges={setRanges}
        />
      </Panel>
    </>
  );
}

function axisName(name: string, catalog: ReadonlyMap<string, MetricSpec>): string {
  const bare = name.replace(/^(metrics|params)\./, "");
  return name === TRIAL ? "Trial" : (catalog.get(bare)?.displayName ?? bare);
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly params: readonly string[];
  readonly catalog: ReadonlyMap<string, MetricSpec>;
  readonly onChange: (name: string) => void;
}

function ColumnChoice({ label, value, params, catalog, onChange }: ChoiceProps) {
  return (
    <Select label={label} value={value} onChange={onChange}>
      <optgroup label="The trial">
        <option value={TRIAL}>Trial</option>
        {params.map((name) => (
          <option key={name} value={name}>
            {axisName(name, catalog)}
          </option>
        ))}
      </optgroup>
      {metricGroups(catalog).map(({ title, metrics }) => (
        <optgroup key={title} label={title}>
          {metrics.map(({ name, displayName }) => (
            <option key={name} value={`metrics.${name}`}>
              {displayName}
            </option>
          ))}
        </optgroup>
      ))}
    </Select>
  );
}
