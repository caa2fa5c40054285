// Failed trials, equal failures together: how many, why, and where to look.

import { Link } from "wouter";
import { formatCount } from "../format/number";
import { LinkButton } from "../ui/Button";
import { FailureMessage, Message } from "../ui/Message";
import { Panel } from "../ui/Panel";
import { trialAddress, trialsAddress } from "./addresses";
import styles from "./Failures.module.css";
import { useFailureGroups } from "./queries";
import { CopyButton, StackTrace } from "./RunErrorPanel";
import { Skeleton } from "./Skeleton";

interface Props {
  readonly runId: string;
  readonly version: string;
  readonly isLive: boolean;
}

export function Failures({ runId, version, isLive }: Props) {
  const { data: groups, error, refetch } = useFailureGroups(runId, version);
  if (error) {
    return <FailureMessage error={error} what="the failures" onRetry={refetch} />;
  }
  if (!groups) {
    return <Skeleton height={160} label="The failures are on their way" />;
  }
  if (groups.length === 0) {
    return (
      <Message
        name="no-failures"
        title={isLive ? "No trial has failed so far" : "No trial failed"}
      />
    );
  }
  const all = groups.reduce((sum, { count }) => sum + count, 0n);
  return (
    <Panel
      title={`${formatCount(all)} failed${groups.length > 1 ? `, for ${formatCount(groups.length)} reasons` : ""}`}
      aside={
        <LinkButton small href={trialsAddress(runId, "state = FAILED")}>
          Show these trials
        </LinkButton>
      }
    >
      <ul className={styles.groups}>
        {groups.map(({ reason, message, count, sampleTrialIndex, stackTrace }) => (
          <li key={`${reason} ${message}`} className={styles.group} data-failure={reason}>
            <header className={styles.header}>
              <strong className={styles.count}>{formatCount(count)} ×</strong>
              <span className={styles.message}>{message}</span>
              <CopyButton
                text={[`${reason}: ${message}`, stackTrace].filter(Boolean).join("\n\n")}
                what="failure"
              />
            </header>
            <p className={styles.facts}>
              <code>{reason}</code> · for example{" "}
              <Link href={trialAddress(runId, sampleTrialIndex)}>
                trial {formatCount(sampleTrialIndex)}
              </Link>
            </p>
            <StackTrace text={stackTrace} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
