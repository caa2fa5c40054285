// The strategy's parameters, drawn from its schema: each fixed, or swept over a range or a list.

import { formatCount, formatNumber } from "../format/number";
import type { Strategy } from "../gen/tradeforge/v1/strategy_service_pb";
import type { ParamSpec } from "../gen/tradeforge/v1/types_pb";
import { Button } from "../ui/Button";
import { Choice } from "../ui/Choice";
import { Field } from "../ui/Field";
import { Panel } from "../ui/Panel";
import { AxisRange } from "./AxisRange";
import type { Complaints } from "./fields";
import { type FormState, type ParamField, type ParamMode, sweptAll, valueCount } from "./formState";
import { KeptRanges } from "./KeptRanges";
import styles from "./SubmitPage.module.css";

interface Props {
  readonly form: FormState;
  readonly strategy: Strategy;
  readonly complaints: Complaints;
  readonly onChange: (change: Partial<FormState>) => void;
}

export function ParamsPanel({ form, strategy, complaints, onChange }: Props) {
  return (
    <Panel
      title="Parameters"
      aside={
        <>
          Fixed values make a backtest; any range makes a sweep
          {strategy.params.length > 0 && (
            <KeptRanges
              strategy={strategy.name}
              params={form.params}
              onChange={(params) => onChange({ params })}
            />
          )}
          {strategy.params.some(({ suggestedAxis }) => suggestedAxis) && (
            <Button small onClick={() => onChange({ params: sweptAll(form, strategy) })}>
              Sweep all
            </Button>
          )}
        </>
      }
    >
      <div className={styles.params}>
        {strategy.params.length === 0 && <p>This strategy has none.</p>}
        {strategy.params.map((spec) => {
          const field = form.params[spec.name];
          return (
            field && (
              <ParamRow
                key={spec.name}
                spec={spec}
                field={field}
                complaints={complaints}
                onChange={(change) =>
                  onChange({ params: { ...form.params, [spec.name]: { ...field, ...change } } })
                }
              />
            )
          );
        })}
      </div>
    </Panel>
  );
}

interface RowProps {
  readonly spec: ParamSpec;
  readonly field: ParamField;
  readonly complaints: Complaints;
  readonly onChange: (change: Partial<ParamField>) => void;
}

const NUMBER_MODES = [
  { value: "fixed", label: "Fixed" },
  { value: "range", label: "Range" },
  { value: "list", label: "List" },
] as const satisfies readonly { value: ParamMode; label: string }[];

const WORD_MODES = [
  { value: "fixed", label: "Fixed" },
  { value: "list", label: "Sweep" },
] as const satisfies readonly { value: ParamMode; label: string }[];

function ParamRow(props: RowProps) {
  const { spec, field, onChange } = props;
  const isNumber = spec.domain.case === "intDomain" || spec.domain.case === "doubleDomain";
  const count = valueCount(field);
  return (
    <fieldset className={styles.param} data-param={spec.name}>
      <legend className="visually-hidden">{spec.displayName}</legend>
      <div className={styles.paramName}>
        <div>
          <strong>{spec.displayName}</strong>{" "}
          {spec.name !== spec.displayName && <code>{spec.name}</code>}
        </div>
        <p title={spec.description}>{spec.description}</p>
      </div>
      <Choice<ParamMode>
        label={`How ${spec.displayName} is set`}
        value={field.mode}
        choices={isNumber ? NUMBER_MODES : WORD_MODES}
        onChange={(mode) => onChange({ mode })}
      />
      <div className={styles.paramInputs}>
        {field.mode === "fixed" && <FixedInput {...props} />}
        {field.mode === "range" && <RangeInputs {...props} />}
        {field.mode === "list" && <ListInput {...props} />}
      </div>
      <div className={styles.paramCount}>
        {field.mode !== "fixed" && `${formatCount(count)} ${count === 1 ? "value" : "values"}`}
      </div>
    </fieldset>
  );
}

function FixedInput({ spec, field, complaints, onChange }: RowProps) {
  const words = wordsOf(spec);
  const name = `params.${spec.name}`;
  return (
    <Field
      name={name}
      label={spec.displayName}
      isLabelHidden
      hint={domainHint(spec)}
      faults={complaints.get(name)}
    >
      {(control) =>
        words ? (
          <select
            {...control}
            value={field.fixed}
            onChange={({ target }) => onChange({ fixed: target.value })}
          >
            {words.map((word) => (
              <option key={word}>{word}</option>
            ))}
          </select>
        ) : (
          <input
            {...control}
            inputMode="decimal"
            autoComplete="off"
            value={field.fixed}
            onChange={({ target }) => onChange({ fixed: target.value })}
          />
        )
      }
    </Field>
  );
}

const RANGE = [
  { part: "from", label: "From" },
  { part: "to", label: "to" },
  { part: "step", label: "step" },
] as const;

function RangeInputs({ spec, field, complaints, onChange }: RowProps) {
  const own = complaints.get(`params.${spec.name}`) ?? [];
  return (
    <div className={styles.range}>
      {RANGE.map(({ part, label }) => {
        const name = `params.${spec.name}.${part}`;
        const faults = [...(part === "from" ? own : []), ...(complaints.get(name) ?? [])];
        return (
          <Field key={part} name={name} label={label} faults={faults}>
            {(control) => (
              <input
                {...control}
                aria-label={`${spec.displayName} ${label}`}
                inputMode="decimal"
                autoComplete="off"
                value={field[part]}
                onChange={({ target }) => onChange({ [part]: target.value })}
              />
            )}
          </Field>
        );
      })}
      <AxisRange spec={spec} field={field} onChange={onChange} />
    </div>
  );
}

function ListInput({ spec, field, complaints, onChange }: RowProps) {
  const name = `params.${spec.name}`;
  return (
    <Field
      name={name}
      label={`${spec.displayName}: values`}
      isLabelHidden
      hint={`Values separated by commas${wordsOf(spec) ? `: ${wordsOf(spec)?.join(", ")}` : ""}`}
      faults={complaints.get(name)}
    >
      {(control) => (
        <input
          {...control}
          autoComplete="off"
          value={field.list}
          onChange={({ target }) => onChange({ list: target.value })}
        />
      )}
    </Field>
  );
}

function wordsOf({ domain }: ParamSpec): readonly string[] | undefined {
  switch (domain.case) {
    case "choiceDomain":
      return domain.value.values;
    case "boolDomain":
      return ["false", "true"];
    default:
      return undefined;
  }
}

function domainHint({ domain, unit }: ParamSpec): string {
  switch (domain.case) {
    case "intDomain":
    case "doubleDomain":
      return rangeText(Number(domain.value.minValue), Number(domain.value.maxValue), unit);
    default:
      return "";
  }
}

/** Beyond what doubles tell apart a range is none. */
const LARGEST = 2 ** 53;

function rangeText(min: number, max: number, unit: string): string {
  const suffix = unit === "" ? "" : ` ${unit}`;
  return min <= -LARGEST && max >= LARGEST
    ? `any number${unit === "" ? "" : ` of ${unit}`}`
    : `${formatNumber(min)} to ${formatNumber(max)}${suffix}`;
}
