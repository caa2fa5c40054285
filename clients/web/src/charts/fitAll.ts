// All bars in view, with room for the half of the first label of the time axis, which is else cut off.

import type { IChartApi } from "lightweight-charts";

/** Bars that are left free after the last one. */
export const BARS_AFTER = 2;
/** Pixels: half of a date. */
const ROOM = 40;

/** What fitting by the chart itself gives is known only when it is painted. */
export function fitAll(chart: IChartApi, width: number, bars: number): void {
  const scale = chart.timeScale();
  // On a chart that is hardly wider than a label there is nothing to give.
  if (bars === 0 || width < 8 * ROOM) {
    scale.fitContent();
    return;
  }
  const to = bars - 1 + BARS_AFTER;
  scale.setVisibleLogicalRange({ from: -((to + 1) * ROOM) / (width - ROOM), to });
}
