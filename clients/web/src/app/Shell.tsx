// The frame around every page: where one can go.

import { type ReactNode, useEffect } from "react";
import { Link, useRoute } from "wouter";
import { applyTheme } from "./preferences";
import styles from "./Shell.module.css";

const PLACES = [
  { href: "/", label: "Runs" },
  { href: "/new", label: "New run" },
  { href: "/data", label: "Data" },
  { href: "/strategies", label: "Strategies" },
  { href: "/system", label: "System" },
];

export function Shell({ children }: { readonly children: ReactNode }) {
  useEffect(applyTheme, []);
  return (
    <div className={styles.shell}>
      <nav className={styles.rail} aria-label="Main">
        <span className={styles.brand}>TradeForge</span>
        {PLACES.map((place) => (
          <Place key={place.href} {...place} />
        ))}
      </nav>
      <main className={styles.main}>{children}</main>
    </div>
  );
}

function Place({ href, label }: { readonly href: string; readonly label: string }) {
  const [here] = useRoute(href);
  return (
    <Link href={href} className={styles.place} aria-current={here ? "page" : undefined}>
      {label}
    </Link>
  );
}
