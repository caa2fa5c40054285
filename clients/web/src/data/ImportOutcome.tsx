// What an import stored.

import { formatCount } from "../format/number";
import { formatBorder } from "../format/time";
import type { Series } from "../gen/tradeforge/v1/market_data_service_pb";
import { LinkButton } from "../ui/Button";
import styles from "./DataPage.module.css";
import { seriesName } from "./queries";

interface Props {
  readonly outcome: {
    readonly series?: Series | undefined;
    readonly created: boolean;
    readonly rowsRead: bigint;
    readonly warnings: readonly string[];
  };
}

export function ImportOutcome({ outcome }: Props) {
  const { series, created, rowsRead, warnings } = outcome;
  if (!series) {
    return null;
  }
  return (
    <div className={styles.outcome} role="status">
      <div className={styles.row}>
        <strong>{seriesName(series)}</strong>
        <span>
          {created
            ? `${formatCount(rowsRead)} bars read; ${formatCount(series.barCount)} stored, ${formatBorder(series.firstBarTime, "utc")} to ${formatBorder(series.endTime, "utc")}.`
            : "Every one of these bars was stored already."}
        </span>
        <LinkButton href={`/new?series=${series.dataSha256}`} small>
          New run on these
        </LinkButton>
      </div>
      {warnings.map((warning) => (
        <p key={warning}>{warning}</p>
      ))}
    </div>
  );
}
