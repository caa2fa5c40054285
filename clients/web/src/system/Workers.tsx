// Who computes for the server on other machines, and how it stands with each.

import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { formatCount } from "../format/number";
import { formatDuration } from "../format/time";
import { type Fleet, type Worker, WorkerState } from "../gen/tradeforge/v1/system_service_pb";
import { api } from "../rpc/client";
import { FailureMessage } from "../ui/Message";
import { Panel } from "../ui/Panel";
import table from "../ui/table.module.css";
import styles from "./SystemPage.module.css";

const REFRESH_MS = 2_000;
// Of a larger fleet the rest is told by `tradeforge workers`.
const WORKERS_MAX = 200;

const STATES: Readonly<Record<WorkerState, string>> = {
  [WorkerState.UNSPECIFIED]: "unknown",
  [WorkerState.READY]: "ready",
  [WorkerState.LEAVING]: "leaving",
  [WorkerState.SILENT]: "silent",
  [WorkerState.OTHER_BUILD]: "other build: no work",
  [WorkerState.UNABLE]: "unable",
  [WorkerState.SET_ASIDE]: "set aside: no work",
};

export function Workers({ fleet }: { readonly fleet: Fleet }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["workers"],
    queryFn: ({ signal }) => api.system.listWorkers({ pageSize: WORKERS_MAX }, { signal }),
    refetchInterval: REFRESH_MS,
  });
  if (error && !data) {
    return <FailureMessage error={error} what="the workers" onRetry={refetch} />;
  }
  const workers = data?.workers ?? [];
  return (
    <Panel title={`Workers of ${fleet.name}`} flush>
      <p className={styles.none}>
        {fleet.problem
          ? `The server computes by itself: ${fleet.problem}.`
          : `${formatCount(fleet.workers)} there, ${formatCount(fleet.busySlots)} of ${formatCount(fleet.slots)} threads busy.`}
        {data?.nextPageToken && ` The first ${formatCount(WORKERS_MAX)} are shown.`}
      </p>
      {workers.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        <section className={styles.scroll} tabIndex={0} aria-label="Workers">
          <table className={table.table}>
            <caption className="visually-hidden">Workers</caption>
            <thead>
              <tr>
                <th>Worker</th>
                <th>Machine</th>
                <th>State</th>
                <th className={table.number}>Busy</th>
                <th className={table.number}>Trials/s</th>
                <th className={table.number}>Trials</th>
                <th className={table.number}>Heard</th>
                <th>Runs</th>
              </tr>
            </thead>
            <tbody>
              {workers.map((worker) => (
                <Row key={worker.workerId} worker={worker} />
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Panel>
  );
}

function Row({ worker }: { readonly worker: Worker }) {
  const { workerId, name, host, state, slots, busySlots, trials, trialsPerSecond } = worker;
  const build = [worker.version, worker.gitRevision, worker.architecture].filter(Boolean).join(" ");
  return (
    <tr data-worker={name || workerId}>
      <td title={workerId}>{name || workerId.slice(0, 8)}</td>
      <td title={build}>{host}</td>
      <td>
        {STATES[state] ?? "unknown"}
        {worker.problem && `: ${worker.problem}`}
      </td>
      <td className={table.number}>
        {formatCount(busySlots)} of {formatCount(slots)}
      </td>
      <td className={table.number}>{formatCount(Math.round(trialsPerSecond))}</td>
      <td className={table.number}>{formatCount(trials)}</td>
      <td className={table.number}>{formatDuration(worker.silentFor)} ago</td>
      <td>
        {worker.runIds.map((runId) => (
          <Link key={runId} href={`/runs/${runId}`}>
            {runId.slice(-6)}{" "}
          </Link>
        ))}
      </td>
    </tr>
  );
}
