// The frame around every page: where one can go, and whether the server is there.

import { type ReactNode, useEffect, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { Icon, type IconName } from "../ui/icons";
import { Notices } from "../ui/Notices";
import { useArrival } from "./arrival";
import { ConnectionBanner } from "./ConnectionBanner";
import { loadedLater } from "./loadedLater";
import { applyTheme } from "./preferences";
import { Settings } from "./Settings";
import styles from "./Shell.module.css";
import { useShortcuts } from "./shortcuts";

const KeyboardHelp = loadedLater(() => import("./KeyboardHelp"));

interface PlaceProps {
  readonly href: string;
  readonly label: string;
  readonly icon: IconName;
}

const PLACES: readonly PlaceProps[] = [
  { href: "/", label: "Runs", icon: "runs" },
  { href: "/new", label: "New run", icon: "plus" },
  { href: "/data", label: "Data", icon: "data" },
  { href: "/strategies", label: "Strategies", icon: "strategies" },
  { href: "/system", label: "System", icon: "system" },
];

export function Shell({ children }: { readonly children: ReactNode }) {
  const [, navigate] = useLocation();
  // Undefined until somebody asks for it.
  const [helpIsOpen, setHelpIsOpen] = useState<boolean>();
  useEffect(applyTheme, []);
  const said = useArrival();
  useFocusOnArrival();
  useShortcuts({
    n: () => navigate("/new"),
    "?": () => setHelpIsOpen(true),
    "/": () => document.querySelector<HTMLElement>("[data-filter]")?.focus(),
  });
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        Skip to content
      </a>
      <div className={styles.rail}>
        <Link href="/" className={styles.brand} aria-label="TradeForge, all runs">
          <img src="/favicon.svg" width="24" height="24" alt="" />
          <span className={styles.word}>TradeForge</span>
        </Link>
        <nav className={styles.places} aria-label="Main">
          {PLACES.map((place) => (
            <Place key={place.href} {...place} />
          ))}
        </nav>
        <Settings onHelp={() => setHelpIsOpen(true)} />
      </div>
      <div className={styles.content}>
        <ConnectionBanner />
        <main id="main" tabIndex={-1}>
          {children}
        </main>
      </div>
      <p className="visually-hidden" role="status" data-arrival>
        {said}
      </p>
      <Notices />
      {helpIsOpen !== undefined && (
        <KeyboardHelp isOpen={helpIsOpen} onClose={() => setHelpIsOpen(false)} />
      )}
    </div>
  );
}

/** What had the focus may have gone with the page before: then the content has it, not the body. */
function useFocusOnArrival(): void {
  const [location] = useLocation();
  const before = useRef(location);
  useEffect(() => {
    if (before.current !== location && document.activeElement === document.body) {
      document.getElementById("main")?.focus({ preventScroll: true });
    }
    before.current = location;
  }, [location]);
}

function Place({ href, label, icon }: PlaceProps) {
  const [location] = useLocation();
  // A report and a comparison belong to the runs.
  const isHere = location === href || (href === "/" && /^\/(runs|compare)(\/|$)/.test(location));
  return (
    <Link
      href={href}
      className={styles.place}
      aria-current={isHere ? "page" : undefined}
      title={label}
    >
      <Icon name={icon} />
      <span className={styles.word}>{label}</span>
    </Link>
  );
}
