// A moment as text, with a calendar beside it that knows which days have bars.

import { Field } from "../ui/Field";
import { parseMoment } from "./moment";
import styles from "./SubmitPage.module.css";

interface Props {
  readonly name: string;
  readonly label: string;
  readonly hint: string;
  /** What its calendar is for. */
  readonly calendar: string;
  readonly placeholder: string;
  readonly faults: readonly string[] | undefined;
  /** Days as `2022-01-31`: of the first and the last bar. */
  readonly days: { readonly first: string; readonly last: string } | undefined;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function MomentField({ calendar, days, value, placeholder, onChange, ...field }: Props) {
  const millis = parseMoment(value);
  return (
    <Field {...field}>
      {(control) => (
        <div className={styles.moment}>
          <input
            {...control}
            autoComplete="off"
            placeholder={placeholder}
            value={value}
            onChange={({ target }) => onChange(target.value)}
          />
          <input
            type="date"
            className={styles.calendar}
            aria-label={calendar}
            title={calendar}
            min={days?.first}
            max={days?.last}
            value={millis === undefined ? "" : new Date(millis).toISOString().slice(0, 10)}
            onChange={({ target }) => onChange(target.value)}
          />
        </div>
      )}
    </Field>
  );
}
