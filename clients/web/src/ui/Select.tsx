// A choice of many in a line of controls, its name before it.

import type { ReactNode } from "react";
import styles from "./Select.module.css";

interface Props {
  readonly label: string;
  readonly value: string | number;
  readonly onChange: (value: string) => void;
  /** Options, or groups of them. */
  readonly children: ReactNode;
}

export function Select({ label, value, onChange, children }: Props) {
  return (
    <label className={styles.select}>
      <span>{label}</span>
      <select aria-label={label} value={value} onChange={({ target }) => onChange(target.value)}>
        {children}
      </select>
    </label>
  );
}
