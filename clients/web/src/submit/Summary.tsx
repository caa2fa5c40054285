// What will be run, how long it may take, what is wrong, and the button.

import { fractionOf } from "../format/fraction";
import { formatCount } from "../format/number";
import { formatEstimate, secondsOf } from "../format/time";
import type { SubmitResponse } from "../gen/tradeforge/v1/run_service_pb";
import type { Failure } from "../rpc/failure";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { Panel } from "../ui/Panel";
import type { Complaints } from "./fields";
import { type FormState, isSearch } from "./formState";
import styles from "./SubmitPage.module.css";

interface Props {
  readonly form: FormState;
  /** The server's last word on a form without faults. */
  readonly answer: SubmitResponse | undefined;
  /** Whether that word is about the form as it is now. */
  readonly isCurrent: boolean;
  /** Whether it is known what the strategy is: of a text, once it has been checked. */
  readonly isReady: boolean;
  readonly failure: Failure | undefined;
  readonly complaints: Complaints;
  readonly isSending: boolean;
  readonly onChange: (change: Partial<FormState>) => void;
}

export function Summary(props: Props) {
  const { form, answer, isCurrent, isReady, failure, complaints, isSending, onChange } = props;
  const faultCount = [...complaints.values()].flat().length;
  return (
    <div className={styles.summary}>
      <Panel title={isSearch(form) ? "Sweep" : "Backtest"}>
        <div className={styles.stack}>
          <div
            className={styles.estimate}
            role="status"
            data-current={isCurrent}
            data-total={answer?.total.toString()}
          >
            {!isReady ? (
              <p>Waits for a text without mistakes.</p>
            ) : faultCount > 0 || failure ? (
              <Faults failure={failure} complaints={complaints} count={faultCount} />
            ) : (
              <Estimate form={form} answer={answer} />
            )}
          </div>
          {answer && isReady && faultCount === 0 && answer.warnings.length > 0 && (
            <ul className={styles.warnings}>
              {answer.warnings.map((warning) => (
                <li key={warning}>{warning}</li>
              ))}
            </ul>
          )}
          <Field name="name" label="Name" hint="Optional" faults={complaints.get("name")}>
            {(control) => (
              <input
                {...control}
                autoComplete="off"
                value={form.name}
                onChange={({ target }) => onChange({ name: target.value })}
              />
            )}
          </Field>
          <Limits form={form} complaints={complaints} onChange={onChange} />
          <Freshness isFresh={form.isFresh} onChange={(isFresh) => onChange({ isFresh })} />
          <Button type="submit" look="primary" disabled={isSending}>
            {isSending ? "Submitting…" : isSearch(form) ? "Start the sweep" : "Start the backtest"}
          </Button>
          {isFree(form) && (
            <p className={styles.note} data-note="costs">
              Costs are left out: commission and slippage are 0.
            </p>
          )}
          <p className={styles.note}>The run goes on if this page is closed.</p>
        </div>
      </Panel>
    </div>
  );
}

/** Whether the account pays nothing for its trades. */
function isFree({ account }: FormState): boolean {
  return Number(fractionOf(account.commission)) === 0 && Number(account.slippage) === 0;
}

function Estimate({ form, answer }: Pick<Props, "form" | "answer">) {
  if (!answer) {
    return <p>Checking…</p>;
  }
  const time = answer.estimatedDuration && formatEstimate(secondsOf(answer.estimatedDuration));
  return (
    <>
      <strong className={styles.total}>{formatCount(answer.total)}</strong>
      <span>
        {isSearch(form) ? "trials" : "bars"}
        {time ? `, ${time}` : ", time unknown until the first such run here"}
      </span>
    </>
  );
}

function Faults(props: {
  readonly failure: Failure | undefined;
  readonly complaints: Complaints;
  readonly count: number;
}) {
  const { failure, complaints, count } = props;
  if (failure?.kind === "unreachable") {
    return <p>The server does not answer. What is filled in stays; try again in a moment.</p>;
  }
  return (
    <div className={styles.faults}>
      {count > 0 ? (
        <strong>
          {count} {count === 1 ? "field needs" : "fields need"} a correction
        </strong>
      ) : (
        <strong>{failure?.message}</strong>
      )}
      {complaints.get("")?.map((fault) => (
        <p key={fault}>{fault}</p>
      ))}
      <ul className={styles.faultList}>
        {[...complaints.keys()]
          .filter((field) => field !== "")
          .map((field) => (
            <li key={field}>
              <button type="button" onClick={() => goTo(field)}>
                {nameOf(field)}
              </button>
            </li>
          ))}
      </ul>
    </div>
  );
}

/** Folded until it is wanted, or something is wrong with it. */
function Limits({ form, complaints, onChange }: Pick<Props, "form" | "complaints" | "onChange">) {
  const isSet = `${form.deadline}${form.budget}` !== "";
  return (
    <details className={styles.limits} open={isSet || undefined}>
      <summary>How long it may take</summary>
      <Field
        name="deadline"
        label="Deadline"
        hint="A span, as in 8h, or a moment in UTC"
        faults={complaints.get("deadline")}
      >
        {(control) => (
          <input
            {...control}
            autoComplete="off"
            value={form.deadline}
            onChange={({ target }) => onChange({ deadline: target.value })}
          />
        )}
      </Field>
      <Field
        name="budget"
        label="Compute budget"
        hint="As in 30m: pauses and waiting use none of it"
        faults={complaints.get("budget")}
      >
        {(control) => (
          <input
            {...control}
            autoComplete="off"
            value={form.budget}
            onChange={({ target }) => onChange({ budget: target.value })}
          />
        )}
      </Field>
    </details>
  );
}

function Freshness(props: {
  readonly isFresh: boolean;
  readonly onChange: (isFresh: boolean) => void;
}) {
  return (
    <fieldset className={styles.freshness}>
      <legend>If the same work is there already</legend>
      <label>
        <input
          type="radio"
          name="freshness"
          checked={!props.isFresh}
          onChange={() => props.onChange(false)}
        />
        Join it, or take its result
      </label>
      <label>
        <input
          type="radio"
          name="freshness"
          checked={props.isFresh}
          onChange={() => props.onChange(true)}
        />
        Compute it afresh
      </label>
    </fieldset>
  );
}

const NAMES: Readonly<Record<string, string>> = {
  "account.cash": "Initial cash",
  "account.riskFree": "Risk-free rate",
  "timeRange.startTime": "From",
  "timeRange.endTime": "To",
};

/** As in `Slow to` for `params.slow.to`. */
function nameOf(field: string): string {
  const [kind = "", ...rest] = field.split(".");
  const numbered = { bars: "Series", rules: "Rule", bounds: "Bound" }[kind];
  const name =
    NAMES[field] ?? (numbered ? `${numbered} ${Number(rest[0]) + 1}` : rest.join(" ") || kind);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function goTo(field: string): void {
  const found = document.querySelector<HTMLElement>(`[name="${CSS.escape(field)}"]`);
  const place = found ?? document.querySelector<HTMLElement>("[data-invalid=true]");
  place?.scrollIntoView({ block: "center" });
  place?.focus({ preventScroll: true });
}
