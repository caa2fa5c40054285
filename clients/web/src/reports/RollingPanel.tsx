// Sharpe ratio, volatility and exposure over a window of days that moves along, as the server's report
// has them.

import { useMemo, useState } from "react";
import type { Pane } from "../charts/LineChart";
import { formatCount, formatDecimal, formatPercent } from "../format/number";
import { Select } from "../ui/Select";
import { LinesPanel } from "./LinesPanel";
import { REPORT_DAYS, type Subject, useReport } from "./queries";
import { rollingOf } from "./rolling";

const WINDOWS = [21, 63, 126, 252] as const;
/** Of more days the server tells no window. */
const WINDOW_MAX = 2_520;

export function RollingPanel({ subject }: { readonly subject: Subject }) {
  const [chosen, setChosen] = useState<number>(REPORT_DAYS);
  // How many days there are says any report; of the usual windows others are here already.
  const { data: any } = useReport(subject, REPORT_DAYS);
  const count = Number(any?.totalDays ?? 0n);
  const all = count <= WINDOW_MAX ? count : undefined;
  const window = all !== undefined && (chosen === 0 || chosen >= all) ? all : chosen;
  const { data, error, refetch } = useReport(subject, window, count >= 2);
  const drawn = useMemo(() => {
    if (!data) {
      return undefined;
    }
    const { days, sharpe, volatility, exposure } = rollingOf(data);
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
      {
        height: 120,
        format: (value) => formatPercent(value, 2),
        lines: [
          {
            label: "Rolling exposure",
            color: "--color-benchmark",
            values: exposure,
            isFilled: true,
          },
        ],
      },
    ];
    // A day's figure stands at its end.
    return { times: days.map((day) => (day + 1) * 86_400), panes };
  }, [data]);
  if (count < 2) {
    return null;
  }
  return (
    <LinesPanel
      title="Rolling figures"
      picture="Rolling figures"
      aside={
        <Select
          label="Window"
          value={window === all ? 0 : window}
          onChange={(days) => setChosen(Number(days))}
        >
          {WINDOWS.filter((days) => days < count).map((days) => (
            <option key={days} value={days}>
              {days} days
            </option>
          ))}
          {all !== undefined && <option value={0}>all {formatCount(all)} days</option>}
        </Select>
      }
      label="Rolling Sharpe ratio, volatility and exposure"
      what="the rolling figures"
      drawn={drawn}
      error={error}
      onRetry={refetch}
      height={460}
    />
  );
}
