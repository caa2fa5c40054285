// What each owner may have and has, for admins: its limits are set in the row.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { formatCount } from "../format/number";
import type { Owner } from "../gen/tradeforge/v1/access_service_pb";
import { failureOf } from "../rpc/failure";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { FailureMessage } from "../ui/Message";
import { Panel } from "../ui/Panel";
import table from "../ui/table.module.css";
import { access } from "./access";
import { limitText, quotaOf } from "./quotas";
import styles from "./SystemPage.module.css";

export function Owners() {
  const { data, error, refetch } = useQuery({
    queryKey: ["owners"],
    queryFn: ({ signal }) => access.listOwners({}, { signal }),
  });
  const [edited, setEdited] = useState<Owner>();
  if (error) {
    return <FailureMessage error={error} what="the owners" onRetry={refetch} />;
  }
  return (
    <Panel title="Owners" flush>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <section className={styles.scroll} tabIndex={0} aria-label="Owners">
        <table className={table.table}>
          <caption className="visually-hidden">Owners</caption>
          <thead>
            <tr>
              <th>Owner</th>
              <th className={table.number}>Live runs</th>
              <th className={table.number}>Trials today</th>
              <th className={table.number}>Priority up to</th>
              <th className={table.number}>Share</th>
              <th>
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data?.owners.map((owner) => (
              <tr key={owner.name} data-owner={owner.name}>
                <td>{owner.name}</td>
                <td className={table.number}>
                  {formatCount(owner.liveRuns)} of {limitText(owner.quota?.liveRunsMax)}
                </td>
                <td className={table.number}>
                  {formatCount(owner.trialsToday)} of {limitText(owner.quota?.trialsPerDayMax)}
                </td>
                <td className={table.number}>{formatCount(owner.quota?.priorityMax)}</td>
                <td className={table.number}>{formatCount(owner.quota?.share)}</td>
                <td className={table.number}>
                  <Button small onClick={() => setEdited(owner)}>
                    Limits<span className="visually-hidden"> of {owner.name}</span>
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <Dialog
        title={`Limits of ${edited?.name ?? ""}`}
        isOpen={edited !== undefined}
        onClose={() => setEdited(undefined)}
      >
        {edited && <Limits owner={edited} onDone={() => setEdited(undefined)} />}
      </Dialog>
    </Panel>
  );
}

const SETTING = "0 is no limit; empty is the server's setting";
const FIELDS = [
  { name: "live_runs_max", label: "Live runs", hint: SETTING },
  { name: "trials_per_day_max", label: "Trials a day", hint: SETTING },
  { name: "priority_max", label: "Priority up to", hint: "Empty is the server's setting" },
  { name: "share", label: "Share of the cores", hint: "Times as much as others; empty is once" },
] as const;

function Limits({ owner, onDone }: { readonly owner: Owner; readonly onDone: () => void }) {
  // What is the server's setting is empty: it stays that when others are set.
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>(() => {
    const { quota, ownLimits } = owner;
    const all = {
      live_runs_max: quota?.liveRunsMax,
      trials_per_day_max: quota?.trialsPerDayMax,
      priority_max: quota?.priorityMax,
      share: quota?.share,
    };
    return Object.fromEntries(
      Object.entries(all).map(([name, value]) => [
        name,
        ownLimits.includes(name) ? String(value) : "",
      ]),
    );
  });
  const queries = useQueryClient();
  const { quota, problems } = quotaOf(texts);
  const save = useMutation({
    mutationFn: () => access.setQuota({ owner: owner.name, ...quota }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["owners"] });
      onDone();
    },
  });
  return (
    <div className={styles.form}>
      {FIELDS.map(({ name, label, hint }) => (
        <Field
          key={name}
          name={name}
          label={label}
          hint={hint}
          faults={problems[name] === undefined ? [] : [problems[name]]}
        >
          {(control) => (
            <input
              {...control}
              inputMode="numeric"
              autoComplete="off"
              value={texts[name] ?? ""}
              onChange={({ target }) => setTexts({ ...texts, [name]: target.value })}
            />
          )}
        </Field>
      ))}
      {save.error && <p role="alert">{failureOf(save.error).message}</p>}
      <Button
        look="primary"
        disabled={save.isPending || Object.keys(problems).length > 0}
        onClick={() => save.mutate()}
      >
        Save
      </Button>
    </div>
  );
}
