// The state of a run: a word and a colour, never the colour alone.

import { RunState, type RunStatus } from "../gen/tradeforge/v1/types_pb";
import { stateLabel } from "../rpc/state";
import styles from "./StateBadge.module.css";

const LOOKS: Partial<Record<RunState, string>> = {
  [RunState.RUNNING]: "live",
  [RunState.PAUSED]: "warn",
  [RunState.COMPLETED]: "good",
  [RunState.FAILED]: "bad",
  [RunState.CANCELLED]: "warn",
};

export function StateBadge({ status }: { readonly status: Pick<RunStatus, "state" | "cancel"> }) {
  const look = LOOKS[status.state] ?? "quiet";
  return (
    <span className={`${styles.badge} ${styles[look]}`} data-state={RunState[status.state]}>
      <span className={styles.dot} aria-hidden="true" />
      {stateLabel(status)}
    </span>
  );
}
