// Returns by month, year, weekday and hour, and the ten deepest drawdowns: from every point of the
// equity curve, as the server exports it.

import { type CSSProperties, useState } from "react";
import { usePreferences, type Zone } from "../app/preferences";
import { DASH, formatCount, formatPercent } from "../format/number";
import { formatMillis } from "../format/time";
import { Button } from "../ui/Button";
import { FailureMessage } from "../ui/Message";
import { Panel } from "../ui/Panel";
import styles from "./CalendarPanel.module.css";
import type { Drawdown, EquityStatistics } from "./equityStatistics";
import type { Subject } from "./queries";
import { Skeleton } from "./Skeleton";
import { useStatistics } from "./useStatistics";

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const WEEKDAYS = "Mon Tue Wed Thu Fri Sat Sun".split(" ");

export function CalendarPanel({ subject }: { readonly subject: Subject }) {
  const { zone } = usePreferences();
  const [isAsked, setAsked] = useState(false);
  const { data, error, refetch, total, isWanted } = useStatistics(subject, zone, isAsked);
  if (error) {
    return <FailureMessage error={error} what="the returns by month" onRetry={refetch} />;
  }
  return (
    <Panel title="Returns by month" aside={<span>{zone === "utc" ? "UTC" : "Local time"}</span>}>
      {data ? (
        <Outcome statistics={data} zone={zone} />
      ) : total !== undefined && !isWanted ? (
        <Button onClick={() => setAsked(true)}>Compute from {formatCount(total)} points</Button>
      ) : (
        <Skeleton height={160} label="The returns by month are on their way" />
      )}
    </Panel>
  );
}

interface OutcomeProps {
  readonly statistics: EquityStatistics;
  readonly zone: Zone;
}

function Outcome({ statistics, zone }: OutcomeProps) {
  const years = statistics.years();
  const most = Math.max(...years.flatMap(({ months }) => months.map((it) => Math.abs(it ?? 0))));
  return (
    <div className={styles.panel}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys */}
      <section className={styles.scroller} aria-label="Returns by month and year" tabIndex={0}>
        <table className={styles.months} data-calendar="months">
          <thead>
            <tr>
              <th scope="col">Year</th>
              {MONTHS.map((month) => (
                <th key={month} scope="col">
                  {month}
                </th>
              ))}
              <th scope="col">Year</th>
            </tr>
          </thead>
          <tbody>
            {years.map(({ year, months, whole }) => (
              <tr key={year} data-year={year}>
                <th scope="row">{year}</th>
                {MONTHS.map((month, at) => (
                  <Cell key={month} value={months[at]} most={most} />
                ))}
                <Cell value={whole} most={0} />
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <div className={styles.columns}>
        <Bars title="By weekday" names={WEEKDAYS} values={mondayFirst(statistics.weekdays())} />
        <Bars
          title="By hour"
          names={Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0"))}
          values={statistics.hours()}
        />
      </div>
      <Drawdowns drawdowns={statistics.drawdowns()} zone={zone} />
    </div>
  );
}

function mondayFirst<Value>([sunday, ...others]: readonly Value[]): Value[] {
  return sunday === undefined && others.length === 0 ? [] : [...others, sunday as Value];
}

/** A return on a ground that is the stronger the larger it is, compared with the largest. */
function Cell({ value, most }: { readonly value: number | undefined; readonly most: number }) {
  const share = value === undefined || most === 0 ? 0 : Math.abs(value) / most;
  return (
    <td
      data-news={value === undefined || value === 0 ? undefined : value > 0 ? "good" : "bad"}
      style={{ "--share": `${Math.round(45 * Math.sqrt(share))}%` } as CSSProperties}
    >
      {formatPercent(value)}
    </td>
  );
}

interface BarsProps {
  readonly title: string;
  readonly names: readonly string[];
  readonly values: readonly (number | undefined)[];
}

function Bars({ title, names, values }: BarsProps) {
  const most = Math.max(...values.map((value) => Math.abs(value ?? 0)), 1e-12);
  const rows = names.flatMap((name, at) => (values[at] === undefined ? [] : [{ name, at }]));
  return (
    <section data-calendar={title}>
      <h3>{title}</h3>
      <table className={styles.bars}>
        <caption className="visually-hidden">
          {title}: what the bars that end then come to together
        </caption>
        <tbody>
          {rows.map(({ name, at }) => {
            const value = values[at] ?? 0;
            return (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td className={styles.track}>
                  <i
                    data-news={value >= 0 ? "good" : "bad"}
                    style={{ width: `${(100 * Math.abs(value)) / most}%` }}
                  />
                </td>
                <td>{formatPercent(value)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

interface DrawdownsProps {
  readonly drawdowns: readonly Drawdown[];
  readonly zone: Zone;
}

function Drawdowns({ drawdowns, zone }: DrawdownsProps) {
  const day = (ms: number | undefined) =>
    ms === undefined ? DASH : formatMillis(ms, zone).slice(0, 16);
  const days = (from: number, to: number) => formatCount(Math.round((to - from) / 86_400_000));
  if (drawdowns.length === 0) {
    return null;
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <section className={styles.scroller} aria-label="The deepest drawdowns" tabIndex={0}>
      <h3>The deepest drawdowns</h3>
      <table className={styles.drawdowns} data-calendar="drawdowns">
        <thead>
          <tr>
            {["Depth", "Peak", "Lowest", "Recovered", "Days down", "Days in all"].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {drawdowns.map(({ peakMs, troughMs, recoveredMs, depth }) => (
            <tr key={peakMs}>
              <td>{formatPercent(depth, 2)}</td>
              <td>{day(peakMs)}</td>
              <td>{day(troughMs)}</td>
              <td>{recoveredMs === undefined ? "not yet" : day(recoveredMs)}</td>
              <td>{days(peakMs, troughMs)}</td>
              <td>{recoveredMs === undefined ? DASH : days(peakMs, recoveredMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
