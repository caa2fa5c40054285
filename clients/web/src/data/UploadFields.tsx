// What a file's bars are, and how the file is laid out where it does not show that itself.

import { Field } from "../ui/Field";
import styles from "./DataPage.module.css";
import type { UploadQuery, UploadRefused } from "./upload";

const SERIES = [
  { name: "exchange", label: "Exchange", hint: "as in BINANCE" },
  { name: "symbol", label: "Symbol", hint: "as in BTCUSDT" },
  { name: "timeframe", label: "Timeframe", hint: "as in 1m, 4h, 1d, 1w, 1mo" },
  { name: "quote_currency", label: "Quoted in", hint: "as in USD or USDT; empty: not told" },
  { name: "price_tick", label: "Price tick", hint: "empty: taken from the prices" },
] as const;

interface LayoutField {
  readonly name: string;
  readonly label: string;
  readonly hint: string;
  /** What may be chosen; without it, any text. */
  readonly choices?: readonly string[];
}

const LAYOUT: readonly LayoutField[] = [
  { name: "time_zone", label: "Zone of the days", hint: "as in America/New_York; empty: UTC" },
  { name: "day_start", label: "Days begin at", hint: "as in 09:30 or 17:00, on that clock" },
  { name: "times_in", label: "Zone of the times", hint: "of times written without one" },
  { name: "time_format", label: "Times are written", hint: "dmy, mdy, ymd, s, ms, %d/%m/%Y %H:%M" },
  {
    name: "time_is",
    label: "A time is a bar's",
    hint: "which edge of it",
    choices: ["open", "close"],
  },
  {
    name: "decimal_mark",
    label: "Decimal mark",
    hint: "before fractions",
    choices: ["point", "comma"],
  },
  { name: "skip_rows", label: "Lines to skip", hint: "at the beginning" },
  { name: "no_header", label: "No header", hint: "line 1 is a bar", choices: ["true"] },
  { name: "scale", label: "Price factor", hint: "as in 0.000000001" },
  { name: "symbol_in_file", label: "Instrument in the file", hint: "of several" },
];

const COLUMNS = "columns";
const NAMES: readonly string[] = [...SERIES, ...LAYOUT].map(({ name }) => name);

/** Whether a refusal of this field stands at its input. */
export function isShownAtField(field: string): boolean {
  return NAMES.includes(field) || field.startsWith(COLUMNS);
}

interface Props {
  readonly onChange: (name: string, value: string) => void;
  readonly refusal: UploadRefused | undefined;
}

function faultsOf(refusal: UploadRefused | undefined, isOwn: (field: string) => boolean) {
  return refusal?.fields.filter(({ field }) => isOwn(field)).map((it) => it.description);
}

export function SeriesFields(props: Props & { readonly fields: UploadQuery["fields"] }) {
  return (
    <div className={styles.fields}>
      {SERIES.map((field) => (
        <Input key={field.name} field={field} value={props.fields[field.name] ?? ""} {...props} />
      ))}
    </div>
  );
}

export function LayoutFields(
  props: Props & { readonly query: UploadQuery; readonly onColumns: (text: string) => void },
) {
  const { query, refusal } = props;
  const columnFaults = faultsOf(refusal, (field) => field.startsWith(COLUMNS));
  const isNeeded = LAYOUT.some(({ name }) => refusal?.fields.some(({ field }) => field === name));
  return (
    <details open={isNeeded || (columnFaults?.length ?? 0) > 0 || undefined}>
      <summary>How the files are laid out (detected where left empty)</summary>
      <div className={styles.fields}>
        {LAYOUT.map((field) => (
          <Input key={field.name} field={field} value={query.fields[field.name] ?? ""} {...props} />
        ))}
        <Field
          name={COLUMNS}
          label="Columns"
          hint="as in close=Last, volume=none, open_time=1"
          faults={columnFaults}
        >
          {(control) => (
            <input
              {...control}
              autoComplete="off"
              value={query.columns}
              onChange={({ target }) => props.onColumns(target.value)}
            />
          )}
        </Field>
      </div>
    </details>
  );
}

function Input(props: Props & { readonly field: LayoutField; readonly value: string }) {
  const { name, label, hint, choices } = props.field;
  const faults = faultsOf(props.refusal, (field) => field === name);
  return (
    <Field name={name} label={label} hint={hint} faults={faults}>
      {(control) =>
        choices ? (
          <select
            {...control}
            value={props.value}
            onChange={({ target }) => props.onChange(name, target.value)}
          >
            <option value="">as the file shows</option>
            {choices.map((choice) => (
              <option key={choice} value={choice}>
                {choice === "true" ? "yes" : choice}
              </option>
            ))}
          </select>
        ) : (
          <input
            {...control}
            autoComplete="off"
            value={props.value}
            onChange={({ target }) => props.onChange(name, target.value)}
          />
        )
      }
    </Field>
  );
}
