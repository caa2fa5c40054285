// A range by two handles, and templates to begin it with.

import type { ParamSpec } from "../gen/tradeforge/v1/types_pb";
import { fieldOf, numberText, sliderOf, templatesOf } from "./axisTemplates";
import type { ParamField } from "./formState";
import styles from "./SubmitPage.module.css";

interface Props {
  readonly spec: ParamSpec;
  readonly field: ParamField;
  readonly onChange: (change: Partial<ParamField>) => void;
}

export function AxisRange({ spec, field, onChange }: Props) {
  const span = sliderOf(spec, field);
  const templates = templatesOf(spec, field);
  const [from, to] = [Number(field.from), Number(field.to)];
  if (!span) {
    return null;
  }
  const share = (value: number) =>
    `${(100 * Math.min(1, Math.max(0, (value - span.from) / (span.to - span.from)))).toFixed(2)}%`;
  const [low, high] = [
    field.from.trim() !== "" && Number.isFinite(from) ? from : span.from,
    field.to.trim() !== "" && Number.isFinite(to) ? to : span.to,
  ];
  const move = (part: "from" | "to", value: number) => {
    // The one that is pushed takes the other along.
    const text = numberText(value, span.step);
    const isPast = part === "from" ? value > high : value < low;
    onChange(isPast ? { from: text, to: text } : { [part]: text });
  };
  return (
    <div className={styles.axis}>
      <div
        className={styles.slider}
        style={{
          background: `linear-gradient(90deg, var(--color-border) ${share(low)}, var(--color-accent) ${share(low)} ${share(high)}, var(--color-border) ${share(high)})`,
        }}
      >
        {(
          [
            ["from", "least value", low],
            ["to", "greatest value", high],
          ] as const
        ).map(([part, name, value]) => (
          <input
            key={part}
            type="range"
            aria-label={`${spec.displayName}: ${name}`}
            min={span.from}
            max={span.to}
            step={span.step}
            value={value}
            onChange={({ target }) => move(part, target.valueAsNumber)}
          />
        ))}
      </div>
      {templates.length > 0 && (
        <select
          aria-label={`Template for ${spec.displayName}`}
          value=""
          onChange={({ target }) => {
            const chosen = templates.find(({ name }) => name === target.value);
            if (chosen) {
              onChange(fieldOf(chosen.range));
            }
          }}
        >
          <option value="">Template…</option>
          {templates.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
    </div>
  );
}
