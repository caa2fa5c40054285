// The list as a table to work with: its columns, views that are come back to, and what is done to all
// runs that it finds.

import { useState } from "react";
import { useMetrics } from "../strategies/queries";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { NamedList } from "../ui/NamedList";
import { showNotice } from "../ui/notices";
import { AllFound } from "./AllFound";
import { type Column, columnsOf } from "./columns";
import { COLUMNS, COLUMNS_MAX, filtersOf, type RunFilters, searchOf } from "./filters";
import styles from "./RunsTools.module.css";
import { keepViews, savedViews, withView } from "./savedViews";

interface Props {
  readonly filters: RunFilters;
  readonly onChange: (filters: RunFilters) => void;
}

const MANAGE = "\u0000manage";

export default function RunsTools({ filters, onChange }: Props) {
  const [isOpen, setIsOpen] = useState<"columns" | "views" | "all">();
  const close = () => setIsOpen(undefined);
  const [views, setViews] = useState(savedViews);
  const current = searchOf(filters);
  const shown = views.find(({ search }) => search === current);
  const keep = (next: typeof views) => {
    setViews(next);
    if (!keepViews(next)) {
      showNotice("bad", "This browser keeps nothing; the view is there until the page is closed.");
    }
  };
  return (
    <>
      <select
        aria-label="View"
        value={shown?.name ?? ""}
        onChange={({ target }) => {
          const view = views.find(({ name }) => name === target.value);
          if (target.value === MANAGE) {
            setIsOpen("views");
          } else {
            onChange(filtersOf(new URLSearchParams(view?.search ?? "")));
          }
        }}
      >
        <option value="">{current === "" ? "All runs" : shown ? "All runs" : "View"}</option>
        {views.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
        <option value={MANAGE}>Save or remove…</option>
      </select>
      <Button onClick={() => setIsOpen("columns")}>Columns</Button>
      <Button title="Cancel or delete all runs that are found" onClick={() => setIsOpen("all")}>
        All found…
      </Button>
      <Dialog title="Columns" isOpen={isOpen === "columns"} onClose={close}>
        <Columns filters={filters} onChange={onChange} />
      </Dialog>
      <Dialog title="Views" isOpen={isOpen === "views"} onClose={close}>
        <NamedList
          field="view"
          action="Save view"
          hint="Filters, order and columns as they are now. Views are kept in this browser; to share one, share the address."
          initial={shown?.name ?? ""}
          names={views.map(({ name }) => name)}
          noun="view"
          onKeep={(name) => {
            keep(withView(views, { name, search: current }));
            close();
          }}
          onRemove={(name) => keep(views.filter((view) => view.name !== name))}
        />
      </Dialog>
      <AllFound filters={filters} isOpen={isOpen === "all"} onClose={close} />
    </>
  );
}

function Columns({ filters, onChange }: Props) {
  const all = columnsOf(useMetrics());
  const toggle = ({ name }: Column) => {
    const isShown = filters.columns.includes(name);
    const columns = isShown
      ? filters.columns.filter((it) => it !== name)
      : [...filters.columns, name];
    if (columns.length > COLUMNS_MAX) {
      showNotice("bad", `At most ${COLUMNS_MAX} columns can be shown.`);
    } else if (columns.length > 0) {
      onChange({ ...filters, columns });
    }
  };
  return (
    <>
      <div className={styles.columns}>
        {all.map((column) => (
          <label key={column.name}>
            <input
              type="checkbox"
              checked={filters.columns.includes(column.name)}
              onChange={() => toggle(column)}
            />
            {column.label}
          </label>
        ))}
      </div>
      <p>
        They stand in the order in which they were chosen; a title orders the list by its column.
      </p>
      <Button small onClick={() => onChange({ ...filters, columns: COLUMNS })}>
        The usual ones
      </Button>
    </>
  );
}
