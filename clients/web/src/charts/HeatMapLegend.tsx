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
}

export function HeatMapLegend({ model, metric }: Props) {
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
        <span>{hasValues ? formatMetric(low, metric.unit) : ""}</span>
        <span className={styles.bar} style={{ background: `linear-gradient(90deg, ${stops})` }} />
        <span>{hasValues ? formatMetric(high, metric.unit) : ""}</span>
      </div>
      <span className={styles.key}>
        <i className={styles.ring} /> best
      </span>
      <span className={styles.key}>
        <i className={styles.dashed} /> best plateau
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
