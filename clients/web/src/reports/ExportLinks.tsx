import { EXPORT_FORMATS, exportAddress } from "./addresses";
import styles from "./ExportLinks.module.css";

const NAMES = { csv: "CSV", jsonl: "JSON Lines", parquet: "Parquet" } as const;

interface Props {
  readonly runId: string;
  readonly filter?: string;
  readonly order?: string;
}

/** Trials as a file, which the browser streams to disk: all, or those that a table shows. */
export function ExportLinks({ runId, ...table }: Props) {
  return (
    <span className={styles.links}>
      Export
      {EXPORT_FORMATS.map((format) => (
        <a key={format} href={exportAddress(runId, format, table)} download>
          {NAMES[format]}
        </a>
      ))}
    </span>
  );
}
