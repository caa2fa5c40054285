// What a result hangs on: equal keys are equal results, to the bit.

import { type Run, RunState, type RunStatus } from "../gen/tradeforge/v1/types_pb";
import { formatSubscription, subscriptionsOf } from "../runs/describe";
import styles from "./Provenance.module.css";
import { Verify } from "./Verify";

export function Provenance({ run, status }: { readonly run: Run; readonly status: RunStatus }) {
  const result = status.result.value?.resultSha256;
  return (
    <footer className={styles.provenance}>
      <Fact name="Run key" hash={run.runKey} />
      {subscriptionsOf(run).map((it) => (
        <Fact key={formatSubscription(it)} name={formatSubscription(it)} hash={it.dataSha256} />
      ))}
      {result && <Fact name="Result" hash={result} />}
      <span>Engine {run.engineVersion}</span>
      {result && status.state === RunState.COMPLETED && <Verify run={run} result={result} />}
    </footer>
  );
}

function Fact({ name, hash }: { readonly name: string; readonly hash: string }) {
  return (
    <span title={hash}>
      {name} <code>{hash.slice(0, 12)}</code>
    </span>
  );
}
