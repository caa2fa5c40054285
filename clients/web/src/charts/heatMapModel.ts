// What a heat map shows now: the projection, its smoothed twin, one scale for both, the best peak
// and the best plateau. Brought up to date when it is drawn, and not when a trial lands.

import { type ColorScale, isDivergingMetric, scaleOf } from "./colorScale";
import { bestCell, fragilePeaks, isFragile, lossAround, smoothed } from "./plateau";
import { Projection, type ProjectionPlan } from "./projection";
import type { TrialTable } from "./trialTable";

/** Above this many cells the neighbourhoods are computed again at most so often. */
const LARGE = 20_000;
const SMOOTH_EVERY_MS = 250;

export class HeatMapModel {
  readonly projection: Projection;
  readonly #kind: ColorScale["kind"];
  scale: ColorScale;
  smooth: Float64Array;
  plateau = -1;
  /** Of the best peaks those that stand alone. */
  fragile: readonly number[] = [];
  #smoothedAt = Number.NEGATIVE_INFINITY;
  #isSmoothStale = true;

  constructor(table: TrialTable, plan: ProjectionPlan, metric: string) {
    this.projection = new Projection(table, plan);
    this.#kind = isDivergingMetric(metric) ? "diverging" : "sequential";
    this.scale = { kind: this.#kind, low: -1, high: 1 };
    this.smooth = new Float64Array(this.projection.values.length).fill(Number.NaN);
  }

  get peak(): number {
    return this.projection.bestCell;
  }

  /** Takes in what landed; whether there is something new to draw, now or in a moment. */
  update(nowMs: number): "still" | "changed" | "later" {
    const { projection } = this;
    const hasGrown = projection.update();
    this.#isSmoothStale ||= hasGrown;
    if (hasGrown) {
      this.scale = scaleOf(projection.values, this.#kind);
    }
    if (!this.#isSmoothStale) {
      return "still";
    }
    const isLarge = projection.values.length > LARGE;
    if (isLarge && nowMs - this.#smoothedAt < SMOOTH_EVERY_MS) {
      return "later";
    }
    const { values, width, height, plan } = projection;
    this.smooth = smoothed(values, width, height);
    this.plateau = bestCell(this.smooth, plan.isMaximized);
    this.fragile = fragilePeaks(values, width, height, plan.isMaximized);
    this.#smoothedAt = nowMs;
    this.#isSmoothStale = false;
    return "changed";
  }

  /** What the neighbours of the best peak lose, as a share of it. */
  get peakLoss(): number | undefined {
    const { values, width, height, plan } = this.projection;
    return this.peak < 0
      ? undefined
      : lossAround(values, width, height, this.peak, plan.isMaximized);
  }

  get isPeakFragile(): boolean {
    return isFragile(this.peakLoss);
  }
}
