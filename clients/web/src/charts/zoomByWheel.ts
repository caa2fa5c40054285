// Zooming by the wheel, where the wheel alone scrolls the page.

import type { IChartApi } from "lightweight-charts";

/** With Control held the wheel zooms at the pointer, as a pinch does on a touchpad. */
export function zoomByWheel(root: HTMLElement, chart: IChartApi): () => void {
  const onWheel = (event: WheelEvent) => {
    const range = chart.timeScale().getVisibleLogicalRange();
    if (!event.ctrlKey || !range) {
      return;
    }
    event.preventDefault();
    const at = (event.clientX - root.getBoundingClientRect().left) / chart.timeScale().width();
    const share = Math.min(1, Math.max(0, at));
    const width = range.to - range.from;
    const next = width * Math.exp(event.deltaY / 500);
    const center = range.from + width * share;
    chart.timeScale().setVisibleLogicalRange({
      from: center - next * share,
      to: center + next * (1 - share),
    });
  };
  root.addEventListener("wheel", onWheel, { passive: false });
  return () => root.removeEventListener("wheel", onWheel);
}
