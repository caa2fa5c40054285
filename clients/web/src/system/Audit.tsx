// Who changed what, the newest first, for admins.

import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { usePreferences } from "../app/preferences";
import { bothZones, formatTime } from "../format/time";
import type { AuditEvent } from "../gen/tradeforge/v1/access_service_pb";
import { shortId } from "../runs/describe";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { FailureMessage } from "../ui/Message";
import { Panel } from "../ui/Panel";
import table from "../ui/table.module.css";
import { access } from "./access";
import styles from "./SystemPage.module.css";

const PAGE_SIZE = 50;

export function Audit() {
  const [typed, setTyped] = useState("");
  const [filter, setFilter] = useState("");
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetching } = useInfiniteQuery({
    queryKey: ["audit", filter],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      access.listAuditEvents({ filter, pageSize: PAGE_SIZE, pageToken: pageParam }, { signal }),
    getNextPageParam: (page) => page.nextPageToken || undefined,
    placeholderData: (before) => before,
  });
  const events = data?.pages.flatMap((page) => page.events) ?? [];
  return (
    <Panel title="Who changed what" flush>
      <form
        className={styles.filter}
        onSubmit={(event) => {
          event.preventDefault();
          setFilter(typed.trim());
        }}
      >
        <Field
          name="audit"
          label="Filter of changes"
          hint="As in: actor = ann AND action = run.delete AND time > 2026-11-01"
        >
          {(control) => (
            <input
              {...control}
              autoComplete="off"
              spellCheck={false}
              value={typed}
              onChange={({ target }) => setTyped(target.value)}
            />
          )}
        </Field>
        <Button type="submit">Filter</Button>
      </form>
      {error && <FailureMessage error={error} what="the changes" onRetry={refetch} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <section className={styles.scroll} tabIndex={0} aria-label="Changes">
        <table className={table.table}>
          <caption className="visually-hidden">Changes</caption>
          <thead>
            <tr>
              <th>Time</th>
              <th>Who</th>
              <th>What</th>
              <th>To what</th>
              <th>More</th>
            </tr>
          </thead>
          <tbody>
            {events.map((event) => (
              <Change key={event.eventId} event={event} />
            ))}
          </tbody>
        </table>
      </section>
      {data && events.length === 0 && (
        <p className={styles.none}>
          {filter === "" ? "Nothing was changed yet." : "Nothing fits."}
        </p>
      )}
      {hasNextPage && (
        <p className={styles.none}>
          <Button small disabled={isFetching} onClick={() => void fetchNextPage()}>
            Show more
          </Button>
        </p>
      )}
    </Panel>
  );
}

function Change({ event }: { readonly event: AuditEvent }) {
  const { zone } = usePreferences();
  const { eventId, time, actor, tokenId, address, action, subject, outcome, details } = event;
  const more = Object.entries(details).map(([name, value]) => `${name}: ${value}`);
  // What was removed leads nowhere.
  const isRun = action.startsWith("run.") && action !== "run.delete";
  return (
    <tr data-event={String(eventId)}>
      <td className={table.nowrap} title={bothZones(time)}>
        {formatTime(time, zone)}
      </td>
      <td title={`token ${tokenId} from ${address}`}>{actor}</td>
      <td className={table.nowrap}>
        {action}
        {outcome !== "DONE" && ` (${outcome.toLowerCase()})`}
      </td>
      <td title={subject}>
        {isRun ? <Link href={`/runs/${subject}`}>{shortId(subject)}</Link> : subject}
      </td>
      <td>{more.join(", ")}</td>
    </tr>
  );
}
