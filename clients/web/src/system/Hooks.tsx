// Webhooks: who is told what happened, and whether it arrives.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { formatCount } from "../format/number";
import type { Hook } from "../gen/tradeforge/v1/hook_service_pb";
import { failureOf } from "../rpc/failure";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { FailureMessage } from "../ui/Message";
import { Panel } from "../ui/Panel";
import table from "../ui/table.module.css";
import { EVENTS, eventsText, hooks, stateText } from "./hooks";
import styles from "./SystemPage.module.css";

const KEY = ["hooks"];

export default function Hooks() {
  const { data, error, refetch } = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => hooks.listHooks({}, { signal }),
  });
  const [isAdding, setAdding] = useState(false);
  const [said, setSaid] = useState("");
  if (error) {
    return <FailureMessage error={error} what="the webhooks" onRetry={refetch} />;
  }
  return (
    <Panel title="Webhooks" flush>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <section className={styles.scroll} tabIndex={0} aria-label="Webhooks">
        <table className={table.table}>
          <caption className="visually-hidden">Webhooks</caption>
          <thead>
            <tr>
              <th>Address</th>
              <th>Tells of</th>
              <th>State</th>
              <th className={table.number}>On the way</th>
              <th>
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data?.hooks.map((hook) => (
              <Row key={hook.hookId} hook={hook} onSaid={setSaid} />
            ))}
          </tbody>
        </table>
      </section>
      {data?.hooks.length === 0 && <p className={styles.none}>Nobody is told of anything.</p>}
      <p className={styles.none} role="status">
        {said}
      </p>
      <p className={styles.none}>
        <Button small onClick={() => setAdding(true)}>
          Add a webhook
        </Button>
      </p>
      <Dialog title="Add a webhook" isOpen={isAdding} onClose={() => setAdding(false)}>
        {isAdding && <NewHook onDone={() => setAdding(false)} />}
      </Dialog>
    </Panel>
  );
}

interface RowProps {
  readonly hook: Hook;
  readonly onSaid: (text: string) => void;
}

function Row({ hook, onSaid }: RowProps) {
  const { hookId, url, eventTypes, filter, owner, allOwners, disabledReason, pending } = hook;
  const queries = useQueryClient();
  const renew = () => queries.invalidateQueries({ queryKey: KEY });
  const tell = (error: unknown) => onSaid(failureOf(error).message);
  const test = useMutation({
    mutationFn: () => hooks.testHook({ hookId }),
    onSuccess: async ({ delivery }) => {
      const outcome = delivery?.lastOutcome ?? "";
      const arrived = delivery?.deliveryTime !== undefined;
      onSaid(`The test ${arrived ? "arrived" : "did not arrive"}: ${outcome}`);
      await renew();
    },
    onError: tell,
  });
  const remove = useMutation({
    mutationFn: () => hooks.deleteHook({ hookId }),
    onSuccess: renew,
    onError: tell,
  });
  return (
    <tr data-hook={hookId}>
      <td title={allOwners ? "of the runs of all" : `of the runs of ${owner}`}>{url}</td>
      <td>
        {eventsText(eventTypes)}
        {filter !== "" && ` where ${filter}`}
      </td>
      <td>{stateText(disabledReason)}</td>
      <td className={table.number}>{formatCount(pending)}</td>
      <td className={table.number}>
        <Button small disabled={test.isPending} onClick={() => test.mutate()}>
          Test<span className="visually-hidden"> {url}</span>
        </Button>{" "}
        <Button small disabled={remove.isPending} onClick={() => remove.mutate()}>
          Remove<span className="visually-hidden"> {url}</span>
        </Button>
      </td>
    </tr>
  );
}

function NewHook({ onDone }: { readonly onDone: () => void }) {
  const [url, setUrl] = useState("");
  const [filter, setFilter] = useState("");
  const [chosen, setChosen] = useState(() => EVENTS.slice(0, 3).map(([type]) => type));
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: () =>
      hooks.createHook({ hook: { url: url.trim(), filter: filter.trim(), eventTypes: chosen } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
  if (create.data) {
    return (
      <div className={styles.form}>
        <p>The key of its signatures, which is not shown again:</p>
        <code>{create.data.signingSecret}</code>
        <Button look="primary" onClick={onDone}>
          I have kept it
        </Button>
      </div>
    );
  }
  return (
    <div className={styles.form}>
      <Field name="hook-url" label="Address" hint="https, or what the server's hook_allow admits">
        {(control) => (
          <input
            {...control}
            type="url"
            autoComplete="off"
            value={url}
            onChange={({ target }) => setUrl(target.value)}
          />
        )}
      </Field>
      <fieldset>
        <legend>Tells of</legend>
        {EVENTS.map(([type, name]) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={chosen.includes(type)}
              onChange={({ target }) =>
                setChosen(
                  target.checked ? [...chosen, type] : chosen.filter((other) => other !== type),
                )
              }
            />{" "}
            {name}
          </label>
        ))}
      </fieldset>
      <Field
        name="hook-filter"
        label="Of which runs"
        hint="As in: labels.tier = gold; empty is all"
      >
        {(control) => (
          <input
            {...control}
            autoComplete="off"
            spellCheck={false}
            value={filter}
            onChange={({ target }) => setFilter(target.value)}
          />
        )}
      </Field>
      {create.error && <p role="alert">{failureOf(create.error).message}</p>}
      <Button
        look="primary"
        disabled={create.isPending || url.trim() === "" || chosen.length === 0}
        onClick={() => create.mutate()}
      >
        Add
      </Button>
    </div>
  );
}
