// Sharpe ratio and volatility over a window of days that moves along.

import { useMemo, useState } from "react";
import type { Pane } from "../charts/LineChart";
import { formatCount, formatDecimal, formatPercent } from "../format/number";
import { Select } from "../ui/Select";
import { LinesPanel } from "./LinesPanel";
import type { Subject } from "./queries";
import { dailyReturns, daysPerYearOf, rollingOf } from "./rolling";
import { useStatistics } from "./useStatistics";

const WINDOWS = [21, 63, 126, 252] as const;

interface Props {
  readonly subject: Subject;
  readonly metrics: Readonly<Record<string, number>>;
  /** Per year. */
  readonly riskFree: number;
}

export function RollingPanel({ subject, metrics, riskFree }: Props) {
  const [chosen, setChosen] = useState<number>(63);
  const { data } = useStatistics(subject, "utc", false);
  const daily = useMemo(
    () => data && dailyReturns(data.days(), metrics["return_days"]),
    [data, metrics],
  );
  const count = daily?.returns.length ?? 0;
  const window = chosen === 0 ? count : chosen;
  const drawn = useMemo(() => {
    if (!daily || count < 2) {
      return undefined;
    }
    const year = daysPerYearOf(daily.returns, metrics["volatility"]);
    const { sharpe, volatility } = rollingOf(daily.returns, window, year, riskFree);
    const panes: Pane[] = [
      {
        height: 180,
        format: (value) => formatDecimal(value, 2),
        lines: [{ label: "Rolling Sharpe", color: "--color-equity", values: sharpe }],
      },
      {
        height: 120,
        format: (value) => formatPercent(value, 2),
        lines: [{ label: "Rolling volatility", color: "--color-drawdown", values: volatility }],
      },
    ];
    // A day's figure stands at its end.
    return { times: daily.days.map((day) => (day + 1) * 86_400), panes };
  }, [daily, count, window, metrics, riskFree]);
  if (!drawn) {
    return null;
  }
  const offered = WINDOWS.filter((days) => days < count);
  return (
    <LinesPanel
      title="Rolling figures"
      picture="Rolling figures"
      aside={
        <Select
          label="Window"
          value={window >= count ? 0 : window}
          onChange={(days) => setChosen(Number(days))}
        >
          {offered.map((days) => (
            <option key={days} value={days}>
              {days} days
            </option>
          ))}
          <option value={0}>all {formatCount(count)} days</option>
        </Select>
      }
      label="Rolling Sharpe ratio and volatility"
      what="the rolling figures"
      drawn={drawn}
    />
  );
}
