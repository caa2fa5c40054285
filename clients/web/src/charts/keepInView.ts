// What is in view of a chart stays in view when the screen is turned or a window drawn wider.

import type { IChartApi, LogicalRange } from "lightweight-charts";

/** On a screen of another width the same bars are in view, nearer to each other or further apart. */
export function keepInView(chart: IChartApi): void {
  const scale = chart.timeScale();
  let inView: LogicalRange | null = null;
  let width = 0;
  scale.subscribeVisibleLogicalRangeChange((range) => {
    if (scale.width() === width) {
      inView = range;
    }
  });
  scale.subscribeSizeChange((next) => {
    if (inView && width > 0 && next > 0) {
      scale.setVisibleLogicalRange(inView);
    }
    width = next;
  });
}
