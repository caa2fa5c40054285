// What the colours and the marks of a heat map mean.

import { useEffect, useRef, useState } from "react";
import { formatMetric } from "../format/value";
import type { MetricSpec } from "../gen/tradeforge/v1/types_pb";
import { cssStops, paletteOf } from "./colorScale";
import styles from "./HeatMap.module.css";
import type { HeatMapModel } from "./heatMapModel";
import { isDarkAt, onThemeChange } from "./themeColors";

interface Props {
  readonly model: HeatMapModel;
  readonly metric: MetricSpec;
  /** The value that is read out, to show where it lies. */
  readonly value: number | undefined;
}

export function HeatMapLegend({ model, metric, value }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const [isDark, setDark] = useState(false);
  useEffect(() => {
    const look = () => setDark(element.current ? isDarkAt(element.current) : false);
    look();
    return onThemeChange(look);
  }, []);
  const { kind, low, high } = model.scale;
  const hasValues = model.peak >= 0;
  const stops = cssStops(paletteOf(kind, isDark)).join(", ");
  return (
    <div className={styles.legend} ref={element}>
      <div className={styles.scale}>
        <div className={styles.bar} style={{ background: `linear-gradient(90deg, ${stops})` }}>
          {hasValues && value !== undefined && Number.isFinite(value) && (
            <i className={styles.needle} style={{ left: `${100 * shareOf(value, low, high)}%` }} />
          )}
        </div>
        {hasValues && (
          <div className={styles.ticks}>
            <span>{formatMetric(low, metric.unit)}</span>
            {kind === "diverging" && <span>0</span>}
            <span>{formatMetric(high, metric.unit)}</span>
          </div>
        )}
      </div>
      <span className={styles.key}>
        <i className={styles.ring} /> best
      </span>
      <span className={styles.key}>
        <i className={styles.dashed} /> best plateau
      </span>
      <span className={styles.key}>
        <i>◆</i> fragile peak
      </span>
      <span className={styles.key}>
        <i className={styles.failed}>×</i> failed
      </span>
      <span className={styles.key}>
        <i className={styles.unusable}>∕</i> infeasible or undefined
      </span>
    </div>
  );
}

/** Where a value lies between the ends; one beyond lies at the end. */
function shareOf(value: number, low: number, high: number): number {
  return Math.min(1, Math.max(0, (value - low) / (high - low)));
}
