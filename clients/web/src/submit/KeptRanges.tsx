// Ranges under names: taken up again, kept, forgotten.

import { useState } from "react";
import { Dialog } from "../ui/Dialog";
import { NamedList } from "../ui/NamedList";
import { showNotice } from "../ui/notices";
import type { FormState } from "./formState";
import { asKept, keepRanges, keptRanges, withKept, without } from "./keptRanges";
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
  const own = all.filter((it) => it.strategy === strategy);
  const store = (next: typeof all) => {
    setAll(next);
    if (!keepRanges(next)) {
      showNotice("bad", "This browser keeps nothing; they are there until the page is closed.");
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
        <NamedList
          field="ranges"
          action="Keep ranges"
          hint="All parameters as they are set now, kept in this browser for this strategy."
          names={own.map(({ name }) => name)}
          noun="ranges"
          onKeep={(name) => {
            store(withKept(all, { name, strategy, params }));
            setIsOpen(false);
          }}
          onRemove={(name) => store(without(all, { name, strategy }))}
        />
      </Dialog>
    </>
  );
}
