// Moments and spans of time as people read them.

import type { Duration, Timestamp } from "@bufbuild/protobuf/wkt";
import type { Zone } from "../app/preferences";
import { DASH, formatCount } from "./number";

export function millisOf(time: Timestamp): number {
  return Number(time.seconds) * 1000 + Math.floor(time.nanos / 1_000_000);
}

/** As in `2026-03-01 14:05:09`, in the zone; the zone itself is not written. */
export function formatMillis(millis: number | undefined, zone: Zone): string {
  if (millis === undefined || !Number.isFinite(millis)) {
    return DASH;
  }
  return shifted(millis, zone).toISOString().slice(0, 19).replace("T", " ");
}

export function formatTime(time: Timestamp | undefined, zone: Zone): string {
  return time ? formatMillis(millisOf(time), zone) : DASH;
}

/** As in `2026-03-01 14:05`: bars are a minute at least. */
export function formatMinute(time: Timestamp | undefined, zone: Zone): string {
  return formatTime(time, zone).slice(0, 16);
}

/** The time without seconds, or only the day if it is midnight: for the borders of data. */
export function formatBorder(time: Timestamp | undefined, zone: Zone): string {
  if (!time) {
    return DASH;
  }
  const text = formatMinute(time, zone);
  return text.endsWith(" 00:00") ? text.slice(0, 10) : text;
}

/** Both zones, for a title: the one shown may not be the one wanted. */
export function bothZones(time: Timestamp | undefined): string {
  return time ? `${formatTime(time, "utc")} UTC · ${formatTime(time, "local")} local` : "";
}

export function secondsOf(duration: Duration): number {
  return Number(duration.seconds) + duration.nanos / 1e9;
}

export function formatDuration(duration: Duration | undefined): string {
  return formatSeconds(duration && secondsOf(duration));
}

/** As in `about 40 s`: an estimate has one digit that tells. */
export function formatEstimate(seconds: number): string {
  if (!(seconds >= 1)) {
    return "less than a second";
  }
  const size = 10 ** Math.max(0, Math.floor(Math.log10(seconds)));
  const [unit, name] = seconds < 60 ? [size, "s"] : seconds < 5_400 ? [60, "min"] : [3_600, "h"];
  const count = Math.max(1, Math.round(seconds / unit));
  return `about ${name === "s" ? count * size : formatCount(count)} ${name}`;
}

/** As in `< 1 ms`, `12 ms`, `1.7 s`, `2 min 05 s`, `3 h 07 min`, `4 d 02 h`. */
export function formatSeconds(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) {
    return DASH;
  }
  if (seconds >= 0 && seconds < 0.0005) {
    return "< 1 ms";
  }
  if (seconds < 0.9995) {
    return `${Math.round(seconds * 1000)} ms`;
  }
  if (seconds < 59.95) {
    return `${seconds.toFixed(1)} s`;
  }
  const rounded = Math.round(seconds);
  const steps = [
    { size: 86_400, name: "d", next: "h", part: 3600 },
    { size: 3600, name: "h", next: "min", part: 60 },
    { size: 60, name: "min", next: "s", part: 1 },
  ];
  const step = steps.find(({ size }) => rounded >= size) ?? {
    size: 60,
    name: "min",
    next: "s",
    part: 1,
  };
  const rest = Math.floor((rounded % step.size) / step.part);
  const large = formatCount(Math.floor(rounded / step.size));
  return `${large} ${step.name} ${String(rest).padStart(2, "0")} ${step.next}`;
}

function shifted(millis: number, zone: Zone): Date {
  const date = new Date(millis);
  return zone === "utc" ? date : new Date(millis - date.getTimezoneOffset() * 60_000);
}
