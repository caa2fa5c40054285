// Ranges under names: taken up again, kept, forgotten.

import { useState } from "react";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { showNotice } from "../ui/notices";
import type { FormState } from "./formState";
import { asKept, keepRanges, keptRanges, NAME_MAX, withKept, without } from "./keptRanges";
import styles from "./SubmitPage.module.css";

const KEEP = "\u0000keep";

interface Props {
  /** Whose parameters they are. */
  readonly strategy: string;
  readonly params: FormState["params"];
  readonly onChange: (params: FormState["params"]) => void;
}

export function KeptRanges({ strategy, params, onChange }: Props) {
  const [all, setAll] = useState(keptRanges);
  const [isOpen, setIsOpen] = useState(false);
  const [name, setName] = useState("");
  const own = all.filter((it) => it.strategy === strategy);
  const store = (next: typeof all) => {
    setAll(next);
    if (!keepRanges(next)) {
      showNotice("bad", "This browser keeps nothing; they are there until the page is closed.");
    }
  };
  const keep = () => {
    if (name.trim() !== "") {
      store(withKept(all, { name: name.trim(), strategy, params }));
      setIsOpen(false);
    }
  };
  return (
    <>
      <select
        className={styles.kept}
        aria-label="Kept ranges"
        value=""
        onChange={({ target }) => {
          const kept = own.find((it) => it.name === target.value);
          if (kept) {
            onChange(asKept(params, kept));
          } else {
            setIsOpen(true);
          }
        }}
      >
        <option value="">Ranges…</option>
        {own.map((it) => (
          <option key={it.name}>{it.name}</option>
        ))}
        <option value={KEEP}>Keep or remove…</option>
      </select>
      <Dialog title="Kept ranges" isOpen={isOpen} onClose={() => setIsOpen(false)}>
        <Field
          name="ranges"
          label="Name"
          hint="All parameters as they are set now, kept in this browser for this strategy."
        >
          {(control) => (
            <input
              {...control}
              autoComplete="off"
              maxLength={NAME_MAX}
              value={name}
              onChange={({ target }) => setName(target.value)}
              onKeyDown={({ key }) => key === "Enter" && keep()}
            />
          )}
        </Field>
        <Button look="primary" disabled={name.trim() === ""} onClick={keep}>
          Keep ranges
        </Button>
        {own.map((it) => (
          <p key={it.name} className={styles.row}>
            {it.name}
            <Button small aria-label={`Remove ${it.name}`} onClick={() => store(without(all, it))}>
              Remove
            </Button>
          </p>
        ))}
      </Dialog>
    </>
  );
}
