// The backtests of a robustness run, part by part: what was changed, and what became of it.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { formatCount, formatDecimal, formatPercent } from "../format/number";
import { formatParams } from "../format/value";
import { RobustnessPart, type RunState, type Variant } from "../gen/tradeforge/v1/types_pb";
import { results } from "../rpc/results";
import { isFinal } from "../rpc/state";
import { FailureMessage } from "../ui/Message";
import { Panel } from "../ui/Panel";
import styles from "./Variants.module.css";
import table from "./WalkForwardReport.module.css";

const LOOK_MS = 2_000;

const PARTS: readonly (readonly [RobustnessPart, string])[] = [
  [RobustnessPart.COSTS, "At other costs"],
  [RobustnessPart.NEIGHBOURS, "With parameters near its own"],
  [RobustnessPart.STARTS, "Started later"],
  [RobustnessPart.DELAYS, "Hearing of bars late"],
];

interface Props {
  readonly runId: string;
  readonly state: RunState;
}

export function Variants({ runId, state }: Props) {
  const { data, error, refetch } = useQuery({
    queryKey: ["variants", runId, state],
    structuralSharing: false,
    placeholderData: keepPreviousData,
    // Each is there as soon as it is done.
    refetchInterval: isFinal(state) ? false : LOOK_MS,
    queryFn: async ({ signal }) => (await results.listVariants({ runId }, { signal })).variants,
  });
  if (error) {
    return <FailureMessage error={error} what="the backtests" onRetry={refetch} />;
  }
  const base = data?.find(({ place }) => place === 0n);
  return PARTS.map(([part, title]) => {
    const variants = data?.filter((variant) => variant.part === part) ?? [];
    return variants.length > 0 ? (
      <Part key={part} title={title} variants={base ? [base, ...variants] : variants} />
    ) : null;
  });
}

function Part({ title, variants }: { readonly title: string; readonly variants: Variant[] }) {
  const ratios = variants.map(({ metrics }) => Math.abs(metrics["sharpe"] ?? 0));
  const most = Math.max(...ratios) || 1;
  return (
    <Panel title={title}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <section className={table.scroll} tabIndex={0} aria-label={title}>
        <table className={table.windows}>
          <thead>
            <tr>
              <th>Changed</th>
              <th>Sharpe ratio</th>
              <th aria-hidden />
              <th>Return</th>
              <th>Deepest fall</th>
              <th>Trades</th>
            </tr>
          </thead>
          <tbody>
            {variants.map((variant) => (
              <Row key={String(variant.place)} variant={variant} most={most} />
            ))}
          </tbody>
        </table>
      </section>
    </Panel>
  );
}

function Row({ variant, most }: { readonly variant: Variant; readonly most: number }) {
  const { metrics, failure } = variant;
  const sharpe = metrics["sharpe"];
  if (failure !== "") {
    return (
      <tr data-variant={String(variant.place)}>
        <td>{changed(variant)}</td>
        <td colSpan={5}>failed: {failure}</td>
      </tr>
    );
  }
  return (
    <tr
      className={variant.place === 0n ? styles.base : undefined}
      data-variant={String(variant.place)}
    >
      <td>{changed(variant)}</td>
      <td>{formatDecimal(sharpe)}</td>
      <td className={styles.bar}>
        <span
          className={(sharpe ?? 0) < 0 ? styles.loss : styles.gain}
          style={{ width: `${(Math.abs(sharpe ?? 0) / most) * 100}%` }}
        />
      </td>
      <td>{formatPercent(metrics["total_return"])}</td>
      <td>{formatPercent(metrics["max_drawdown"])}</td>
      <td>{formatDecimal(metrics["trade_count"], 0)}</td>
    </tr>
  );
}

function changed({ part, name, amount, params }: Variant): string {
  switch (part) {
    case RobustnessPart.UNSPECIFIED:
      return "as it is";
    case RobustnessPart.NEIGHBOURS:
      return formatParams(params);
    case RobustnessPart.DELAYS:
      return `${formatCount(amount)} bars late`;
    case RobustnessPart.STARTS:
      return `${formatCount(amount)} days later`;
    default:
      return name === "commission"
        ? `fees times ${formatDecimal(amount, 1)}`
        : `fills ${formatCount(amount)} ticks worse`;
  }
}
