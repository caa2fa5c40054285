// How long a run may take, as it is typed: spans such as 90s, 30m, 8h and 2d, and moments in UTC.

import { type Duration, type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { secondsOf } from "../format/time";
import { parseMoment } from "../submit/moment";

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3_600, d: 86_400 };

/** Seconds; undefined for what is no span. */
export function parseSpan(text: string): number | undefined {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)\s*(min|[smhd])\s*/gy)];
  const length = parts.reduce((sum, [part]) => sum + part.length, 0);
  if (parts.length === 0 || length !== text.trim().length) {
    return undefined;
  }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ""] ?? 0), 0);
}

/** A span from now on, or a moment. */
export function parseDeadline(text: string, nowMs: number): Timestamp | undefined {
  const span = parseSpan(text);
  const millis = span === undefined ? parseMoment(text) : nowMs + span * 1_000;
  return millis === undefined ? undefined : timestampFromMs(Math.round(millis));
}

export function parseBudget(text: string): { seconds: bigint; nanos: number } | undefined {
  const span = parseSpan(text);
  if (span === undefined || span <= 0) {
    return undefined;
  }
  const seconds = Math.floor(span);
  return { seconds: BigInt(seconds), nanos: Math.round((span - seconds) * 1e9) };
}

/** As `parseSpan` takes it, to the second. */
export function spanText(duration: Duration | undefined): string {
  if (!duration) {
    return "";
  }
  let rest = Math.round(secondsOf(duration));
  const parts: string[] = [];
  for (const unit of ["d", "h", "m", "s"]) {
    const size = UNITS[unit] ?? 1;
    if (rest >= size) {
      parts.push(`${Math.floor(rest / size)}${unit}`);
      rest %= size;
    }
  }
  return parts.join(" ") || "0s";
}
