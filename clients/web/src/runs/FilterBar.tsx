// Which runs are wanted: a text, chips of states and kinds, and the order.

import { useEffect, useState } from "react";
import { RunKind, type RunState } from "../gen/tradeforge/v1/types_pb";
import { STATES, stateLabel } from "../rpc/state";
import { Icon } from "../ui/icons";
import styles from "./FilterBar.module.css";
import type { RunFilters } from "./filters";

const TYPING_MS = 300;

interface Props {
  readonly filters: RunFilters;
  readonly onChange: (filters: RunFilters) => void;
}

export function FilterBar({ filters, onChange }: Props) {
  const toggle = (state: RunState) => {
    const states = filters.states.includes(state)
      ? filters.states.filter((other) => other !== state)
      : [...filters.states, state];
    onChange({ ...filters, states });
  };
  return (
    <search className={styles.bar}>
      <FilterText text={filters.text} onChange={(text) => onChange({ ...filters, text })} />
      <fieldset className={styles.chips}>
        <legend className="visually-hidden">State</legend>
        {STATES.map((state) => (
          <button
            key={state}
            type="button"
            className={styles.chip}
            aria-pressed={filters.states.includes(state)}
            onClick={() => toggle(state)}
          >
            {stateLabel({ state })}
          </button>
        ))}
      </fieldset>
      <div className={styles.selects}>
        <select
          aria-label="Kind"
          value={filters.kind ?? ""}
          onChange={({ target }) =>
            onChange({ ...filters, kind: target.value === "" ? undefined : Number(target.value) })
          }
        >
          <option value="">All kinds</option>
          <option value={RunKind.BACKTEST}>Backtests</option>
          <option value={RunKind.OPTIMIZATION}>Sweeps</option>
        </select>
        <select
          aria-label="Order"
          value={String(filters.isOldestFirst)}
          onChange={({ target }) =>
            onChange({ ...filters, isOldestFirst: target.value === "true" })
          }
        >
          <option value="false">Newest first</option>
          <option value="true">Oldest first</option>
        </select>
      </div>
    </search>
  );
}

/** Asks for what is typed once the typing pauses. */
function FilterText(props: { readonly text: string; readonly onChange: (text: string) => void }) {
  const { text, onChange } = props;
  const [typed, setTyped] = useState(text);
  useEffect(() => setTyped(text), [text]);
  useEffect(() => {
    if (typed === text) {
      return;
    }
    const timer = setTimeout(() => onChange(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, text, onChange]);
  return (
    <label className={styles.text}>
      <Icon name="search" />
      <span className="visually-hidden">Search runs</span>
      <input
        type="search"
        data-filter
        value={typed}
        placeholder="Search runs"
        title='Any part of a name, strategy, symbol, label or id; or as in: symbol = "BTC" AND timeframe = 1h'
        onChange={({ target }) => setTyped(target.value)}
        onKeyDown={({ key, currentTarget }) => key === "Escape" && currentTarget.blur()}
      />
      <kbd>/</kbd>
    </label>
  );
}
