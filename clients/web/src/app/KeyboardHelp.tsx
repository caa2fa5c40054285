import { Fragment } from "react";
import { Dialog } from "../ui/Dialog";
import styles from "./KeyboardHelp.module.css";

const KEYS: readonly (readonly [keys: string, meaning: string])[] = [
  ["/", "Filter the list"],
  ["n", "New run"],
  ["j k", "Next and previous row, of runs, trials and trades"],
  ["Enter", "Open the row"],
  ["x", "Select the row"],
  ["s", "Star the row, or take its star away"],
  ["c", "Compare the selected runs"],
  ["Esc", "Clear the selection, close what is open"],
  ["← ↑ → ↓", "Move over the heat map"],
  ["?", "This list"],
];

interface Props {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export default function KeyboardHelp(props: Props) {
  return (
    <Dialog title="Keyboard" {...props}>
      <dl className={styles.keys}>
        {KEYS.map(([keys, meaning]) => (
          <Fragment key={keys}>
            <dt>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </Fragment>
        ))}
      </dl>
    </Dialog>
  );
}
