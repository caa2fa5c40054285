// All runs that the list finds, also those that are not shown yet: counted first, then cancelled or
// deleted, and none of them if their number is another by then.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { formatCount } from "../format/number";
import { failureOf } from "../rpc/failure";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { showNotice } from "../ui/notices";
import { filterExpression, type RunFilters } from "./filters";
import { countAll, doToAll, type Verb } from "./manyRuns";
import styles from "./RunsTools.module.css";

interface Props {
  readonly filters: RunFilters;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function AllFound({ filters, isOpen, onClose }: Props) {
  const filter = filterExpression(filters);
  return (
    <Dialog title="All runs found" isOpen={isOpen} onClose={onClose}>
      <div className={styles.all}>
        <p>
          {filter === "" ? (
            "No filter is set: these are all runs that there are."
          ) : (
            <>
              Those that fit <code>{filter}</code>, also the ones that are not shown yet.
            </>
          )}
        </p>
        <Act verb="cancel" filter={filter} />
        <Act verb="delete" filter={filter} />
      </div>
    </Dialog>
  );
}

function Act({ verb, filter }: { readonly verb: Verb; readonly filter: string }) {
  const [isBusy, setIsBusy] = useState(false);
  const queries = useQueryClient();
  const key = ["counted", verb, filter];
  const { data, error } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => countAll(verb, filter, signal),
    gcTime: 0,
    staleTime: 0,
  });
  const act = async (matched: bigint) => {
    setIsBusy(true);
    try {
      const done = await doToAll(verb, filter, matched);
      const did = verb === "cancel" ? "Asked to stop" : "Deleted";
      showNotice("good", `${did}: ${runsOf(done)}.`);
    } catch (failed) {
      const { reason, message } = failureOf(failed);
      const isOther = reason === "SET_CHANGED";
      showNotice(
        "bad",
        isOther ? "There are more or fewer by now: nothing was done. Look again." : message,
      );
    }
    setIsBusy(false);
    await queries.invalidateQueries({ queryKey: ["counted"] });
    await queries.invalidateQueries({ queryKey: ["runs"] });
  };
  const what = verb === "cancel" ? "live" : "ended";
  return (
    <div className={styles.act}>
      <span data-counted={data ? `${verb} ${data.matched}` : undefined}>
        {error
          ? failureOf(error).message
          : data
            ? `${runsOf(data.matched)} ${what}${leftOf(data.denied)}`
            : "Counting…"}
      </span>
      <Button
        look="danger"
        disabled={isBusy || !data || data.matched === 0n}
        onClick={() => data && act(data.matched)}
      >
        {verb === "cancel" ? "Cancel" : "Delete"} {data ? runsOf(data.matched) : ""}
      </Button>
    </div>
  );
}

function leftOf(denied: bigint): string {
  return denied > 0n ? `; ${formatCount(denied)} of others stay` : "";
}

function runsOf(count: bigint): string {
  return `${formatCount(count)} ${count === 1n ? "run" : "runs"}`;
}
