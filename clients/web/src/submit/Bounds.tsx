// Bounds on metrics that a trial must keep to be the best.

import type { MetricSpec } from "../gen/tradeforge/v1/types_pb";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { Icon } from "../ui/icons";
import type { Complaints } from "./fields";
import type { BoundField } from "./formState";
import styles from "./SubmitPage.module.css";

interface Props {
  readonly bounds: readonly BoundField[];
  readonly metrics: readonly MetricSpec[];
  readonly complaints: Complaints;
  readonly onChange: (bounds: readonly BoundField[]) => void;
}

const SIDES = [
  { side: "min", label: "at least" },
  { side: "max", label: "at most" },
] as const;

export function Bounds({ bounds, metrics, complaints, onChange }: Props) {
  const set = (index: number, change: Partial<BoundField>) =>
    onChange(bounds.map((bound, place) => (place === index ? { ...bound, ...change } : bound)));
  return (
    <div className={styles.group}>
      <h3>The best trial must have</h3>
      {bounds.map((bound, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row has no other name
        <div key={index} className={styles.bound}>
          <Field
            name={`bounds.${index}`}
            label="Metric"
            isLabelHidden
            faults={complaints.get(`bounds.${index}`)}
          >
            {(control) => (
              <select
                {...control}
                value={bound.metric}
                onChange={({ target }) => set(index, { metric: target.value })}
              >
                {metrics.map(({ name, displayName }) => (
                  <option key={name} value={name}>
                    {displayName}
                  </option>
                ))}
              </select>
            )}
          </Field>
          {SIDES.map(({ side, label }) => (
            <Field key={side} name={`bounds.${index}.${side}`} label={label} isLabelHidden>
              {(control) => (
                <input
                  {...control}
                  inputMode="decimal"
                  placeholder={label}
                  value={bound[side]}
                  onChange={({ target }) => set(index, { [side]: target.value })}
                />
              )}
            </Field>
          ))}
          <Button
            look="quiet"
            small
            aria-label={`Remove bound ${index + 1}`}
            onClick={() => onChange(bounds.filter((_, place) => place !== index))}
          >
            <Icon name="close" />
          </Button>
        </div>
      ))}
      <div>
        <Button
          small
          onClick={() => onChange([...bounds, { metric: "trade_count", min: "30", max: "" }])}
        >
          <Icon name="plus" /> Bound
        </Button>
      </div>
    </div>
  );
}
