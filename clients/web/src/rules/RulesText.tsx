// A strategy as text: the editor, each mistake with its place and what mends it, and what it is.

import { loadedLater } from "../app/loadedLater";
import { formatCount } from "../format/number";
import {
  type CheckStrategyResponse,
  type Diagnostic,
  Severity,
  SpeedClass,
} from "../gen/tradeforge/v1/strategy_service_pb";
import { failureOf } from "../rpc/failure";
import { Button } from "../ui/Button";
import { mended } from "./places";
import { type Check, hasErrors, useLanguage } from "./queries";
import styles from "./RulesText.module.css";

const PLACEHOLDER = (
  <div className={styles.waiting} role="status" aria-label="Loading the editor" />
);
const RulesEditor = loadedLater(() => import("./RulesEditor"), PLACEHOLDER, {
  isPrefetched: false,
});

const NO_LANGUAGE = { functions: [], keywords: [] };
const NONE: readonly Diagnostic[] = [];

interface Props {
  readonly source: string;
  readonly check: Check;
  readonly onChange: (source: string) => void;
  readonly onTry: () => void;
}

export function RulesText({ source, check, onChange, onTry }: Props) {
  const language = useLanguage(true);
  const { answer, isCurrent } = check;
  const diagnostics = (isCurrent && answer?.diagnostics) || NONE;
  const isWrong = isCurrent && answer !== undefined && hasErrors(answer);
  // Without its words the text can still be written and checked.
  const isReady = language.data !== undefined || language.error !== null;
  return (
    <div className={styles.rules}>
      {isReady ? (
        <RulesEditor
          source={source}
          language={language.data ?? NO_LANGUAGE}
          diagnostics={diagnostics}
          isWrong={isWrong}
          className={styles.editor}
          onChange={onChange}
          onTry={onTry}
        />
      ) : (
        PLACEHOLDER
      )}
      <Outcome source={source} check={check} />
      {diagnostics.length > 0 && (
        <ul className={styles.faults} aria-label="Mistakes of the text">
          {diagnostics.map((each) => (
            <Fault
              key={`${each.line}:${each.column}:${each.code}`}
              fault={each}
              onMend={() => onChange(mended(source, each, each.suggestion))}
            />
          ))}
        </ul>
      )}
    </div>
  );
}

/** What the text comes to, in a line. */
function Outcome({ source, check: { answer, isCurrent, error } }: Pick<Props, "source" | "check">) {
  const text = () => {
    if (source.trim() === "") {
      return "The text is empty: write when to enter, as in “enter long when close > sma(close, 50)”.";
    }
    if (error) {
      return `Could not check the text: ${failureOf(error).message}`;
    }
    if (!isCurrent || !answer) {
      return "Checking…";
    }
    const errors = answer.diagnostics.filter(({ severity }) => severity === Severity.ERROR).length;
    const { strategy, timeframes } = answer;
    if (!strategy) {
      return `${formatCount(errors)} ${errors === 1 ? "mistake" : "mistakes"}`;
    }
    const count = strategy.params.length;
    const params = count === 1 ? "1 parameter" : `${count === 0 ? "no" : count} parameters`;
    const longer = timeframes.length > 0 ? `, goes by ${timeframes.join(", ")}` : "";
    const needs =
      answer.warmupBars > 0n ? `; needs ${formatCount(answer.warmupBars)} bars first` : "";
    return `No mistakes: ${strategy.displayName}, ${params}${longer}${besideOf(answer)}${needs}${speedOf(answer)}`;
  };
  const isGood = isCurrent && answer?.strategy !== undefined && source.trim() !== "";
  return (
    <p className={styles.outcome} role="status" data-checked={isCurrent} data-good={isGood}>
      {text()}
    </p>
  );
}

/** What a run gives it beside the bars that it trades on. */
function besideOf({ markets, auxes }: CheckStrategyResponse): string {
  const read = markets.map((name, index) => `, reads the market ${name} (series ${index + 2})`);
  const known = auxes.map(({ name, columns }) => `, reads ${columns.join(", ")} of ${name}`);
  return [...read, ...known].join("");
}

function speedOf({ speedClass, speedReason }: CheckStrategyResponse): string {
  switch (speedClass) {
    case SpeedClass.LEAP:
      return "; a sweep computes its trials together";
    case SpeedClass.WALK:
      return "; a sweep computes its trials together, and goes through the bars of positions";
    case SpeedClass.REST:
      return `; a sweep computes the values of its trials together and gives their orders bar by bar, because of ${speedReason}`;
    case SpeedClass.BARS:
      return `; a sweep computes its trials one by one, because of ${speedReason}`;
    default:
      return "";
  }
}

function Fault({ fault, onMend }: { readonly fault: Diagnostic; readonly onMend: () => void }) {
  const { severity, line, column, message, suggestion } = fault;
  return (
    <li data-diagnostic={fault.code} data-warning={severity === Severity.WARNING}>
      <span className={styles.place}>
        {line}:{column}
      </span>
      <span>{message}</span>
      {suggestion !== "" && (
        <Button small onClick={onMend}>
          Write {suggestion}
        </Button>
      )}
    </li>
  );
}
