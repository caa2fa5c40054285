// Starts a walk-forward of a sweep: the choice made again and again, and judged by the days after it.

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { ReusePolicy } from "../gen/tradeforge/v1/run_service_pb";
import { Handover, type Run } from "../gen/tradeforge/v1/types_pb";
import { api } from "../rpc/client";
import { failureOf } from "../rpc/failure";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { Panel } from "../ui/Panel";
import styles from "./Judge.module.css";
import { AS_USUAL, askedOf, type Days, faultOf, type Walking, walkOf } from "./walking";

const LABELS: Readonly<Record<Days, readonly [label: string, hint: string]>> = {
  windows: ["Windows over all days", "From 2 to 200"],
  inSample: ["Days to choose by", ""],
  outOfSample: ["Days to judge by, after them", ""],
  step: ["Days from window to window", "Empty: as many as are judged by"],
  purge: ["Days between the two left out", "0 for none"],
};

type Switch = Exclude<keyof Walking, Days | "handover">;
const SWITCHES: readonly (readonly [name: Switch, label: string])[] = [
  ["hasLengths", "Windows of so many days"],
  ["isAnchored", "Choose by all days before, not by the latest"],
  [
    "isCarried",
    "Windows are parts of one simulation of each trial, positions carried in and out (carried)",
  ],
  ["isSmoothed", "Choose by the median of a trial and its neighbors: a plateau before a lone peak"],
];

/** What becomes of a position at a border where the choice is another. */
const HANDOVERS: readonly (readonly [handover: Handover, label: string])[] = [
  [Handover.CLOSE, "is closed"],
  [Handover.RUN_OFF, "is left to whoever opened it"],
  [Handover.KEEP, "is taken over by what was chosen"],
  [Handover.ADOPT, "becomes what the chosen one holds"],
];

export function Walk({ run }: { readonly run: Run }) {
  const [, navigate] = useLocation();
  const [form, setForm] = useState(AS_USUAL);
  const walk = useMutation({
    mutationFn: () =>
      api.runs.submit({
        spec: { case: "walkForward", value: walkOf(run, form) },
        displayName: run.displayName,
        reusePolicy: ReusePolicy.REUSE_COMPLETED,
      }),
    onSuccess: ({ runId }) => navigate(`/runs/${runId}`),
  });
  const failure = walk.error && failureOf(walk.error);
  const set = (change: Partial<Walking>) => {
    setForm({ ...form, ...change });
    walk.reset();
  };
  const asked = askedOf(form);
  return (
    <Panel title="Would it have been found in time">
      <p>
        The best is chosen by some days and judged by the days after them, window by window, as
        whoever trades it would have had to.
      </p>
      <details className={styles.details}>
        <summary>How it is walked</summary>
        <div className={styles.fields}>
          {asked.map((name) => {
            const fault = faultOf(name, form);
            return (
              <Field
                key={name}
                name={name}
                label={LABELS[name][0]}
                hint={LABELS[name][1]}
                faults={fault ? [fault] : []}
              >
                {(control) => (
                  <input
                    {...control}
                    autoComplete="off"
                    inputMode="numeric"
                    value={form[name]}
                    onChange={({ target }) => set({ [name]: target.value })}
                  />
                )}
              </Field>
            );
          })}
          <Field name="handover" label="Where the choice changes, a position">
            {(control) => (
              <select
                {...control}
                value={form.handover}
                onChange={({ target }) => set({ handover: Number(target.value) })}
              >
                {HANDOVERS.map(([handover, label]) => (
                  <option key={handover} value={handover}>
                    {label}
                  </option>
                ))}
              </select>
            )}
          </Field>
        </div>
        {SWITCHES.map(([name, label]) => (
          <label key={name} className={styles.choice}>
            <input
              type="checkbox"
              checked={form[name]}
              onChange={({ target }) => set({ [name]: target.checked })}
            />
            {label}
          </label>
        ))}
      </details>
      {failure && (
        <p role="alert" className={styles.failure}>
          {failure.message}
        </p>
      )}
      <Button
        disabled={walk.isPending || asked.some((name) => faultOf(name, form) !== undefined)}
        onClick={() => walk.mutate()}
      >
        Walk it forward
      </Button>
    </Panel>
  );
}
