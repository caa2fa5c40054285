// What people say of a run, and how long it may take, changed afterwards: only what was changed is
// sent, and nothing of what somebody else changed meanwhile is lost in silence.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { formatTime } from "../format/time";
import type { Run, RunStatus } from "../gen/tradeforge/v1/types_pb";
import { api } from "../rpc/client";
import { failureOf } from "../rpc/failure";
import { isFinal } from "../rpc/state";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { showNotice } from "../ui/notices";
import styles from "./EditRun.module.css";
import { changesOf, type Edited, editedOf } from "./edits";

interface Props {
  readonly run: Run;
  readonly status: RunStatus;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export default function EditRun({ run, status, isOpen, onClose }: Props) {
  return (
    <Dialog title="What is said of this run" isOpen={isOpen} onClose={onClose}>
      <Form run={run} isLive={!isFinal(status.state)} onDone={onClose} />
    </Dialog>
  );
}

function Form(props: { readonly run: Run; readonly isLive: boolean; readonly onDone: () => void }) {
  const { isLive, onDone } = props;
  // What was read when the dialog opened: only what differs from it is a change.
  const [read, setRead] = useState(props.run);
  const [form, setForm] = useState(() => editedOf(read));
  const queries = useQueryClient();
  const { update, problems } = changesOf(read, form, isLive, Date.now());
  const save = useMutation({
    mutationFn: (etag: string) => api.runs.updateRun({ ...update, runId: read.runId, etag }),
    onSuccess: async ({ run }) => {
      if (run) {
        queries.setQueryData(["run", run.runId], run);
      }
      await queries.invalidateQueries({ queryKey: ["runs"] });
      showNotice("good", "Saved.");
      onDone();
    },
  });
  const failure = save.error ? failureOf(save.error) : undefined;
  const isOvertaken = failure?.reason === "RUN_CHANGED";
  const theirs = async () => {
    const { run } = await api.runs.getRun({ runId: read.runId });
    if (run) {
      setRead(run);
      setForm(editedOf(run));
      save.reset();
    }
  };
  const set = (part: Partial<Edited>) => {
    setForm({ ...form, ...part });
    save.reset();
  };
  const faults = (name: keyof Edited) =>
    problems.flatMap((it) => (it.field === name ? it.text : []));
  return (
    <div className={styles.form}>
      <Text name="name" label="Name" value={form.name} onChange={(name) => set({ name })} />
      <Area name="notes" label="Notes" value={form.notes} onChange={(notes) => set({ notes })} />
      <Area
        name="labels"
        label="Labels"
        hint="One a line, as in desk=rates"
        value={form.labels}
        onChange={(labels) => set({ labels })}
      />
      {isLive && (
        <div className={styles.limits}>
          <Text
            name="deadline"
            label="Deadline (UTC)"
            hint={deadlineHint(read)}
            faults={faults("deadline")}
            value={form.deadline}
            onChange={(deadline) => set({ deadline })}
          />
          <Text
            name="budget"
            label="Compute budget"
            hint="As in 30m or 2h; empty is none"
            faults={faults("budget")}
            value={form.budget}
            onChange={(budget) => set({ budget })}
          />
        </div>
      )}
      {failure && (
        <p role="alert" className={styles.failure}>
          {isOvertaken
            ? "Somebody changed this run since it was read here. Nothing was saved."
            : failure.message}
        </p>
      )}
      <div className={styles.actions}>
        {isOvertaken && (
          <>
            <Button onClick={theirs}>Read theirs</Button>
            <Button onClick={() => save.mutate("")}>Save mine all the same</Button>
          </>
        )}
        <Button
          look="primary"
          disabled={save.isPending || problems.length > 0 || update.updateMask.paths.length === 0}
          onClick={() => save.mutate(read.etag)}
        >
          Save
        </Button>
      </div>
    </div>
  );
}

function deadlineHint({ deadline }: Run): string {
  const now = deadline ? `Now ${formatTime(deadline, "utc")}. ` : "";
  return `${now}A moment, or a span from now on as in 8h; empty is none`;
}

interface TextProps {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly faults?: readonly string[];
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Text({ value, onChange, ...field }: TextProps) {
  return (
    <Field {...field}>
      {(control) => (
        <input
          {...control}
          autoComplete="off"
          value={value}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}

function Area({ value, onChange, ...field }: TextProps) {
  return (
    <Field {...field}>
      {(control) => (
        <textarea
          {...control}
          rows={3}
          value={value}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}
