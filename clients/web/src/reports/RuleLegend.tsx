// The definitions of a strategy as text beside the candles: each can be drawn or left out.

import type { RuleLine } from "../charts/ruleLines";
import styles from "./RuleLegend.module.css";

interface Props {
  readonly lines: readonly RuleLine[];
  readonly isShown: (line: RuleLine) => boolean;
  readonly onToggle: (line: RuleLine) => void;
}

export function RuleLegend({ lines, isShown, onToggle }: Props) {
  return (
    <fieldset className={styles.legend}>
      <legend className="visually-hidden">Definitions of the strategy</legend>
      {lines.map((line) => (
        <label key={line.name} className={styles.definition}>
          <input type="checkbox" checked={isShown(line)} onChange={() => onToggle(line)} />
          <span className={styles.swatch} style={{ background: `var(${line.color})` }} />
          <code>{line.name}</code>
        </label>
      ))}
    </fieldset>
  );
}
