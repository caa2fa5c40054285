// The server: what it is, what it accepts, how busy it is.

import { createClient } from "@connectrpc/connect";
import { useQuery } from "@tanstack/react-query";
import { Fragment, type ReactNode } from "react";
import { formatBytes, formatCount } from "../format/number";
import { formatDuration } from "../format/time";
import { AccessService, Role } from "../gen/tradeforge/v1/access_service_pb";
import { api, transport } from "../rpc/client";
import { useConnection } from "../rpc/connection";
import { signOut } from "../rpc/session";
import { Button } from "../ui/Button";
import { FailureMessage } from "../ui/Message";
import { Page } from "../ui/Page";
import { Panel } from "../ui/Panel";
import styles from "./SystemPage.module.css";

// Loaded with this page: no other asks who calls.
const access = createClient(AccessService, transport);

const REFRESH_MS = 2_000;

export default function SystemPage() {
  const connection = useConnection();
  const { data, error, refetch } = useQuery({
    queryKey: ["server"],
    queryFn: ({ signal }) => api.system.getServerInfo({}, { signal }),
    refetchInterval: REFRESH_MS,
  });
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
            <Caller />
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
        </>
      )}
    </Page>
  );
}

/** Who the server takes this browser for, where it asks. */
function Caller() {
  const { data: caller } = useQuery({
    queryKey: ["caller"],
    queryFn: ({ signal }) => access.whoAmI({}, { signal }),
  });
  if (caller === undefined || caller.tokenId === "") {
    return null;
  }
  return (
    <Panel title="Signed in">
      <Facts
        facts={[
          ["Owner", caller.owner],
          ["Role", Role[caller.role].toLowerCase()],
          ["Token", caller.tokenId],
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
