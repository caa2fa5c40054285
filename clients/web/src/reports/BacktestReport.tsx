import { formatCount } from "../format/number";
import type { Run, RunStatus } from "../gen/tradeforge/v1/types_pb";

interface Props {
  /** The run as it was submitted. */
  readonly run: Run;
  /** How it stands now; new ones come while it lives. */
  readonly status: RunStatus;
}

export default function BacktestReport({ status }: Props) {
  return <p>Processed {formatCount(status.progress?.completed)}</p>;
}
