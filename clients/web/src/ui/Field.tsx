// A labelled input with its hint and with what is wrong with it.

import { type ReactNode, useId } from "react";
import styles from "./Field.module.css";

export interface ControlProps {
  readonly id: string;
  readonly name: string;
  readonly "aria-invalid": boolean;
  readonly "aria-describedby": string | undefined;
}

interface Props {
  /** The field's name in its form: what faults are found by. */
  readonly name: string;
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly faults?: readonly string[] | undefined;
  /** Hides the label from the eye, not from a screen reader. */
  readonly isLabelHidden?: boolean;
  readonly children: (control: ControlProps) => ReactNode;
}

export function Field({ name, label, hint, faults = [], isLabelHidden = false, children }: Props) {
  const id = useId();
  const noteId = `${id}-note`;
  const hasNote = hint !== undefined || faults.length > 0;
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={isLabelHidden ? "visually-hidden" : styles.label}>
        {label}
      </label>
      {children({
        id,
        name,
        "aria-invalid": faults.length > 0,
        "aria-describedby": hasNote ? noteId : undefined,
      })}
      {hasNote && (
        <div id={noteId} className={styles.note}>
          {faults.map((fault) => (
            <p key={fault} className={styles.fault} data-fault={name}>
              {sentence(fault)}
            </p>
          ))}
          {faults.length === 0 && hint}
        </div>
      )}
    </div>
  );
}

/** The server's words complete "the field …"; here they stand alone. */
function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
