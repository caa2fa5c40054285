// Which runs are wanted: a text, chips of states and kinds, and the order.

import { useEffect, useState } from "react";
import { loadedLater } from "../app/loadedLater";
import { RunKind, type RunState } from "../gen/tradeforge/v1/types_pb";
import { STATES, stateLabel } from "../rpc/state";
import { Icon } from "../ui/icons";
import styles from "./FilterBar.module.css";
import type { RunFilters } from "./filters";

// Columns, views and what is done to all that are found: wanted once the list is there.
const RunsTools = loadedLater(() => import("./RunsTools"));

/** No longer than between two keys of who types fast: an answer that is overtaken is called off. */
const TYPING_MS = 40;

/** Those that the server reads along an index. */
const ORDERS: Readonly<Record<string, string>> = {
  "": "Newest first",
  create_time: "Oldest first",
  "-sharpe": "Best Sharpe ratio",
  "-total_return": "Best total return",
  "-net_profit": "Best net profit",
  max_drawdown: "Least drawdown",
};

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
        <button
          type="button"
          className={styles.chip}
          aria-pressed={filters.isStarred}
          onClick={() => onChange({ ...filters, isStarred: !filters.isStarred })}
        >
          Starred
        </button>
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
          <option value={RunKind.WALK_FORWARD}>Walk-forwards</option>
          <option value={RunKind.VALIDATION}>Validations</option>
          <option value={RunKind.ROBUSTNESS}>Robustness</option>
        </select>
        <select
          aria-label="Order"
          value={filters.order}
          onChange={({ target }) => onChange({ ...filters, order: target.value })}
        >
          {Object.entries(ORDERS).map(([order, label]) => (
            <option key={order} value={order}>
              {label}
            </option>
          ))}
          {ORDERS[filters.order] === undefined && (
            <option value={filters.order}>{filters.order.replaceAll("_", " ")}</option>
          )}
        </select>
        <RunsTools filters={filters} onChange={onChange} />
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
