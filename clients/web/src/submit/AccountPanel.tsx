// The account and the costs that a run is simulated with.

import { fractionOf } from "../format/fraction";
import { formatPercent } from "../format/number";
import { EndOfRunPolicy, EntryBarPolicy } from "../gen/tradeforge/v1/types_pb";
import { Field } from "../ui/Field";
import { Panel } from "../ui/Panel";
import type { Complaints } from "./fields";
import type { Account, SizingKind } from "./formState";
import styles from "./SubmitPage.module.css";
import { Terms } from "./Terms";

const AMOUNTS = [
  { part: "cash", label: "Initial cash" },
  { part: "commission", label: "Commission" },
  { part: "slippage", label: "Slippage" },
  { part: "leverage", label: "Max leverage" },
  { part: "riskFree", label: "Risk-free rate" },
] as const;

const SIZINGS: readonly { kind: SizingKind; label: string; sizeLabel: string }[] = [
  { kind: "default", label: "As the strategy does", sizeLabel: "" },
  { kind: "equityFraction", label: "A fraction of the equity", sizeLabel: "Fraction" },
  { kind: "riskFraction", label: "What loses a fraction at the stop", sizeLabel: "Fraction" },
  { kind: "fixedNotional", label: "The same value each time", sizeLabel: "Value" },
  { kind: "fixedQuantity", label: "The same quantity each time", sizeLabel: "Quantity" },
];

interface Props {
  readonly account: Account;
  /** Whether the strategy finds the size of its entries by itself. */
  readonly sizesItself: boolean;
  readonly complaints: Complaints;
  readonly onChange: (change: Partial<Account>) => void;
}

export function AccountPanel({ account, sizesItself, complaints, onChange }: Props) {
  const sizing = SIZINGS.find(({ kind }) => kind === account.sizing);
  return (
    <Panel title="Account and costs">
      <div className={styles.stack}>
        <div className={styles.three}>
          {AMOUNTS.map(({ part, label }) => (
            <Field
              key={part}
              name={`account.${part}`}
              label={label}
              hint={hintOf(part, account[part])}
              faults={complaints.get(`account.${part}`)}
            >
              {(control) => (
                <input
                  {...control}
                  inputMode="decimal"
                  autoComplete="off"
                  value={account[part]}
                  onChange={({ target }) => onChange({ [part]: target.value })}
                />
              )}
            </Field>
          ))}
        </div>
        <div className={styles.two}>
          <Field
            name="account.sizing"
            label="Size of an entry"
            hint={
              sizesItself && account.sizing === "default"
                ? "It sizes its entries by itself"
                : undefined
            }
          >
            {(control) => (
              <select
                {...control}
                value={account.sizing}
                onChange={({ target }) =>
                  onChange({
                    sizing: target.value as SizingKind,
                    size: target.value === "equityFraction" ? "1" : "",
                  })
                }
              >
                {SIZINGS.map(({ kind, label }) => (
                  <option key={kind} value={kind}>
                    {label}
                  </option>
                ))}
              </select>
            )}
          </Field>
          {sizing && sizing.kind !== "default" && (
            <Field
              name="account.size"
              label={sizing.sizeLabel}
              faults={complaints.get("account.size")}
            >
              {(control) => (
                <input
                  {...control}
                  inputMode="decimal"
                  value={account.size}
                  onChange={({ target }) => onChange({ size: target.value })}
                />
              )}
            </Field>
          )}
        </div>
        <div className={styles.two}>
          <Field
            name="account.entryBar"
            label="Exits on the bar of the entry"
            faults={complaints.get("account.entryBar")}
          >
            {(control) => (
              <select
                {...control}
                value={account.entryBar}
                onChange={({ target }) => onChange({ entryBar: Number(target.value) })}
              >
                <option value={EntryBarPolicy.WORST_CASE}>Worst case, the stop first</option>
                <option value={EntryBarPolicy.NEXT_BAR}>From the next bar on</option>
              </select>
            )}
          </Field>
          <Field
            name="account.endOfRun"
            label="Positions open at the end"
            faults={complaints.get("account.endOfRun")}
          >
            {(control) => (
              <select
                {...control}
                value={account.endOfRun}
                onChange={({ target }) => onChange({ endOfRun: Number(target.value) })}
              >
                <option value={EndOfRunPolicy.MARK_OPEN}>Stay open, valued at the close</option>
                <option value={EndOfRunPolicy.CLOSE_AT_LAST_CLOSE}>Are closed at the close</option>
              </select>
            )}
          </Field>
        </div>
        <Terms
          terms={account.terms}
          complaints={complaints}
          onChange={(terms) => onChange({ terms })}
        />
      </div>
    </Panel>
  );
}

function hintOf(part: (typeof AMOUNTS)[number]["part"], text: string): string {
  switch (part) {
    case "commission":
      return `per fill: ${formatPercent(Number(fractionOf(text)), 3)}; also as 0.1% or 10bp`;
    case "riskFree":
      return `per year: ${formatPercent(Number(fractionOf(text)), 2)}`;
    case "slippage":
      return "ticks against you";
    case "leverage":
      return "times the equity";
    default:
      return "in quote currency";
  }
}
