// Things that this browser keeps under names: a name for what is there now, and those there are.

import { type ReactNode, useState } from "react";
import { Button } from "./Button";
import { Field } from "./Field";
import { Icon } from "./icons";
import { NAME_MAX } from "./kept";
import styles from "./NamedList.module.css";

interface Props {
  /** The name of the field, and what stands on the button that keeps what is there. */
  readonly field: string;
  readonly action: string;
  readonly hint: ReactNode;
  readonly initial?: string;
  readonly names: readonly string[];
  /** What one of them is, as in `view`. */
  readonly noun: string;
  readonly onKeep: (name: string) => void;
  readonly onRemove: (name: string) => void;
}

/** Kept by the button or by Enter. */
export function NamedList(props: Props) {
  const { field, action, hint, initial = "", names, noun, onKeep, onRemove } = props;
  const [name, setName] = useState(initial);
  const keep = () => name.trim() !== "" && onKeep(name.trim());
  return (
    <>
      <div className={styles.keep}>
        <Field name={field} label="Name" hint={hint}>
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
          {action}
        </Button>
      </div>
      <ul className={styles.names}>
        {names.map((it) => (
          <li key={it}>
            {it}
            <Button
              look="quiet"
              small
              aria-label={`Remove the ${noun} ${it}`}
              onClick={() => onRemove(it)}
            >
              <Icon name="trash" />
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}
