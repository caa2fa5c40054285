// What an import stored, or would store, and how its file was read.

import { formatCount } from "../format/number";
import { formatBorder } from "../format/time";
import type { BarPreview, Series } from "../gen/tradeforge/v1/market_data_service_pb";
import { LinkButton } from "../ui/Button";
import styles from "./DataPage.module.css";
import { ImportPreview } from "./ImportPreview";
import { seriesName } from "./queries";

interface Props {
  readonly outcome: {
    readonly series?: Series | undefined;
    readonly created: boolean;
    readonly rowsRead: bigint;
    readonly warnings: readonly string[];
    readonly understood?: readonly string[];
    readonly preview?: BarPreview | undefined;
  };
  /** Whether it was only looked at. */
  readonly isChecked?: boolean;
}

export function ImportOutcome({ outcome, isChecked = false }: Props) {
  const { series, created, rowsRead, warnings, understood = [], preview } = outcome;
  if (!series) {
    return null;
  }
  return (
    <div className={styles.outcome} role="status">
      <div className={styles.row}>
        <strong>{seriesName(series)}</strong>
        <span>
          {created
            ? `${formatCount(rowsRead)} ${rowsRead === 1n ? "bar" : "bars"} read; ${formatCount(series.barCount)} ${isChecked ? "would be stored" : "stored"}, ${formatBorder(series.firstBarTime, "utc")} to ${formatBorder(series.endTime, "utc")}.`
            : "Every one of these bars was stored already."}
        </span>
        {!isChecked && (
          <LinkButton href={`/new?series=${series.dataSha256}`} small>
            New run on these
          </LinkButton>
        )}
      </div>
      {understood.map((line) => (
        <p key={line}>Understood: {line}</p>
      ))}
      {warnings.map((warning) => (
        <p key={warning}>{warning}</p>
      ))}
      {preview && (
        <ImportPreview
          preview={preview}
          barCount={series.barCount}
          symbol={series.spec?.symbol ?? ""}
        />
      )}
    </div>
  );
}
