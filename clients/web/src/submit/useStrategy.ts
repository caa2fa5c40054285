// Which strategy the form is about: a shipped one by its name, or what its text was last found to be.

import { useEffect, useState } from "react";
import type { Strategy } from "../gen/tradeforge/v1/strategy_service_pb";
import { type Check, hasErrors } from "../rules/queries";
import { keepText } from "../rules/starter";
import { type FormState, isSearch, withKnownRule } from "./formState";
import { adopted, requiredRules } from "./textRules";

interface Text {
  readonly source: string;
  readonly strategy: Strategy;
}

interface Known {
  /** Of a text with mistakes what it was before them, so that its form does not vanish. */
  readonly strategy: Strategy | undefined;
  /** Whether that is what would be run. */
  readonly isReady: boolean;
}

export function useStrategy(
  form: FormState,
  strategies: readonly Strategy[],
  { answer, isCurrent }: Check,
  setForm: (change: (form: FormState) => FormState) => void,
): Known {
  const [text, setText] = useState<Text>();
  const { source, isText } = form;
  const strategy = answer?.strategy;
  useEffect(() => {
    if (isText && isCurrent && strategy && text?.source !== source) {
      const now = { source, strategy };
      keepText(source);
      setText(now);
      setForm((before) => adopted(before, text, now));
    }
  }, [isText, isCurrent, strategy, source, text, setForm]);
  if (!isText) {
    const shipped = strategies.find(({ name }) => name === form.strategy);
    return { strategy: shipped, isReady: shipped !== undefined };
  }
  const isWhole = answer !== undefined && !hasErrors(answer);
  return { strategy: text?.strategy, isReady: isCurrent && isWhole && text?.source === source };
}

/** The form with the rules that its sweep wants, where it becomes a sweep only now. */
export function withRules(before: FormState, form: FormState, strategy: Strategy): FormState {
  if (!form.isText) {
    return withKnownRule(before, form, strategy);
  }
  if (isSearch(before) || !isSearch(form) || form.search.rules.length > 0) {
    return form;
  }
  const rules = requiredRules(form.source, strategy);
  return { ...form, search: { ...form.search, rules } };
}
