// The first and the last lines of a file that is text, so that one sees what is about to be sent.

import { useEffect, useState } from "react";
import styles from "./DataPage.module.css";

const LINES = 4;
const BYTES = 4096;

export function FileLines({ file }: { readonly file: File }) {
  const [lines, setLines] = useState<readonly string[]>([]);
  useEffect(() => {
    let isWanted = true;
    const parts = [file.slice(0, BYTES), file.slice(Math.max(0, file.size - BYTES))];
    Promise.all(parts.map((part) => part.text())).then(([head = "", tail = ""]) => {
      if (isWanted) {
        setLines(ends(head, tail, file.size <= BYTES));
      }
    });
    return () => {
      isWanted = false;
    };
  }, [file]);
  return lines.length > 0 && <pre className={styles.lines}>{lines.join("\n")}</pre>;
}

/** The first and the last lines; none of what is no text. */
export function ends(head: string, tail: string, isWhole: boolean): readonly string[] {
  if (/[\0\ufffd]/.test(head)) {
    return [];
  }
  const first = head.split(/\r?\n/);
  if (isWhole && first.length <= 2 * LINES + 1) {
    return first;
  }
  const last = tail.trimEnd().split(/\r?\n/);
  return [...first.slice(0, LINES), "…", ...last.slice(-LINES)];
}
