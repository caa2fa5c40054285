// A page: its title, what can be done on it, its content.

import { type ReactNode, useEffect } from "react";
import { arrive } from "../app/arrival";
import styles from "./Page.module.css";

interface Props {
  readonly title: string;
  /** What stands before the title in the browser's tab, as how far it is. */
  readonly news?: string | undefined;
  readonly badge?: ReactNode;
  readonly subtitle?: ReactNode;
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}

export function Page({ title, news, badge, subtitle, actions, children }: Props) {
  useEffect(() => arrive(title), [title]);
  useEffect(() => {
    document.title = `${news ? `${news} · ` : ""}${title} · TradeForge`;
  }, [title, news]);
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <div className={styles.titles}>
          <div className={styles.title}>
            <h1>{title}</h1>
            {badge}
          </div>
          {subtitle && <div className={styles.subtitle}>{subtitle}</div>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}
