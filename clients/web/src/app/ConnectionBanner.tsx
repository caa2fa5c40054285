// Says that the connection is gone and is being tried again. What is shown stays.

import { useConnection } from "../rpc/connection";
import { failureOf } from "../rpc/failure";
import styles from "./ConnectionBanner.module.css";

export function ConnectionBanner() {
  const phase = useConnection();
  if (phase.name !== "lost" && phase.name !== "refused") {
    return <div role="status" />;
  }
  const failure = failureOf(phase.error);
  return (
    <div role="status" className={styles.banner} data-connection={phase.name}>
      <span className={styles.spinner} aria-hidden="true" />
      {failure.kind === "unreachable" ? (
        <span>
          <strong>Reconnecting…</strong> The server does not answer. If it has ended, its runs
          resume when it is back.
        </span>
      ) : (
        <span>
          <strong>No live updates.</strong> {failure.message}
        </span>
      )}
    </div>
  );
}
