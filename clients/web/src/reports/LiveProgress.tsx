// How far a run is: processed of total, rate, what is left, what failed, the best so far.

import type { ReactNode } from "react";
import { formatCount, formatRate } from "../format/number";
import { bothZones, formatDuration, formatTime, secondsOf } from "../format/time";
import { ProgressUnit, RunState, type RunStatus } from "../gen/tradeforge/v1/types_pb";
import { isFinal } from "../rpc/state";
import { waitText } from "../runs/waitText";
import { ProgressBar } from "../ui/ProgressBar";
import styles from "./LiveProgress.module.css";

interface Props {
  readonly status: RunStatus;
  /** Trials that break a constraint, where that is known. */
  readonly infeasible?: bigint | undefined;
  /** Further figures, as Figure elements. */
  readonly children?: ReactNode;
}

export function LiveProgress({ status, infeasible, children }: Props) {
  const { progress, state } = status;
  const noun = progress?.unit === ProgressUnit.BARS ? "bars" : "trials";
  const done = (progress?.completed ?? 0n) + (progress?.failed ?? 0n);
  const elapsed = progress?.elapsed;
  const waits = waitText(status);
  const since = status.waiting?.sinceTime;
  // A finished run has no rate of now; what it did per second over all is as interesting.
  const rate =
    isFinal(state) && elapsed && secondsOf(elapsed) > 0
      ? Number(done) / secondsOf(elapsed)
      : progress?.perSecond;
  return (
    <section className={styles.live} aria-label="Progress" data-state={RunState[state]}>
      <ProgressBar label={`Processed ${noun}`} progress={progress} isFinal={isFinal(state)} />
      <dl className={styles.figures}>
        <Figure name="Processed" wide>
          {formatCount(done)}{" "}
          <span>
            / {formatCount(progress?.total)} {noun}
          </span>
        </Figure>
        <Figure name={isFinal(state) ? "Speed" : "Speed now"}>{formatRate(rate)}</Figure>
        {isFinal(state) ? (
          <Figure name="Took">{formatDuration(elapsed)}</Figure>
        ) : (
          <Figure name="Left">{formatDuration(progress?.remaining)}</Figure>
        )}
        {state === RunState.PENDING && (progress?.queuePosition ?? 0) > 0 && (
          <Figure name="In the queue">{formatCount(progress?.queuePosition)}</Figure>
        )}
        {status.pause && (
          <Figure name="Paused">
            <span title={bothZones(status.pause.pauseTime)}>
              since {formatTime(status.pause.pauseTime, "utc")} UTC
            </span>
          </Figure>
        )}
        {waits && (
          <Figure name="Stands still" look="bad">
            <span title={`${status.waiting?.message ?? ""} · ${bothZones(since)}`}>
              {waits} since {formatTime(since, "utc")} UTC
            </span>
          </Figure>
        )}
        {noun === "trials" && (
          <Figure name="Failed" look={(progress?.failed ?? 0n) > 0n ? "bad" : undefined}>
            {formatCount(progress?.failed ?? 0n)}
          </Figure>
        )}
        {infeasible !== undefined && infeasible > 0n && (
          <Figure name="Infeasible">{formatCount(infeasible)}</Figure>
        )}
        {children}
      </dl>
    </section>
  );
}

interface FigureProps {
  readonly name: string;
  readonly children: ReactNode;
  readonly wide?: boolean;
  readonly look?: "good" | "bad" | undefined;
}

export function Figure({ name, children, wide, look }: FigureProps) {
  return (
    <div className={styles.figure} data-wide={wide} data-look={look}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
