// The server: what it is, what it accepts, how busy it is.

import { useQuery } from "@tanstack/react-query";
import { Fragment, type ReactNode } from "react";
import { loadedLater } from "../app/loadedLater";
import { usePreferences } from "../app/preferences";
import { formatBytes, formatCount } from "../format/number";
import { formatDuration, formatTime } from "../format/time";
import { Role, type WhoAmIResponse } from "../gen/tradeforge/v1/access_service_pb";
import { api } from "../rpc/client";
import { useConnection } from "../rpc/connection";
import { signOut } from "../rpc/session";
import { Button } from "../ui/Button";
import { FailureMessage } from "../ui/Message";
import { Page } from "../ui/Page";
import { Panel } from "../ui/Panel";
import { access } from "./access";
import { limitText } from "./quotas";
import styles from "./SystemPage.module.css";
import { Workers } from "./Workers";

// For admins, where the server asks who calls.
const Team = loadedLater(() => import("./Team"));
// For whoever may have runs of his own.
const Hooks = loadedLater(() => import("./Hooks"));

const REFRESH_MS = 2_000;

export default function SystemPage() {
  const connection = useConnection();
  const { data, error, refetch } = useQuery({
    queryKey: ["server"],
    queryFn: ({ signal }) => api.system.getServerInfo({}, { signal }),
    refetchInterval: REFRESH_MS,
  });
  // Where nobody is asked, everybody is an admin of no name.
  const { data: caller } = useQuery({
    queryKey: ["caller"],
    queryFn: ({ signal }) => access.whoAmI({}, { signal }),
  });
  const isKnown = caller !== undefined && caller.tokenId !== "";
  const limits = data?.limits;
  return (
    <Page title="System" subtitle={location.host}>
      {error && !data && (
        <FailureMessage error={error} what="the server's facts" onRetry={refetch} />
      )}
      {data && (
        <>
          <div className={styles.tiles}>
            <Tile label="Running" value={formatCount(data.runningRuns)} />
            <Tile label="Queued" value={formatCount(data.pendingRuns)} />
            <Tile label="Computing threads" value={formatCount(data.workerThreads)} />
            <Tile label="Up for" value={formatDuration(data.uptime)} />
          </div>
          <div className={styles.columns}>
            <Panel title="Version">
              <Facts
                facts={[
                  ["Program", data.version],
                  ["Engine", data.engineVersion],
                  ["Revision", data.gitRevision || "unknown"],
                  ["Live updates", connection.name === "open" ? "connected" : connection.name],
                ]}
              />
            </Panel>
            {isKnown && <Caller caller={caller} />}
            <Panel title="Limits">
              <Facts
                facts={[
                  ["Trials of a sweep", limit(limits?.maxTrialsPerRun, formatCount)],
                  ["Runs in the queue", limit(limits?.maxQueuedRuns, formatCount)],
                  ["Streams at once", limit(limits?.maxWatchStreams, formatCount)],
                  ["Size of a message", limit(limits?.maxMessageBytes, formatBytes)],
                  ["Size of a series", limit(limits?.maxSeriesBytes, formatBytes)],
                ]}
              />
            </Panel>
          </div>
          {caller !== undefined && caller.role >= Role.SUBMITTER && <Hooks />}
          {data.fleet && <Workers fleet={data.fleet} />}
          {isKnown && caller.role === Role.ADMIN && <Team />}
        </>
      )}
    </Page>
  );
}

/** Who the server takes this browser for, where it asks, and what that owner has of what it may. */
function Caller({ caller }: { readonly caller: WhoAmIResponse }) {
  const { owner, role, tokenId, expireTime, quota, liveRuns, trialsToday } = caller;
  const { zone } = usePreferences();
  return (
    <Panel title="Signed in">
      <Facts
        facts={[
          ["Owner", owner],
          ["Role", Role[role].toLowerCase()],
          ["Token", tokenId],
          ["It ends", expireTime ? formatTime(expireTime, zone) : "never"],
          ["Live runs", `${formatCount(liveRuns)} of ${limitText(quota?.liveRunsMax)}`],
          ["Trials today", `${formatCount(trialsToday)} of ${limitText(quota?.trialsPerDayMax)}`],
          ["Priority up to", formatCount(quota?.priorityMax)],
        ]}
      />
      <Button small onClick={signOut}>
        Sign out
      </Button>
    </Panel>
  );
}

function Tile({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <dl className={styles.tile}>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </dl>
  );
}

function Facts({ facts }: { readonly facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}

/** 0 means that there is none. */
function limit<Value extends number | bigint>(
  value: Value | undefined,
  format: (value: Value) => string,
): string {
  return value === undefined || Number(value) === 0 ? "no limit" : format(value);
}
