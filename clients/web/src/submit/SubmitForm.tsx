// The form: its panels, and what the server says of it beside them.

import { useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { keepHere } from "../app/place";
import type { Series } from "../gen/tradeforge/v1/market_data_service_pb";
import { SubmitDisposition } from "../gen/tradeforge/v1/run_service_pb";
import type { Strategy } from "../gen/tradeforge/v1/strategy_service_pb";
import { failureOf } from "../rpc/failure";
import { useCheck } from "../rules/queries";
import { AccountPanel } from "./AccountPanel";
import { BarsPanel } from "./BarsPanel";
import { complaintsOf } from "./fields";
import { type FormState, isSearch } from "./formState";
import { limitProblems, withLimits } from "./limits";
import { ParamsPanel } from "./ParamsPanel";
import { useSubmit, useValidation } from "./queries";
import { SearchPanel } from "./SearchPanel";
import { StrategyPanel } from "./StrategyPanel";
import styles from "./SubmitPage.module.css";
import { Summary } from "./Summary";
import { backtestOf, toSubmission } from "./toRequest";
import { useStrategy, withRules } from "./useStrategy";

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
  const check = useCheck(form.source, form.isText);
  const { strategy, isReady } = useStrategy(form, strategies, check, setForm);

  const change = (part: Partial<FormState>) => {
    submit.reset();
    const next = { ...form, ...part };
    const isSetting = part.params !== undefined && part.strategy === undefined;
    setForm(isSetting && strategy ? withRules(form, next, strategy) : next);
  };
  useEffect(() => {
    if (form !== initial) {
      keepHere("form", form);
    }
  }, [form, initial]);
  const submission = strategy && toSubmission(form, strategy);
  const validation = useValidation(
    submission ?? NO_SUBMISSION,
    submission !== undefined && isReady,
  );
  const failure = submit.error ?? validation.error;
  const complaints = complaintsOf(
    form,
    failure ? failureOf(failure).fields : [],
    submission && [...submission.problems, ...limitProblems(form)],
  );

  // The first faulty field, in the order of the page, once the faults stand at their fields.
  useEffect(() => {
    if (refusals > 0) {
      element.current
        ?.querySelector<HTMLElement>("[aria-invalid=true], [data-invalid=true]")
        ?.focus();
    }
  }, [refusals]);

  const send = () => {
    const problems = submission && [...submission.problems, ...limitProblems(form)];
    if (!submission || !isReady || problems?.length) {
      setRefusals(refusals + 1);
      return;
    }
    submit.mutate(withLimits(submission.request, form, Date.now()), {
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
        <StrategyPanel
          form={form}
          strategies={strategies}
          check={check}
          complaints={complaints}
          trial={submission && isReady ? backtestOf(form, strategy) : undefined}
          onChange={change}
        />
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
          sizesItself={strategy?.sizesItself ?? false}
          complaints={complaints}
          onChange={(part) => change({ account: { ...form.account, ...part } })}
        />
      </div>
      <Summary
        form={form}
        answer={validation.data}
        isCurrent={validation.isCurrent}
        isReady={isReady}
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
