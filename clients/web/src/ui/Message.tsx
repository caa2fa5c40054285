// What stands where content would: nothing there yet, or something that went wrong.

import type { ReactNode } from "react";
import { failureOf } from "../rpc/failure";
import { Button } from "./Button";
import styles from "./Message.module.css";

interface MessageProps {
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
  readonly look?: "quiet" | "bad";
  /** For tests and for styles: which state this is. */
  readonly name?: string;
}

export function Message({ title, children, actions, look = "quiet", name }: MessageProps) {
  return (
    <section
      className={`${styles.message} ${styles[look]}`}
      role={look === "bad" ? "alert" : undefined}
      data-message={name}
    >
      <h2>{title}</h2>
      {children && <div className={styles.text}>{children}</div>}
      {actions && <div className={styles.actions}>{actions}</div>}
    </section>
  );
}

interface FailureProps {
  readonly error: unknown;
  /** What was wanted, as in `the runs`. */
  readonly what: string;
  readonly onRetry?: () => void;
}

/** A call that failed: what happened, and what can be done. */
export function FailureMessage({ error, what, onRetry }: FailureProps) {
  const failure = failureOf(error);
  const retry = onRetry && <Button onClick={onRetry}>Try again</Button>;
  if (failure.kind === "unreachable") {
    return (
      <Message name="unreachable" look="bad" title="The server does not answer" actions={retry}>
        <p>
          Is it running? Start it with <code>tradeforge serve</code>. This page goes on by itself as
          soon as it answers, and so do runs that were cut off.
        </p>
      </Message>
    );
  }
  return (
    <Message name={failure.kind} look="bad" title={`Could not load ${what}`} actions={retry}>
      <p>{failure.message}</p>
      {failure.fields.map(({ field, description }) => (
        <p key={field + description}>
          <code>{field}</code>: {description}
        </p>
      ))}
      {failure.reason && <p className={styles.reason}>{failure.reason}</p>}
    </Message>
  );
}
