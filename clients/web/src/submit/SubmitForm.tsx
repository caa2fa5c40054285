// The form: its panels, and what the server says of it beside them.

import { useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import type { Series } from "../gen/tradeforge/v1/market_data_service_pb";
import { SubmitDisposition } from "../gen/tradeforge/v1/run_service_pb";
import type { Strategy } from "../gen/tradeforge/v1/strategy_service_pb";
import { failureOf } from "../rpc/failure";
import { Field } from "../ui/Field";
import { Panel } from "../ui/Panel";
import { AccountPanel } from "./AccountPanel";
import { BarsPanel } from "./BarsPanel";
import { complaintsOf } from "./fields";
import { defaultParams, type FormState, isSearch, withKnownRule } from "./formState";
import { ParamsPanel } from "./ParamsPanel";
import { useSubmit, useValidation } from "./queries";
import { SearchPanel } from "./SearchPanel";
import styles from "./SubmitPage.module.css";
import { Summary } from "./Summary";
import { toSubmission } from "./toRequest";

interface Props {
  readonly strategies: readonly Strategy[];
  readonly series: readonly Series[];
  readonly initial: FormState;
}

export function SubmitForm({ strategies, series, initial }: Props) {
  const [form, setForm] = useState(initial);
  const [, navigate] = useLocation();
  const element = useRef<HTMLFormElement>(null);
  const submit = useSubmit();
  const [refusals, setRefusals] = useState(0);
  const strategy = strategies.find(({ name }) => name === form.strategy);

  const change = (part: Partial<FormState>) => {
    submit.reset();
    const next = { ...form, ...part };
    setForm(part.params && strategy && !part.strategy ? withKnownRule(form, next, strategy) : next);
  };
  const submission = strategy && toSubmission(form, strategy);
  const validation = useValidation(submission ?? NO_SUBMISSION, submission !== undefined);
  const failure = submit.error ?? validation.error;
  const complaints = complaintsOf(
    form,
    failure ? failureOf(failure).fields : [],
    submission?.problems,
  );

  // The first faulty field, in the order of the page, once the faults stand at their fields.
  useEffect(() => {
    if (refusals > 0) {
      element.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
    }
  }, [refusals]);

  const send = () => {
    if (!submission || submission.problems.length > 0) {
      setRefusals(refusals + 1);
      return;
    }
    submit.mutate(submission.request, {
      onSuccess: ({ runId, disposition }) =>
        navigate(`/runs/${runId}`, { state: { disposition: dispositionName(disposition) } }),
      onError: () => setRefusals((count) => count + 1),
    });
  };
  return (
    <form
      ref={element}
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div className={styles.panels}>
        <Panel title="Strategy">
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
                onChange={({ target }) => {
                  const chosen = strategies.find(({ name }) => name === target.value);
                  if (chosen) {
                    const search = { ...form.search, rules: [] };
                    change({ strategy: chosen.name, params: defaultParams(chosen), search });
                  }
                }}
              >
                {strategies.map(({ name, displayName }) => (
                  <option key={name} value={name}>
                    {displayName}
                  </option>
                ))}
              </select>
            )}
          </Field>
        </Panel>
        <BarsPanel form={form} series={series} complaints={complaints} onChange={change} />
        {strategy && (
          <ParamsPanel form={form} strategy={strategy} complaints={complaints} onChange={change} />
        )}
        {strategy && isSearch(form) && (
          <SearchPanel
            form={form}
            strategy={strategy}
            complaints={complaints}
            onChange={(part) => change({ search: { ...form.search, ...part } })}
          />
        )}
        <AccountPanel
          account={form.account}
          complaints={complaints}
          onChange={(part) => change({ account: { ...form.account, ...part } })}
        />
      </div>
      <Summary
        form={form}
        answer={validation.data}
        isCurrent={validation.isCurrent}
        failure={failure ? failureOf(failure) : undefined}
        complaints={complaints}
        isSending={submit.isPending}
        onChange={change}
      />
    </form>
  );
}

const NO_SUBMISSION = { request: {} as never, problems: [] };

function dispositionName(disposition: SubmitDisposition): "joined" | "reused" | undefined {
  switch (disposition) {
    case SubmitDisposition.JOINED:
      return "joined";
    case SubmitDisposition.REUSED:
      return "reused";
    default:
      return undefined;
  }
}
