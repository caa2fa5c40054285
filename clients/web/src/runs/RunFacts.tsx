// What a run is, in a line below its title.

import { Link } from "wouter";
import { usePreferences } from "../app/preferences";
import { formatCount } from "../format/number";
import { bothZones, formatBorder, formatDuration, formatTime } from "../format/time";
import type { Run, RunOrigin, RunStatus } from "../gen/tradeforge/v1/types_pb";
import { isFinal } from "../rpc/state";
import { auxText } from "../submit/auxText";
import {
  baseOf,
  formatSubscription,
  settingsOf,
  shortId,
  strategyOf,
  subscriptionsOf,
  titleOf,
} from "./describe";
import styles from "./RunPage.module.css";

/** So many series are named; the others are told by the table of instruments. */
const NAMED_MAX = 3;

export function RunFacts({ run, status }: { readonly run: Run; readonly status: RunStatus }) {
  const { zone } = usePreferences();
  const base = baseOf(run);
  const range = base?.timeRange;
  const markets = subscriptionsOf(run).map(formatSubscription);
  return (
    <div className={styles.facts}>
      <span>
        {titleOf(run) !== strategyOf(run) && <strong>{strategyOf(run)} </strong>}
        {settingsOf(run)}
      </span>
      {run.spec.case === "validation" && (
        <span>
          of the sweep{" "}
          <Link href={`/runs/${run.spec.value.runId}`}>{shortId(run.spec.value.runId)}</Link>
        </span>
      )}
      {markets.length > 0 && (
        <span title={markets.join(", ")}>
          on <strong>{markets.slice(0, NAMED_MAX).join(", ")}</strong>
          {markets.length > NAMED_MAX && ` and ${formatCount(markets.length - NAMED_MAX)} more`}
        </span>
      )}
      {base && base.aux.length > 0 && <span>following {auxText(base.aux)}</span>}
      {base?.benchmark && <span>measured against {formatSubscription(base.benchmark)}</span>}
      {range && (
        <span>
          {formatBorder(range.startTime, zone)} to {formatBorder(range.endTime, zone)}
          {base.warmupBars > 0n && `, after ${formatCount(base.warmupBars)} bars of warm-up`}
        </span>
      )}
      <span title={bothZones(status.createTime)}>
        submitted {formatTime(status.createTime, zone)}
      </span>
      {status.attempt > 1 && <span>attempt {status.attempt}</span>}
      {status.cancel && (
        <span title={bothZones(status.cancel.requestTime)}>
          cancelled {formatTime(status.cancel.requestTime, zone)}
          {status.cancel.requester && ` by ${status.cancel.requester}`}
          {status.cancel.reason && `: ${status.cancel.reason}`}
        </span>
      )}
      <Limits run={run} status={status} />
      {run.continueRunId && (
        <span>
          goes on from <Link href={`/runs/${run.continueRunId}`}>{shortId(run.continueRunId)}</Link>
        </span>
      )}
      {run.origin && <Origin origin={run.origin} />}
      {Object.entries(run.labels).map(([name, value]) => (
        <span key={name} className={styles.label}>
          {name}
          {value && `: ${value}`}
        </span>
      ))}
      <code>{run.runId}</code>
    </div>
  );
}

/** Whose run an imported one is, and whether its numbers were made here once more. */
function Origin({ origin }: { readonly origin: RunOrigin }) {
  const { zone } = usePreferences();
  const { runId, manifestSha256, version, importTime, recomputed } = origin;
  return (
    <span
      data-origin={runId}
      title={`Manifest ${manifestSha256}, imported ${bothZones(importTime)}`}
    >
      imported {formatTime(importTime, zone)} of <code>{runId}</code>, computed by version {version}
      {recomputed ? ", and again here to the same bits" : ", not computed again here"}
      {" · manifest "}
      <code>{manifestSha256.slice(0, 12)}</code>
    </span>
  );
}

/** How long it may take, while that matters, and how much of it is used. */
function Limits({ run, status }: { readonly run: Run; readonly status: RunStatus }) {
  const { zone } = usePreferences();
  const { deadline, computeBudget, computeTime } = run;
  return (
    <>
      {deadline && !isFinal(status.state) && (
        <span title={bothZones(deadline)} data-limit="deadline">
          ends by {formatTime(deadline, zone)}
        </span>
      )}
      {computeBudget && (
        <span data-limit="budget">
          computed {formatDuration(computeTime)} of at most {formatDuration(computeBudget)}
        </span>
      )}
    </>
  );
}
