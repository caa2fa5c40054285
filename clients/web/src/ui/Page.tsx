// A page: its title, what can be done on it, its content.

import { type ReactNode, useEffect } from "react";
import styles from "./Page.module.css";

interface Props {
  readonly title: string;
  readonly badge?: ReactNode;
  readonly subtitle?: ReactNode;
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}

export function Page({ title, badge, subtitle, actions, children }: Props) {
  useEffect(() => {
    document.title = `${title} · TradeForge`;
  }, [title]);
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
