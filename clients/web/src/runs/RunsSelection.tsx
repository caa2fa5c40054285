// What is done to the runs that are selected: compared, labelled, stopped, removed.

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { formatCount } from "../format/number";
import type { Run } from "../gen/tradeforge/v1/types_pb";
import { api } from "../rpc/client";
import { runsStore } from "../rpc/runsStore";
import { isFinal } from "../rpc/state";
import { Button } from "../ui/Button";
import { Confirm, Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { showNotice } from "../ui/notices";
import { titleOf } from "./describe";
import { parseLabels } from "./labels";
import { actionOf, type Outcome, toEach, type Verb } from "./manyRuns";
import styles from "./RunsSelection.module.css";

const LISTED_MAX = 50;

interface Props {
  /** The runs that are shown: what is selected and not among them is left alone. */
  readonly runs: readonly Run[];
  readonly selected: ReadonlySet<string>;
  readonly onCompare: () => void;
  readonly onSelect: (runIds: ReadonlySet<string>) => void;
  readonly onClear: () => void;
}

export default function RunsSelection({ runs, selected, onCompare, onSelect, onClear }: Props) {
  const [asked, setAsked] = useState<Verb | "label">();
  const [isBusy, setIsBusy] = useState(false);
  const queries = useQueryClient();
  const chosen = runs.filter(({ runId }) => selected.has(runId));
  const isOver = ({ runId, status }: Run) =>
    isFinal((runsStore.status(runId) ?? status)?.state ?? 0);
  const fitting = { cancel: chosen.filter((run) => !isOver(run)), delete: chosen.filter(isOver) };

  const work = async (
    verb: string,
    on: readonly Run[],
    act: (runId: string) => Promise<unknown>,
  ) => {
    setIsBusy(true);
    const outcome = await toEach(
      on.map(({ runId }) => runId),
      act,
    );
    setIsBusy(false);
    setAsked(undefined);
    tell(verb, outcome);
    if (verb === "Deleted") {
      const failed = new Set(outcome.failures.map(({ runId }) => runId));
      const gone = on.filter(({ runId }) => !failed.has(runId));
      const left = new Set(selected);
      for (const { runId } of gone) {
        runsStore.forget(runId);
        left.delete(runId);
      }
      onSelect(left);
    }
    await queries.invalidateQueries({ queryKey: ["runs"] });
    await queries.invalidateQueries({ queryKey: ["run"] });
  };
  const confirm = (verb: Verb) => (
    <Confirm
      title={`${verb === "cancel" ? "Cancel" : "Delete"} ${countOf(fitting[verb].length)}?`}
      verb={verb === "cancel" ? "Cancel them" : "Delete them"}
      isOpen={asked === verb}
      isBusy={isBusy}
      onClose={() => setAsked(undefined)}
      onConfirm={() =>
        work(verb === "cancel" ? "Cancelled" : "Deleted", fitting[verb], actionOf(verb))
      }
    >
      {verb === "cancel"
        ? "Trials that are computed by then are kept."
        : "They go with all their trials, trades and results. This cannot be undone."}
      <Names runs={fitting[verb]} />
      <Left
        count={selected.size - fitting[verb].length}
        why={verb === "cancel" ? "ended" : "not ended"}
      />
    </Confirm>
  );
  return (
    <div className={styles.selection} role="status">
      <span>{selected.size} selected</span>
      <Button look="primary" small onClick={onCompare}>
        Compare
      </Button>
      <Button small onClick={() => setAsked("label")}>
        Label
      </Button>
      {fitting.cancel.length > 0 && (
        <Button small onClick={() => setAsked("cancel")}>
          Cancel {fitting.cancel.length}
        </Button>
      )}
      {fitting.delete.length > 0 && (
        <Button small onClick={() => setAsked("delete")}>
          Delete {fitting.delete.length}
        </Button>
      )}
      <Button look="quiet" small onClick={onClear}>
        Clear
      </Button>
      {confirm("cancel")}
      {confirm("delete")}
      <LabelThem
        key={String(asked === "label")}
        isOpen={asked === "label"}
        isBusy={isBusy}
        count={chosen.length}
        onClose={() => setAsked(undefined)}
        onLabel={(labels, removed) =>
          work("Labelled", chosen, (runId) => {
            const names = [...Object.keys(labels), ...removed];
            const paths = names.map((name) => `labels.${name}`);
            return api.runs.updateRun({ runId, updateMask: { paths }, labels });
          })
        }
      />
    </div>
  );
}

function Names({ runs }: { readonly runs: readonly Run[] }) {
  return (
    <ul className={styles.list}>
      {runs.slice(0, LISTED_MAX).map((run) => (
        <li key={run.runId}>{titleOf(run)}</li>
      ))}
      {runs.length > LISTED_MAX && <li>and {formatCount(runs.length - LISTED_MAX)} more</li>}
    </ul>
  );
}

function Left({ count, why }: { readonly count: number; readonly why: string }) {
  return count > 0 ? (
    <p className={styles.kept}>
      {count === 1
        ? `1 run stays as it is: it has ${why}, or is not in the list below.`
        : `${countOf(count)} stay as they are: they have ${why}, or are not in the list below.`}
    </p>
  ) : null;
}

function LabelThem(props: {
  readonly isOpen: boolean;
  readonly isBusy: boolean;
  readonly count: number;
  readonly onClose: () => void;
  readonly onLabel: (labels: Record<string, string>, removed: readonly string[]) => void;
}) {
  const [added, setAdded] = useState("");
  const [removed, setRemoved] = useState("");
  const gone = removed.split(/[\s,]+/).filter((name) => name !== "");
  const labels = parseLabels(added);
  const isEmpty = Object.keys(labels).length + gone.length === 0;
  return (
    <Dialog
      title={`Label ${countOf(props.count)}`}
      isOpen={props.isOpen}
      onClose={props.onClose}
      actions={
        <Button
          look="primary"
          disabled={props.isBusy || isEmpty}
          onClick={() => props.onLabel(labels, gone)}
        >
          Save
        </Button>
      }
    >
      <Field name="added" label="Set" hint="One a line, as in desk=rates">
        {(control) => (
          <textarea
            {...control}
            rows={3}
            value={added}
            onChange={({ target }) => setAdded(target.value)}
          />
        )}
      </Field>
      <Field name="removed" label="Remove" hint="Names, separated by commas">
        {(control) => (
          <input
            {...control}
            autoComplete="off"
            value={removed}
            onChange={({ target }) => setRemoved(target.value)}
          />
        )}
      </Field>
    </Dialog>
  );
}

function tell(verb: string, { done, failures }: Outcome): void {
  if (done > 0) {
    showNotice("good", `${verb} ${countOf(done)}.`);
  }
  const [first] = failures;
  if (first) {
    const others = failures.length > 1 ? `, and ${failures.length - 1} more` : "";
    showNotice("bad", `Not done: ${first.message}${others}`);
  }
}

function countOf(count: number): string {
  return `${formatCount(count)} ${count === 1 ? "run" : "runs"}`;
}
