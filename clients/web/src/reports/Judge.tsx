// Starts what tells how much of the best of a sweep is luck.

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { ReusePolicy } from "../gen/tradeforge/v1/run_service_pb";
import type { Run } from "../gen/tradeforge/v1/types_pb";
import { api } from "../rpc/client";
import { failureOf } from "../rpc/failure";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { Panel } from "../ui/Panel";
import styles from "./Judge.module.css";
import { AS_USUAL, faultOf, type Judging, validationOf } from "./judging";

export function Judge({ run }: { readonly run: Run }) {
  const [, navigate] = useLocation();
  const [form, setForm] = useState(AS_USUAL);
  const judge = useMutation({
    mutationFn: () =>
      api.runs.submit({
        spec: { case: "validation", value: validationOf(run.runId, form) },
        displayName: run.displayName,
        reusePolicy: ReusePolicy.REUSE_COMPLETED,
      }),
    onSuccess: ({ runId }) => navigate(`/runs/${runId}`),
  });
  const failure = judge.error && failureOf(judge.error);
  const number = (name: keyof Judging & string, label: string, hint: string) => {
    const fault = faultOf(name, form);
    return (
      <Field name={name} label={label} hint={hint} faults={fault ? [fault] : []}>
        {(control) => (
          <input
            {...control}
            autoComplete="off"
            inputMode="numeric"
            value={String(form[name])}
            onChange={({ target }) => {
              setForm({ ...form, [name]: target.value });
              judge.reset();
            }}
          />
        )}
      </Field>
    );
  };
  const names = form.hasPaths ? (["orders", ...PATHS] as const) : (["orders"] as const);
  const isWrong = names.some((name) => faultOf(name, form) !== undefined);
  return (
    <Panel title="How much of it is luck">
      <p>
        The best of so many tries looks good by luck alone. All trials go over the bars again, and
        what was found is held against what searches of that size find where there is nothing.
      </p>
      <details className={styles.details}>
        <summary>How it is judged</summary>
        <div className={styles.fields}>
          {number(
            "orders",
            "Searches over the bars in other orders",
            "Each takes as long as the sweep did; up to 1,000, and 0 for none",
          )}
        </div>
        <label className={styles.choice}>
          <input
            type="checkbox"
            checked={form.hasPaths}
            onChange={({ target }) => setForm({ ...form, hasPaths: target.checked })}
          />
          Paths through groups of days (combinatorial purged cross-validation)
        </label>
        {form.hasPaths && (
          <div className={styles.fields}>
            {number("groups", "Groups of days", "From 3 to 20")}
            {number("testGroups", "Groups that judge", "Fewer than all")}
            {number("purgeDays", "Days left out before each", "0 for none")}
            {number("embargoDays", "Days left out after each", "Empty: a hundredth of all")}
          </div>
        )}
      </details>
      {failure && (
        <p role="alert" className={styles.failure}>
          {failure.message}
        </p>
      )}
      <Button disabled={judge.isPending || isWrong} onClick={() => judge.mutate()}>
        Judge it
      </Button>
    </Panel>
  );
}

const PATHS = ["groups", "testGroups", "purgeDays", "embargoDays"] as const;
