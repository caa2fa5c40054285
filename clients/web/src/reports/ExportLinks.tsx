import { EXPORT_FORMATS, exportAddress } from "./addresses";
import styles from "./ExportLinks.module.css";

const NAMES = { csv: "CSV", jsonl: "JSON Lines", parquet: "Parquet" } as const;

/** All trials as a file, which the browser streams to disk. */
export function ExportLinks({ runId }: { readonly runId: string }) {
  return (
    <span className={styles.links}>
      Export
      {EXPORT_FORMATS.map((format) => (
        <a key={format} href={exportAddress(runId, format)} download>
          {NAMES[format]}
        </a>
      ))}
    </span>
  );
}
