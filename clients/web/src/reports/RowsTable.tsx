// A long table of which only the rows in view are in the document. Rows come in pages: the table
// says which row it would like to show, and shows dashes until it is there.

import { type ReactNode, useEffect, useRef, useState } from "react";
import { useShortcuts } from "../app/shortcuts";
import { DASH, formatCount } from "../format/number";
import { usePrinting } from "../ui/usePrinting";
import styles from "./RowsTable.module.css";
import { useRowsInView } from "./rowsInView";

export interface RowsColumn {
  readonly key: string;
  readonly title: ReactNode;
  /** As in a grid template. */
  readonly width: string;
  readonly isNumber?: boolean;
  readonly sorted?: "ascending" | "descending" | "none";
}

export interface RowCell {
  readonly content: ReactNode;
  readonly news?: "good" | "bad" | undefined;
}

interface Props {
  readonly label: string;
  readonly columns: readonly RowsColumn[];
  readonly total: number;
  /** The cells of a row; undefined while its page is on its way. */
  readonly cellsAt: (index: number) => readonly RowCell[] | undefined;
  /** Told the last row in view that is not here yet. */
  readonly onMissing: () => void;
}

/** In pixels, as the style has it. */
const ROW_HEIGHT = 30;
const ROWS_AROUND = 8;
/** On paper nothing can be scrolled, so all rows stand there, up to some hundred pages of them. */
const PRINTED_MAX = 5_000;

export function RowsTable({ label, columns, total, cellsAt, onMissing }: Props) {
  const scroller = useRef<HTMLElement>(null);
  const isPrinting = usePrinting();
  const [current, setCurrent] = useState(-1);
  const { first, end, show } = useRowsInView(scroller, {
    total,
    height: ROW_HEIGHT,
    around: isPrinting ? PRINTED_MAX : ROWS_AROUND,
  });
  const visible = Array.from({ length: end - first }, (_, at) => first + at);
  useShortcuts({
    j: () => move(1),
    k: () => move(-1),
    Enter: () => open(current),
  });
  const move = (by: number) => {
    const next = Math.min(total - 1, Math.max(0, current + by));
    setCurrent(next);
    show(next);
  };
  const open = (index: number) =>
    scroller.current
      ?.querySelector<HTMLElement>(`tr[aria-rowindex="${index + 2}"] :is(a, button)`)
      ?.click();
  const isMissing = visible.some((index) => cellsAt(index) === undefined);
  useEffect(() => {
    if (isMissing) {
      onMissing();
    }
  });
  const gridTemplateColumns = columns.map(({ width }) => width).join(" ");
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <section ref={scroller} className={styles.scroller} aria-label={label} tabIndex={0}>
      <table className={styles.table} aria-rowcount={total + 1} data-rows={total}>
        <caption className="visually-hidden">{label}</caption>
        <thead className={styles.block}>
          <tr className={styles.head} style={{ gridTemplateColumns }}>
            {columns.map(({ key, title, isNumber, sorted }) => (
              <th key={key} scope="col" data-number={isNumber} aria-sort={sorted}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className={styles.rows} style={{ height: total * ROW_HEIGHT }}>
          {visible.map((index) => {
            const cells = cellsAt(index);
            return (
              <tr
                key={index}
                data-current={index === current}
                className={styles.row}
                aria-rowindex={index + 2}
                style={{
                  gridTemplateColumns,
                  transform: `translateY(${index * ROW_HEIGHT}px)`,
                }}
              >
                {columns.map(({ key, isNumber }, at) => {
                  const cell = cells?.[at];
                  const waiting = at === 0 ? formatCount(index + 1) : DASH;
                  return (
                    <td key={key} data-number={isNumber} data-news={cell?.news}>
                      {cell ? cell.content : waiting}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
