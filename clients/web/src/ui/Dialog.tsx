// A question or a notice above the page. The browser's own dialog keeps the focus in and Escape out.

import { type ReactNode, useEffect, useId, useRef } from "react";
import { Button, type ButtonLook } from "./Button";
import styles from "./Dialog.module.css";

interface DialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Dialog({ title, isOpen, onClose, actions, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    if (isOpen) {
      element.current?.showModal();
    } else {
      element.current?.close();
    }
  }, [isOpen]);
  return (
    <dialog ref={element} className={styles.dialog} aria-labelledby={titleId} onClose={onClose}>
      {isOpen && (
        <>
          <h2 id={titleId}>{title}</h2>
          <div className={styles.body}>{children}</div>
          <div className={styles.actions}>
            {actions}
            <Button onClick={onClose}>Close</Button>
          </div>
        </>
      )}
    </dialog>
  );
}

interface ConfirmProps extends Omit<DialogProps, "actions"> {
  /** What will be done, as a verb. */
  readonly verb: string;
  readonly look?: ButtonLook;
  readonly isBusy?: boolean;
  readonly onConfirm: () => void;
}

export function Confirm({ verb, look = "danger", isBusy, onConfirm, ...dialog }: ConfirmProps) {
  const action = (
    <Button look={look} disabled={isBusy} onClick={onConfirm}>
      {verb}
    </Button>
  );
  return <Dialog {...dialog} actions={action} />;
}
