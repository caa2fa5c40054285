// How much of the best of a search is luck: the sentence first, then the figures behind it.

import { Link } from "wouter";
import { formatCount, formatDecimal } from "../format/number";
import {
  type PathSummary,
  type Run,
  RunState,
  type RunStatus,
  type ValidationResult,
} from "../gen/tradeforge/v1/types_pb";
import { Panel } from "../ui/Panel";
import { trialAddress } from "./addresses";
import { LiveProgress } from "./LiveProgress";
import { LuckCharts } from "./LuckCharts";
import styles from "./MetricsPanel.module.css";
import { Provenance } from "./Provenance";
import { RunErrorPanel } from "./RunErrorPanel";

interface Props {
  readonly run: Run;
  readonly status: RunStatus;
}

export default function ValidationReport({ run, status }: Props) {
  const subject = run.spec.case === "validation" ? run.spec.value.runId : "";
  return (
    <>
      {status.state === RunState.FAILED && status.error && (
        <RunErrorPanel title="The validation failed" error={status.error} />
      )}
      {status.result.case === "validation" && (
        <>
          <Findings result={status.result.value} subject={subject} />
          <LuckCharts runId={run.runId} />
        </>
      )}
      <LiveProgress status={status} />
      <Provenance run={run} status={status} />
    </>
  );
}

function Findings(props: { readonly result: ValidationResult; readonly subject: string }) {
  const { result, subject } = props;
  const best = result.bestTrialIndex;
  return (
    <Panel title={result.sentence}>
      <p>
        Judged: <Link href={`/runs/${subject}`}>the search</Link> and its{" "}
        <Link href={trialAddress(subject, best)}>best trial</Link>, by{" "}
        {formatCount(result.trialCount)} trials over {formatCount(result.days)} days;{" "}
        {formatCount(result.leftOutCount)} left out.
      </p>
      <dl className={`${styles.list} ${styles.columns}`} data-panel="validation">
        {figuresOf(result).map(([name, description, value]) => (
          <div key={name} title={description} data-figure={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

/** What choosing the best of other days brought, where that was asked. */
function pathFigures(
  paths: PathSummary | undefined,
): readonly (readonly [string, string, string])[] {
  if (!paths) {
    return [];
  }
  const ratio = (place: number) => formatDecimal(paths.quantiles[place], 3);
  const made = `${formatCount(paths.pathCount)} of ${formatCount(paths.splitCount)} choices`;
  return [
    ["Paths through groups", "Ways through all days, each group chosen for by other days", made],
    ["Middle path, ratio a day", "Half of the paths have no more", ratio(3)],
    ["Least path", "The ratio a day of the worst way", ratio(0)],
    ["Greatest path", "The ratio a day of the best way", ratio(6)],
    [
      "Paths that lose",
      "Share of them with a ratio below 0",
      formatDecimal(paths.shareBelowZero, 3),
    ],
  ];
}

/** What is told: the name, what it is, the value. */
function figuresOf(result: ValidationResult): readonly (readonly [string, string, string])[] {
  const share = (value: number | undefined) => formatDecimal(value, 3);
  const count = (value: number | undefined) => formatDecimal(value, 0);
  return [
    ...pathFigures(result.paths),
    [
      "p, best of all (SPA)",
      "Share of searches by luck whose best looks as good",
      share(result.spaP),
    ],
    ["Lower bound", "Trials that lose count for nothing", share(result.spaPLower)],
    ["Upper bound", "Every trial counts as if its true mean were 0", share(result.spaPUpper)],
    ["p, reality check", "White's; a noisy trial can hide a good one", share(result.realityCheckP)],
    [
      "p, bars in other orders",
      "Share of searches over the bars in another order whose best is as good",
      share(result.permutationP),
    ],
    [
      "Overfitting (PBO)",
      "The best of half the days is among the worse of the rest",
      share(result.pbo),
    ],
    [
      "Loss in the other half",
      "The best of half the days loses there",
      share(result.probabilityOfLoss),
    ],
    ["PSR 2012", "The best trial's ratio is above 0, tried alone", share(result.psr2012)],
    ["PSR 2026", "The same, with returns that follow from the day before", share(result.psr2026)],
    ["DSR 2014", "It is above the best of so many independent tries", share(result.dsr2014)],
    [
      "Independent trials",
      "So many would have a best as good as luck gives",
      formatDecimal(result.impliedTrials, 1),
    ],
    ["Days to be 95 % sure", "Least length of a track record", count(result.minTrackRecordDays)],
    [
      "Days of noise with it",
      "Of which the best of as many tries has that ratio",
      count(result.minBacktestDays),
    ],
    [
      "Survivors (BH)",
      "Trials, if one in twenty of them may be false",
      formatCount(result.discoveriesBh),
    ],
    [
      "Survivors (BY)",
      "The same, however trials depend on each other",
      formatCount(result.discoveriesBy),
    ],
    [
      "Survivors (Bonferroni)",
      "Trials, if none of them shall be false",
      formatCount(result.discoveriesBonferroni),
    ],
    ["Survivors (Holm)", "The same step by step", formatCount(result.discoveriesHolm)],
    [
      "Tried ever",
      "Configurations on the instrument, over all runs",
      formatCount(result.triedEver),
    ],
    [
      "DSR, implied trials",
      "Above the best of as many independent ones as the trials are worth",
      share(result.dsrImplied),
    ],
    ["DSR over all tries", "Above the best of so many independent ones", share(result.dsrEver)],
    [
      "Survivors (StepM)",
      "Of the best twenty, adjusted for all",
      formatCount(result.discoveriesStepm),
    ],
  ];
}
