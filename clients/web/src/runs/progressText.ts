// How far a run is, in a line.

import { formatCount, formatRate } from "../format/number";
import { formatDuration, secondsOf } from "../format/time";
import {
  type Progress,
  ProgressUnit,
  RunState,
  type RunStatus,
} from "../gen/tradeforge/v1/types_pb";
import { waitText } from "./waitText";

/** As in `1,240 / 1,764 · 312/s · 1.7 s left · 3 failed`. */
export function progressText(status: RunStatus): string {
  const progress = status.progress;
  if (!progress) {
    return "";
  }
  const parts = [counts(progress)];
  if (status.state === RunState.PENDING && progress.queuePosition > 0) {
    parts.push(`${formatCount(progress.queuePosition)} in the queue`);
  }
  const waits = waitText(status);
  if (waits) {
    parts.push(waits);
  }
  if (status.state === RunState.RUNNING) {
    if (progress.perSecond > 0) {
      parts.push(formatRate(progress.perSecond));
    }
    if (progress.remaining) {
      parts.push(`${formatDuration(progress.remaining)} left`);
    }
  } else if (progress.elapsed && secondsOf(progress.elapsed) > 0) {
    parts.push(formatDuration(progress.elapsed));
  }
  if (progress.failed > 0n) {
    parts.push(`${formatCount(progress.failed)} failed`);
  }
  if (status.attempt > 1) {
    parts.push(`attempt ${status.attempt}`);
  }
  return parts.join(" · ");
}

function counts({ unit, total, completed, failed }: Progress): string {
  const name = unit === ProgressUnit.BARS ? "bars" : "trials";
  const done = completed + failed;
  return done === total
    ? `${formatCount(total)} ${name}`
    : `${formatCount(done)} / ${formatCount(total)}`;
}
