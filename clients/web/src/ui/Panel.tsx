// A framed part of a page.

import { type ReactNode, useRef } from "react";
import { Button } from "./Button";
import styles from "./Panel.module.css";
import { savePicture } from "./savePicture";

interface Props {
  readonly title?: ReactNode;
  readonly aside?: ReactNode;
  /** Content goes up to the frame, as tables and charts do. */
  readonly flush?: boolean;
  /** Set where the content is drawn: the name of its picture as a file. */
  readonly picture?: string | undefined;
  readonly children: ReactNode;
}

export function Panel({ title, aside, flush = false, picture, children }: Props) {
  const part = useRef<HTMLElement>(null);
  return (
    <section ref={part} className={styles.panel}>
      {(title || aside) && (
        <header className={styles.header}>
          {title && <h2 className={styles.title}>{title}</h2>}
          {(aside || picture) && (
            <div className={styles.aside}>
              {aside}
              {picture && (
                <Button
                  small
                  look="quiet"
                  aria-label={`Save ${picture} as a picture`}
                  onClick={() => part.current && savePicture(part.current, picture)}
                >
                  PNG
                </Button>
              )}
            </div>
          )}
        </header>
      )}
      <div className={flush ? styles.flush : styles.body}>{children}</div>
    </section>
  );
}
