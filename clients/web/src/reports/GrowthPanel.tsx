// What one unit of money became over the days to be judged by: the account of a walk-forward beside
// those who did not choose.

import { useMemo } from "react";
import type { Line, Pane } from "../charts/LineChart";
import { formatDecimal } from "../format/number";
import type { Window } from "../gen/tradeforge/v1/types_pb";
import { LinesPanel } from "./LinesPanel";
import { growthOf } from "./walkForward";

const LINES: readonly (Omit<Line, "values"> & { readonly name: string })[] = [
  { name: "all_trials", label: "All trials together", color: "--color-text", isDashed: true },
  { name: "defaults", label: "Defaults", color: "--color-warn", isDashed: true },
  { name: "buy_and_hold", label: "Market held", color: "--color-benchmark", isDashed: true },
];

export function GrowthPanel({ windows }: { readonly windows: readonly Window[] }) {
  const drawn = useMemo(() => {
    const { times, account, beside } = growthOf(windows);
    const chosen: Line = {
      label: "What was chosen",
      color: "--color-equity",
      values: account,
    };
    const others = LINES.map(({ name, ...line }) => ({ ...line, values: beside.get(name) ?? [] }));
    const pane: Pane = {
      height: 260,
      format: (value) => formatDecimal(value, 2),
      lines: [chosen, ...others.filter(({ values }) => values.length > 0)],
    };
    return { times, panes: [pane] };
  }, [windows]);
  return (
    <LinesPanel
      title="What 1 became, from window to window"
      picture="Walk-forward"
      label="Growth of what was chosen, of all trials, of the defaults and of the market"
      what="the windows"
      drawn={drawn}
    />
  );
}
