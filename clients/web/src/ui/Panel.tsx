// A framed part of a page.

import type { ReactNode } from "react";
import styles from "./Panel.module.css";

interface Props {
  readonly title?: ReactNode;
  readonly aside?: ReactNode;
  /** Content goes up to the frame, as tables and charts do. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}

export function Panel({ title, aside, flush = false, children }: Props) {
  return (
    <section className={styles.panel}>
      {(title || aside) && (
        <header className={styles.header}>
          {title && <h2 className={styles.title}>{title}</h2>}
          {aside && <div className={styles.aside}>{aside}</div>}
        </header>
      )}
      <div className={flush ? styles.flush : styles.body}>{children}</div>
    </section>
  );
}
