// Failed trials, equal failures together: how many, why, and where to look.

import { useState } from "react";
import { Link, useLocation } from "wouter";
import { formatCount } from "../format/number";
import { formatParams } from "../format/value";
import type { FailureGroup, Run } from "../gen/tradeforge/v1/types_pb";
import { useContinue } from "../runs/actions";
import { Button, LinkButton } from "../ui/Button";
import { FailureMessage, Message } from "../ui/Message";
import { Panel } from "../ui/Panel";
import { trialAddress, trialsAddress } from "./addresses";
import styles from "./Failures.module.css";
import { useFailedTrials, useFailureGroups } from "./queries";
import { CopyButton, StackTrace } from "./RunErrorPanel";
import { Skeleton } from "./Skeleton";

const TRIALS_SHOWN = 60;

interface Props {
  readonly run: Run;
  readonly isLive: boolean;
}

export function Failures({ run, isLive }: Props) {
  const { runId } = run;
  const [, navigate] = useLocation();
  const goOn = useContinue((next) => navigate(`/runs/${next}`));
  const { data: groups, error, refetch } = useFailureGroups(runId, isLive);
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
        <>
          <LinkButton small href={trialsAddress(runId, "state = FAILED")}>
            Show these trials
          </LinkButton>
          {!isLive && (
            <Button
              small
              disabled={goOn.isPending}
              title="As a run of its own, which takes over all others"
              onClick={() => goOn.mutate({ run, retryFailed: true })}
            >
              Compute them again
            </Button>
          )}
        </>
      }
    >
      <ul className={styles.groups}>
        {groups.map((group) => (
          <Group
            key={`${group.reason} ${group.message}`}
            runId={runId}
            isLive={isLive}
            group={group}
          />
        ))}
      </ul>
    </Panel>
  );
}

interface GroupProps {
  readonly runId: string;
  readonly isLive: boolean;
  readonly group: FailureGroup;
}

function Group({ runId, isLive, group }: GroupProps) {
  const { reason, message, count, sampleTrialIndex, stackTrace } = group;
  const [isOpen, setOpen] = useState(false);
  return (
    <li className={styles.group} data-failure={reason}>
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
      <details className={styles.trials} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>Its trials</summary>
        {isOpen && <GroupTrials runId={runId} isLive={isLive} group={group} />}
      </details>
    </li>
  );
}

function GroupTrials({ runId, isLive, group }: GroupProps) {
  const { data, error, refetch } = useFailedTrials(runId, isLive);
  if (error) {
    return <FailureMessage error={error} what="the trials" onRetry={refetch} />;
  }
  const own = data?.filter(
    (trial) => trial.error?.reason === group.reason && trial.error.message === group.message,
  );
  const hidden = own ? Number(group.count) - Math.min(own.length, TRIALS_SHOWN) : 0;
  return (
    <div className={styles.links}>
      {own?.slice(0, TRIALS_SHOWN).map(({ trialIndex, params }) => (
        <Link key={trialIndex} href={trialAddress(runId, trialIndex)}>
          {formatCount(trialIndex)} <small>{formatParams(params)}</small>
        </Link>
      ))}
      {hidden > 0 && <span>and {formatCount(hidden)} more</span>}
    </div>
  );
}
