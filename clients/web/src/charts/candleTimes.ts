// Times as the candle chart writes them, in the zone that the page shows.

import { TickMarkType, type Time } from "lightweight-charts";
import type { Zone } from "../app/preferences";
import { formatMillis } from "../format/time";

/** As in `2026-03-01 14:05 UTC`: at the cross-hair there is no other word of the zone. */
export function crossHairTime(time: Time, zone: Zone): string {
  return `${minute(time, zone)} ${zone === "utc" ? "UTC" : "local"}`;
}

/** What stands below the axis; marks lie at the borders of UTC, whatever the zone. */
export function tickTime(time: Time, mark: TickMarkType, zone: Zone): string {
  const text = minute(time, zone);
  const isMidnight = text.endsWith(" 00:00");
  switch (mark) {
    case TickMarkType.Year:
      return isMidnight ? text.slice(0, 4) : text.slice(0, 10);
    case TickMarkType.Month:
      return isMidnight ? text.slice(0, 7) : text.slice(0, 10);
    case TickMarkType.DayOfMonth:
      return isMidnight ? text.slice(5, 10) : text.slice(5);
    default:
      return text.slice(11);
  }
}

function minute(time: Time, zone: Zone): string {
  return formatMillis(Number(time) * 1000, zone).slice(0, 16);
}
