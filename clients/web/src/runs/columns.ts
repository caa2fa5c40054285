// What a list can show of each run, beside what it is: all its metrics, and what people say of it.

import type { Zone } from "../app/preferences";
import { formatCount } from "../format/number";
import { formatDuration, formatSeconds, formatTime, millisOf } from "../format/time";
import { Goal, type MetricSpec, type Run, type RunStatus } from "../gen/tradeforge/v1/types_pb";

export interface Column {
  readonly name: string;
  readonly label: string;
  /** What it says, of those that have no look of their own. */
  readonly text?: (run: Run, status: RunStatus, zone: Zone) => string;
  /** The metric that it is. */
  readonly metric?: MetricSpec;
  /** The field by which the server orders runs, if it does; its best end first. */
  readonly order?: string;
  readonly isNumber?: boolean;
}

const OTHERS: readonly Column[] = [
  { name: "progress", label: "Progress" },
  { name: "result", label: "Result" },
  { name: "time", label: "Submitted", order: "-create_time" },
  { name: "owner", label: "Owner", text: ({ owner }) => owner },
  { name: "labels", label: "Labels", text: ({ labels }) => labelsText(labels) },
  { name: "notes", label: "Notes", text: ({ notes }) => notes },
  {
    name: "priority",
    label: "Priority",
    text: ({ priority }) => formatCount(priority),
    isNumber: true,
  },
  { name: "took", label: "Took", text: (_, status) => formatSeconds(tookOf(status)) },
  { name: "computed", label: "Computed", text: (run) => formatDuration(run.computeTime) },
  { name: "ended", label: "Ended", text: (_, { endTime }, zone) => formatTime(endTime, zone) },
];

/** All that there are, in the order in which they are offered. */
export function columnsOf(metrics: ReadonlyMap<string, MetricSpec>): Column[] {
  const ofMetrics = [...metrics.values()].map(
    (metric): Column => ({
      name: metric.name,
      label: metric.displayName,
      order: metric.naturalGoal === Goal.MINIMIZE ? metric.name : `-${metric.name}`,
      isNumber: true,
      metric,
    }),
  );
  return [...OTHERS, ...ofMetrics];
}

/** Those of the names that there are; a metric that is not known yet comes with the catalog. */
export function shownColumns(names: readonly string[], all: readonly Column[]): Column[] {
  return names.flatMap((name) => all.find((column) => column.name === name) ?? []);
}

function tookOf({ startTime, endTime }: RunStatus): number | undefined {
  return startTime && endTime ? (millisOf(endTime) - millisOf(startTime)) / 1000 : undefined;
}

export function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.keys(labels)
    .sort()
    .map((name) => (labels[name] ? `${name}=${labels[name]}` : name))
    .join(" ");
}
