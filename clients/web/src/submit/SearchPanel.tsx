// How the swept values are combined and judged.

import type { Strategy } from "../gen/tradeforge/v1/strategy_service_pb";
import { Across, Comparison, Goal } from "../gen/tradeforge/v1/types_pb";
import { shortId } from "../runs/describe";
import { Button } from "../ui/Button";
import { Choice } from "../ui/Choice";
import { Field } from "../ui/Field";
import { Icon } from "../ui/icons";
import { Panel } from "../ui/Panel";
import { Bounds } from "./Bounds";
import type { Complaints } from "./fields";
import {
  type FormState,
  isOverSeries,
  type RuleField,
  type Search,
  suggestedRule,
} from "./formState";
import styles from "./SubmitPage.module.css";

const OPS = [
  [Comparison.LESS, "<"],
  [Comparison.LESS_EQUAL, "≤"],
  [Comparison.GREATER, ">"],
  [Comparison.GREATER_EQUAL, "≥"],
  [Comparison.NOT_EQUAL, "≠"],
] as const;

const ACROSS = [
  [Across.UNSPECIFIED, "none: each trial by itself"],
  [Across.MEAN, "mean"],
  [Across.MEDIAN, "median"],
  [Across.LEAST, "the worst of them"],
] as const;

interface Props {
  readonly form: FormState;
  readonly strategy: Strategy;
  readonly complaints: Complaints;
  readonly onChange: (change: Partial<Search>) => void;
}

export function SearchPanel({ form, strategy, complaints, onChange }: Props) {
  const { search } = form;
  return (
    <Panel title="Sweep">
      <div className={styles.stack}>
        <div className={styles.two}>
          <Field
            name="search.objective"
            label="Compare trials by"
            faults={complaints.get("search.objective")}
          >
            {(control) => (
              <select
                {...control}
                value={search.objective}
                onChange={({ target }) => {
                  const metric = strategy.metrics.find(({ name }) => name === target.value);
                  const isMinimized = metric?.naturalGoal === Goal.MINIMIZE;
                  onChange({ objective: target.value, isMinimized });
                }}
              >
                {strategy.metrics.map((metric) => (
                  <option key={metric.name} value={metric.name}>
                    {metric.displayName}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field name="search.goal" label="Goal">
            {(control) => (
              <select
                {...control}
                value={String(search.isMinimized)}
                onChange={({ target }) => onChange({ isMinimized: target.value === "true" })}
              >
                <option value="false">maximize</option>
                <option value="true">minimize</option>
              </select>
            )}
          </Field>
        </div>
        {isOverSeries(form) && (
          <Field
            name="search.across"
            label="Score over the series"
            hint="A combination that fails or breaks a bound on one of them has none"
            faults={complaints.get("search.across")}
          >
            {(control) => (
              <select
                {...control}
                value={search.across}
                onChange={({ target }) => onChange({ across: Number(target.value) })}
              >
                {ACROSS.map(([across, label]) => (
                  <option key={across} value={across}>
                    {label}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        <Rules form={form} strategy={strategy} complaints={complaints} onChange={onChange} />
        <Bounds
          bounds={search.bounds}
          metrics={strategy.metrics}
          complaints={complaints}
          onChange={(bounds) => onChange({ bounds })}
        />
        <Method search={search} complaints={complaints} onChange={onChange} />
      </div>
    </Panel>
  );
}

function Method(props: {
  readonly search: Search;
  readonly complaints: Complaints;
  readonly onChange: (change: Partial<Search>) => void;
}) {
  const { search, complaints, onChange } = props;
  const isLearning = search.method === "genetic" || search.method === "tpe";
  return (
    <>
      <Choice
        label="Which trials"
        value={search.method}
        choices={[
          { value: "grid", label: "Every combination" },
          { value: "random", label: "Drawn at random" },
          { value: "genetic", label: "Bred from the best" },
          { value: "tpe", label: "Where good ones are dense" },
          { value: "points", label: "Lists side by side" },
        ]}
        onChange={(method) => onChange({ method })}
      />
      {search.method === "points" && (
        <p className={styles.hint}>
          The first values of all lists are the first trial, the second ones the second, and so on.
        </p>
      )}
      {isLearning && (
        <>
          <p className={styles.hint}>
            A thousand trials of a plain strategy take a second: where all can be tried, try all.
          </p>
          <div className={styles.two}>
            {search.method === "genetic" && (
              <Field
                name="search.also"
                label="Also go by"
                hint="As in -max_drawdown; at most two metrics"
                faults={complaints.get("search.also")}
              >
                {(control) => (
                  <input
                    {...control}
                    value={search.also}
                    onChange={({ target }) => onChange({ also: target.value })}
                  />
                )}
              </Field>
            )}
            <Field
              name="search.batch"
              label="Trials to a generation"
              hint="0: 32"
              faults={complaints.get("search.batch")}
            >
              {(control) => (
                <input
                  {...control}
                  inputMode="numeric"
                  value={search.batch}
                  onChange={({ target }) => onChange({ batch: target.value })}
                />
              )}
            </Field>
          </div>
        </>
      )}
      {(search.method === "random" || isLearning) && (
        <div className={styles.two}>
          <Field
            name="search.trialCount"
            label="Trials"
            faults={complaints.get("search.trialCount")}
          >
            {(control) => (
              <input
                {...control}
                inputMode="numeric"
                value={search.trialCount}
                onChange={({ target }) => onChange({ trialCount: target.value })}
              />
            )}
          </Field>
          <Field
            name="search.seed"
            label="Seed"
            hint="The same seed makes the same trials"
            faults={complaints.get("search.seed")}
          >
            {(control) => (
              <input
                {...control}
                inputMode="numeric"
                value={search.seed}
                onChange={({ target }) => onChange({ seed: target.value })}
              />
            )}
          </Field>
        </div>
      )}
      {search.extended !== "" && (
        <Field
          name="search.extended"
          label={`Take over the trials of ${shortId(search.extended)}`}
          hint="Only the others are computed; strategy, bars and account must be the same"
          faults={complaints.get("search.extended")}
        >
          {(control) => (
            <input
              {...control}
              type="checkbox"
              checked={search.isExtending}
              onChange={({ target }) => onChange({ isExtending: target.checked })}
            />
          )}
        </Field>
      )}
      <Field
        name="search.maxFailed"
        label="Stop after so many failed trials"
        hint="Empty: failed trials never end the run"
        faults={complaints.get("search.maxFailed")}
      >
        {(control) => (
          <input
            {...control}
            inputMode="numeric"
            value={search.maxFailed}
            onChange={({ target }) => onChange({ maxFailed: target.value })}
          />
        )}
      </Field>
    </>
  );
}

function Rules({ form, strategy, complaints, onChange }: Props) {
  const { rules } = form.search;
  const names = strategy.params.map(({ name }) => name);
  const suggestion = suggestedRule(form, strategy);
  const set = (index: number, change: Partial<RuleField>) =>
    onChange({
      rules: rules.map((rule, place) => (place === index ? { ...rule, ...change } : rule)),
    });
  const add = (rule: RuleField) => onChange({ rules: [...rules, rule] });
  return (
    <div className={styles.group}>
      <h3>Only trials where</h3>
      {rules.map((rule, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row has no other name
        <div key={index} className={styles.rule}>
          <Field name={`rules.${index}.left`} label="Parameter" isLabelHidden>
            {(control) => (
              <select
                {...control}
                value={rule.left}
                onChange={({ target }) => set(index, { left: target.value })}
              >
                {names.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            )}
          </Field>
          <Field name={`rules.${index}.op`} label="Relation" isLabelHidden>
            {(control) => (
              <select
                {...control}
                value={rule.op}
                onChange={({ target }) => set(index, { op: Number(target.value) })}
              >
                {OPS.map(([op, sign]) => (
                  <option key={op} value={op}>
                    {sign}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field
            name={`rules.${index}`}
            label="Other parameter or value"
            isLabelHidden
            faults={complaints.get(`rules.${index}`)}
          >
            {(control) => (
              <input
                {...control}
                list="param-names"
                value={rule.right}
                onChange={({ target }) => set(index, { right: target.value })}
              />
            )}
          </Field>
          <Button
            look="quiet"
            small
            aria-label={`Remove rule ${index + 1}`}
            onClick={() => onChange({ rules: rules.filter((_, place) => place !== index) })}
          >
            <Icon name="close" />
          </Button>
        </div>
      ))}
      <datalist id="param-names">
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <div className={styles.row}>
        {suggestion && (
          <Button small onClick={() => add(suggestion)}>
            <Icon name="plus" /> {suggestion.left} &lt; {suggestion.right}
          </Button>
        )}
        <Button
          small
          onClick={() => add({ left: names[0] ?? "", op: Comparison.LESS, right: names[1] ?? "" })}
        >
          <Icon name="plus" /> Rule
        </Button>
      </div>
    </div>
  );
}
