// Which strategy is run: a shipped one, or one that is written here.

import type { Strategy } from "../gen/tradeforge/v1/strategy_service_pb";
import type { Check } from "../rules/queries";
import { RulesText } from "../rules/RulesText";
import { lastText } from "../rules/starter";
import { Choice } from "../ui/Choice";
import { Field } from "../ui/Field";
import { Panel } from "../ui/Panel";
import type { Complaints } from "./fields";
import { defaultParams, type FormState } from "./formState";
import styles from "./SubmitPage.module.css";
import { TryIt, useTry } from "./TryIt";
import type { Submission } from "./toRequest";

const KINDS = [
  { value: "shipped", label: "Shipped" },
  { value: "text", label: "Own text" },
] as const;

interface Props {
  readonly form: FormState;
  readonly strategies: readonly Strategy[];
  readonly check: Check;
  readonly complaints: Complaints;
  /** The text as one backtest; undefined until it can be run. */
  readonly trial: Submission | undefined;
  readonly onChange: (change: Partial<FormState>) => void;
}

export function StrategyPanel(props: Props) {
  const { form, strategies, onChange } = props;
  const choose = (name: string | undefined) => {
    const chosen = strategies.find((each) => each.name === name) ?? strategies[0];
    if (chosen) {
      const search = { ...form.search, rules: [] };
      const params = defaultParams(chosen);
      onChange({ strategy: chosen.name, isText: false, params, search });
    }
  };
  const write = () => {
    const search = { ...form.search, rules: [] };
    const source = form.source === "" ? lastText() : form.source;
    onChange({ strategy: "", isText: true, source, params: {}, search });
  };
  return (
    <Panel
      title="Strategy"
      aside={
        <Choice
          label="Where the strategy comes from"
          value={form.isText ? "text" : "shipped"}
          choices={KINDS}
          onChange={(kind) =>
            form.isText === (kind === "text") || (kind === "text" ? write() : choose("sma_cross"))
          }
        />
      }
    >
      {form.isText ? <OwnText {...props} /> : <Shipped {...props} onChoose={choose} />}
    </Panel>
  );
}

function Shipped(props: Props & { readonly onChoose: (name: string) => void }) {
  const { form, strategies, complaints, onChoose } = props;
  const strategy = strategies.find(({ name }) => name === form.strategy);
  return (
    <Field
      name="strategy"
      label="Strategy"
      isLabelHidden
      hint={strategy?.description}
      faults={complaints.get("strategy")}
    >
      {(control) => (
        <select
          {...control}
          value={form.strategy}
          onChange={({ target }) => onChoose(target.value)}
        >
          {strategies.map(({ name, displayName }) => (
            <option key={name} value={name}>
              {displayName}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function OwnText({ form, check, complaints, trial, onChange }: Props) {
  const attempt = useTry();
  const onTry = () => trial && trial.problems.length === 0 && attempt.mutate(trial.request);
  return (
    <div className={styles.stack}>
      <RulesText
        source={form.source}
        check={check}
        onChange={(source) => onChange({ source })}
        onTry={onTry}
      />
      {/* What the check has told already is not told twice. */}
      {trial &&
        complaints.get("strategy")?.map((fault) => (
          <p key={fault} className={styles.faults} role="alert">
            {fault}
          </p>
        ))}
      <TryIt attempt={attempt} isReady={trial !== undefined} onTry={onTry} />
    </div>
  );
}
