// What a heat map shows now: the projection, its smoothed twin, one scale for both, the best peak
// and the best plateau. Brought up to date when it is drawn, and not when a trial lands.

import { type ColorScale, isDivergingMetric, NO_WISH, type ScaleWish, scaleOf } from "./colorScale";
import type { MapTable } from "./mapPart";
import { bestCell, fragilePeaks, type Grid, isFragile, lossAround, smoothed } from "./plateau";
import { Projection, type ProjectionPlan } from "./projection";

/** Above this many cells colours and neighbourhoods wait while trials still come. */
const LARGE = 20_000;
/** So often at the most, and so that they take a small part of the time. */
const LOOK_EVERY_MS = 250;
const SHARE_OF_TIME = 25;
const LOOK_AT_LEAST_EVERY_MS = 8_000;
/** What is only brought is mostly there so soon that a picture of its beginning is none. */
const BROUGHT_MS = 1_000;
/** At so many times as many of them one looks again. */
const WORTH_LOOKING = 4;

export class HeatMapModel {
  readonly projection: Projection;
  /** Which cells are neighbours. */
  readonly grid: Grid;
  readonly #mayDiverge: boolean;
  #wish: ScaleWish = NO_WISH;
  scale: ColorScale;
  smooth: Float64Array;
  plateau = -1;
  /** Of the best peaks those that stand alone. */
  fragile: readonly number[] = [];
  readonly #table: MapTable;
  #begunAt: number | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #waitMs = 0;
  #rowsWanted = 0;
  #isStale = true;

  constructor(table: MapTable, plan: ProjectionPlan, metric: string) {
    this.#table = table;
    this.projection = new Projection(table, plan);
    const { width, height } = this.projection;
    this.grid = {
      width,
      height,
      isOrderedAcross: table.axes[plan.x]?.isOrdered ?? false,
      isOrderedUp: table.axes[plan.y]?.isOrdered ?? false,
    };
    this.#mayDiverge = isDivergingMetric(metric);
    this.scale = scaleOf(new Float64Array(), this.#mayDiverge, plan.isMaximized);
    this.smooth = new Float64Array(this.projection.values.length).fill(Number.NaN);
  }

  get peak(): number {
    return this.projection.bestCell;
  }

  /** Takes in what landed; whether there is something new to draw, now or in a moment. */
  update(nowMs: number): "still" | "grown" | "later" | "changed" {
    const hasGrown = this.projection.update();
    this.#isStale ||= hasGrown;
    if (!this.#isStale) {
      return "still";
    }
    const isLarge = this.projection.values.length > LARGE;
    this.#begunAt ??= nowMs;
    const isSoon =
      nowMs - this.#lookedAt < this.#waitMs ||
      this.#table.rows < this.#rowsWanted ||
      (this.#table.isOver && nowMs - this.#begunAt < BROUGHT_MS);
    if (isLarge && !this.#table.isWhole && isSoon) {
      return hasGrown ? "grown" : "later";
    }
    const began = performance.now();
    this.#look(isLarge && this.#table.isOver && !this.#table.isWhole);
    const tookMs = performance.now() - began;
    const wait = Math.max(LOOK_EVERY_MS, SHARE_OF_TIME * tookMs);
    this.#waitMs = Math.min(LOOK_AT_LEAST_EVERY_MS, wait);
    this.#lookedAt = nowMs;
    // Of what is only brought from the server nobody waits for each in between.
    this.#rowsWanted = this.#table.isOver ? WORTH_LOOKING * this.#table.rows : 0;
    this.#isStale = false;
    return "changed";
  }

  /** Colours and neighbourhoods of all cells anew; these wait for trials that are on their way. */
  #look(isOnItsWay: boolean): void {
    const { values, plan } = this.projection;
    this.#scaleAnew();
    if (isOnItsWay) {
      return;
    }
    this.smooth = smoothed(values, this.grid);
    this.plateau = bestCell(this.smooth, plan.isMaximized);
    this.fragile = fragilePeaks(values, this.grid, plan.isMaximized);
  }

  /** Scales the colours as the user would have them. */
  wish(wish: ScaleWish): void {
    if (wish !== this.#wish) {
      this.#wish = wish;
      this.#scaleAnew();
    }
  }

  #scaleAnew(): void {
    const { values, plan } = this.projection;
    this.scale = scaleOf(values, this.#mayDiverge, plan.isMaximized, this.#wish);
  }

  /** What the neighbours of the best peak lose, as a share of it. */
  get peakLoss(): number | undefined {
    const { values, plan } = this.projection;
    return this.peak < 0 ? undefined : lossAround(values, this.grid, this.peak, plan.isMaximized);
  }

  get isPeakFragile(): boolean {
    return isFragile(this.peakLoss);
  }
}
