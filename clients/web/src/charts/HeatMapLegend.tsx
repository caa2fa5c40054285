// What the colours and the marks of a heat map mean. The ends of the colours can be set by hand.

import { useEffect, useRef, useState } from "react";
import { formatMetric } from "../format/value";
import type { MetricSpec } from "../gen/tradeforge/v1/types_pb";
import { Button } from "../ui/Button";
import { cssStops, NO_WISH, paletteOf, placeOn, type ScaleWish } from "./colorScale";
import styles from "./HeatMap.module.css";
import type { HeatMapModel } from "./heatMapModel";
import { dimensions } from "./plateau";
import { isDarkAt, onThemeChange } from "./themeColors";

interface Props {
  readonly model: HeatMapModel;
  readonly metric: MetricSpec;
  /** The value that is read out, to show where it lies. */
  readonly value: number | undefined;
  readonly wish: ScaleWish;
  readonly onWish: (wish: ScaleWish) => void;
}

export function HeatMapLegend({ model, metric, value, wish, onWish }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const [isDark, setDark] = useState(false);
  useEffect(() => {
    const look = () => setDark(element.current ? isDarkAt(element.current) : false);
    look();
    return onThemeChange(look);
  }, []);
  const { scale } = model;
  const { kind, low, high, isLessBetter, ranks } = scale;
  const hasValues = model.peak >= 0;
  const hasPlateaus = dimensions(model.grid) > 0;
  const stops = cssStops(paletteOf(kind, isDark), isLessBetter).join(", ");
  const middle = ranks ? ranks[ranks.length >> 1] : kind === "diverging" ? 0 : undefined;
  return (
    <div className={styles.legend} ref={element} data-legend={kind} data-ranked={!!ranks}>
      <div className={styles.scale}>
        <div className={styles.bar} style={{ background: `linear-gradient(90deg, ${stops})` }}>
          {hasValues && value !== undefined && Number.isFinite(value) && (
            <i className={styles.needle} style={{ left: `${100 * placeOn(scale, value)}%` }} />
          )}
        </div>
        {hasValues && (
          <div className={styles.ticks}>
            {ranks ? (
              <span>{formatMetric(low, metric.unit)}</span>
            ) : (
              <End
                key={`low ${low}`}
                name="Lower end of the colours"
                end={low}
                unit={metric.unit}
                onEnd={(end) => onWish({ ...wish, low: end })}
              />
            )}
            {middle !== undefined && <span>{formatMetric(middle, metric.unit)}</span>}
            {ranks ? (
              <span>{formatMetric(high, metric.unit)}</span>
            ) : (
              <End
                key={`high ${high}`}
                name="Upper end of the colours"
                end={high}
                unit={metric.unit}
                onEnd={(end) => onWish({ ...wish, high: end })}
              />
            )}
          </div>
        )}
      </div>
      {(wish.low !== undefined || wish.high !== undefined) && (
        <Button small look="quiet" onClick={() => onWish({ ...NO_WISH, isByRank: wish.isByRank })}>
          Reset colours
        </Button>
      )}
      <span className={styles.key}>
        <i className={styles.ring} /> best
      </span>
      {hasPlateaus && (
        <>
          <span className={styles.key}>
            <i className={styles.dashed} /> best plateau
          </span>
          <span className={styles.key}>
            <i>◆</i> fragile peak
          </span>
        </>
      )}
      <span className={styles.key}>
        <i className={styles.failed}>×</i> failed
      </span>
      <span className={styles.key}>
        <i className={styles.unusable}>∕</i> infeasible or undefined
      </span>
    </div>
  );
}

interface EndProps {
  readonly name: string;
  readonly end: number;
  readonly unit: string;
  readonly onEnd: (end: number | undefined) => void;
}

/** One end of the colours, to be read and to be set: of a fraction in percent, as it is written. */
function End({ name, end, unit, onEnd }: EndProps) {
  const shown = formatMetric(end, unit);
  const [text, setText] = useState(shown);
  const take = () => {
    if (text === shown) {
      return;
    }
    const number = Number(text.replaceAll(/[,%\s]/g, "").replace("−", "-"));
    const isSet = text.trim() !== "" && Number.isFinite(number);
    onEnd(isSet ? (unit === "fraction" ? number / 100 : number) : undefined);
  };
  return (
    <input
      className={styles.end}
      aria-label={name}
      title={`${name}: type another value, or nothing for its own`}
      value={text}
      size={Math.max(4, text.length)}
      onChange={({ target }) => setText(target.value)}
      onBlur={take}
      onKeyDown={({ key }) => key === "Enter" && take()}
    />
  );
}
