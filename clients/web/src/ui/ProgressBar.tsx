// How much of a run is done.

import type { Progress } from "../gen/tradeforge/v1/types_pb";
import styles from "./ProgressBar.module.css";

interface Props {
  readonly label: string;
  readonly progress: Progress | undefined;
  /** Shows it as still: nothing moves any more. */
  readonly isFinal?: boolean;
}

export function ProgressBar({ label, progress, isFinal = false }: Props) {
  const total = Number(progress?.total ?? 0n);
  const done = Number((progress?.completed ?? 0n) + (progress?.failed ?? 0n));
  const failed = Number(progress?.failed ?? 0n);
  const share = (count: number) => (total > 0 ? `${(100 * count) / total}%` : "0%");
  return (
    <div
      className={styles.track}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={done}
      aria-valuetext={`${done} of ${total}`}
      data-final={isFinal}
    >
      <div className={styles.done} style={{ width: share(done - failed) }} />
      <div className={styles.failed} style={{ width: share(failed) }} />
    </div>
  );
}
