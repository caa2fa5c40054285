// Lines over time in a panel of their own: what holds their place until they are here, and what is
// said if they can not be had.

import type { ReactNode } from "react";
import { LineChart, type Pane } from "../charts/LineChart";
import { FailureMessage } from "../ui/Message";
import { Panel } from "../ui/Panel";
import { Skeleton } from "./Skeleton";

interface Drawn {
  /** Seconds since 1970 UTC. */
  readonly times: readonly number[];
  readonly panes: readonly Pane[];
}

interface Props {
  readonly title: string;
  /** The beginning of a saved picture's name. */
  readonly picture: string;
  readonly aside?: ReactNode;
  /** What the lines are, for those who do not see them. */
  readonly label: string;
  /** As in `the weights`. */
  readonly what: string;
  /** Undefined while it is on its way. */
  readonly drawn: Drawn | undefined;
  readonly error?: unknown;
  readonly onRetry?: () => unknown;
  /** About how tall it will be. */
  readonly height?: number;
}

export function LinesPanel(props: Props) {
  const { title, picture, aside, label, what, drawn, error, onRetry, height = 260 } = props;
  return (
    <Panel title={title} picture={picture} aside={aside} flush>
      {error ? (
        <FailureMessage error={error} what={what} {...(onRetry && { onRetry })} />
      ) : drawn ? (
        <LineChart label={label} times={drawn.times} panes={drawn.panes} />
      ) : (
        <Skeleton
          height={height}
          label={`${what.charAt(0).toUpperCase()}${what.slice(1)} are on their way`}
        />
      )}
    </Panel>
  );
}
