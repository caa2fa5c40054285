// Exits, limits and further costs of the account: a path and what it is given, a row each.

import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { Icon } from "../ui/icons";
import type { Complaints } from "./fields";
import styles from "./SubmitPage.module.css";
import { PATHS, type TermField } from "./terms";

interface Props {
  readonly terms: readonly TermField[];
  readonly complaints: Complaints;
  readonly onChange: (terms: readonly TermField[]) => void;
}

export function Terms({ terms, complaints, onChange }: Props) {
  const set = (index: number, change: Partial<TermField>) =>
    onChange(terms.map((term, place) => (place === index ? { ...term, ...change } : term)));
  return (
    <div className={styles.group}>
      <h3>Exits, limits and further costs</h3>
      {terms.map((term, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row has no other name
        <div key={index} className={styles.term}>
          <Field
            name={`terms.${index}`}
            label={`Term ${index + 1}`}
            isLabelHidden
            faults={complaints.get(`terms.${index}`)}
          >
            {(control) => (
              <input
                {...control}
                list="account-paths"
                autoComplete="off"
                spellCheck={false}
                value={term.path}
                onChange={({ target }) => set(index, { path: target.value })}
              />
            )}
          </Field>
          <Field name={`terms.${index}.text`} label={`Value of term ${index + 1}`} isLabelHidden>
            {(control) => (
              <input
                {...control}
                placeholder="2%, or 1%..5%:1% to sweep"
                autoComplete="off"
                value={term.text}
                onChange={({ target }) => set(index, { text: target.value })}
              />
            )}
          </Field>
          <Button
            look="quiet"
            small
            aria-label={`Remove term ${index + 1}`}
            onClick={() => onChange(terms.filter((_, place) => place !== index))}
          >
            <Icon name="close" />
          </Button>
        </div>
      ))}
      <datalist id="account-paths">
        {PATHS.map((path) => (
          <option key={path} value={path} />
        ))}
      </datalist>
      <div>
        <Button
          small
          onClick={() => onChange([...terms, { path: "exits.stop_loss.percent", text: "2%" }])}
        >
          <Icon name="plus" /> Term
        </Button>
      </div>
    </div>
  );
}
