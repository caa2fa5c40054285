// Why something failed: the message first, the trace folded, all of it to copy.

import type { RunError } from "../gen/tradeforge/v1/types_pb";
import { Button } from "../ui/Button";
import { Icon } from "../ui/icons";
import { showNotice } from "../ui/notices";
import styles from "./RunErrorPanel.module.css";

interface Props {
  readonly title: string;
  readonly error: RunError;
}

export function RunErrorPanel({ title, error }: Props) {
  return (
    <section className={styles.error} role="alert" data-reason={error.reason}>
      <header className={styles.header}>
        <h2>{title}</h2>
        <CopyButton text={errorText(error)} what="error" />
      </header>
      <p className={styles.message}>{error.message}</p>
      <p className={styles.reason}>
        {error.reason}
        {Object.entries(error.metadata).map(([name, value]) => (
          <span key={name}>
            {" "}
            · {name} {value}
          </span>
        ))}
      </p>
      <StackTrace text={error.stackTrace} />
    </section>
  );
}

export function StackTrace({ text }: { readonly text: string }) {
  if (text === "") {
    return null;
  }
  return (
    <details className={styles.trace}>
      <summary>Stack trace</summary>
      <pre>{text}</pre>
    </details>
  );
}

export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => showNotice("good", `Copied the ${what}`),
      () => showNotice("bad", "The browser does not allow copying"),
    );
  return (
    <Button small look="quiet" aria-label={`Copy the ${what}`} onClick={() => void copy()}>
      <Icon name="copy" /> Copy
    </Button>
  );
}

function errorText({ reason, message, stackTrace }: RunError): string {
  return [`${reason}: ${message}`, stackTrace].filter((part) => part !== "").join("\n\n");
}
