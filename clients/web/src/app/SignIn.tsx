// Where a server asks who calls: a token for a session, which the browser keeps in a cookie that no
// script can read.

import { type FormEvent, useState } from "react";
import { signIn } from "../rpc/session";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { Page } from "../ui/Page";
import styles from "./SignIn.module.css";

export default function SignIn({ reason }: { readonly reason: string }) {
  const [token, setToken] = useState("");
  const [fault, setFault] = useState<string>();
  const [isBusy, setIsBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setIsBusy(true);
    const refusal = await signIn(token);
    if (refusal === undefined) {
      // Everything is asked for anew, by somebody else.
      location.reload();
      return;
    }
    setFault(refusal);
    setIsBusy(false);
  };
  return (
    <Page title="Sign in" subtitle={location.host}>
      <form className={styles.form} onSubmit={submit} data-sign-in={reason}>
        <Field
          name="token"
          label="Token"
          hint="An admin makes one with: tradeforge token add OWNER"
          faults={fault === undefined ? [] : [fault]}
        >
          {(control) => (
            <input
              {...control}
              type="password"
              autoComplete="current-password"
              spellCheck={false}
              value={token}
              onChange={(event) => setToken(event.target.value)}
              required
            />
          )}
        </Field>
        <Button type="submit" look="primary" disabled={isBusy || token.trim() === ""}>
          Sign in
        </Button>
      </form>
    </Page>
  );
}
