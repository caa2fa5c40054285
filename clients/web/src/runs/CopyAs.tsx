// What would submit the same run from elsewhere, to copy.

import { useState } from "react";
import type { Run } from "../gen/tradeforge/v1/types_pb";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Icon } from "../ui/icons";
import { showNotice } from "../ui/notices";
import styles from "./CopyAs.module.css";
import { asCommand, asGrpcurl, asJson, asPython } from "./copyAs";

const WAYS = [
  { name: "CLI", text: (run: Run) => asCommand(run, location.origin) },
  { name: "Python", text: (run: Run) => asPython(run, location.host) },
  { name: "grpcurl", text: (run: Run) => asGrpcurl(run, location.host) },
  { name: "JSON", text: asJson },
] as const;

export function CopyAs({ run }: { readonly run: Run }) {
  const [isOpen, setIsOpen] = useState(false);
  const [way, setWay] = useState<(typeof WAYS)[number]>(WAYS[0]);
  const text = isOpen ? way.text(run) : "";
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      showNotice("good", `Copied as ${way.name}.`);
      setIsOpen(false);
    } catch {
      showNotice("bad", "This browser does not let a page copy; the text can be selected.");
    }
  };
  return (
    <>
      <Button onClick={() => setIsOpen(true)}>
        <Icon name="copy" /> Copy as
      </Button>
      <Dialog
        title="The same run from elsewhere"
        isOpen={isOpen}
        onClose={() => setIsOpen(false)}
        actions={
          <Button look="primary" onClick={copy}>
            Copy
          </Button>
        }
      >
        <div className={styles.ways} role="tablist" aria-label="Format">
          {WAYS.map((each) => (
            <button
              key={each.name}
              type="button"
              role="tab"
              className={styles.way}
              aria-selected={each === way}
              onClick={() => setWay(each)}
            >
              {each.name}
            </button>
          ))}
        </div>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
        <pre className={styles.text} tabIndex={0}>
          {text}
        </pre>
      </Dialog>
    </>
  );
}
