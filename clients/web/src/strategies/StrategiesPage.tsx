// What can be run: each strategy with its parameters.

import { formatNumber } from "../format/number";
import { formatParam } from "../format/value";
import type { Strategy } from "../gen/tradeforge/v1/strategy_service_pb";
import type { Axis, ParamSpec } from "../gen/tradeforge/v1/types_pb";
import { formatAxis } from "../runs/describe";
import { LinkButton } from "../ui/Button";
import { Icon } from "../ui/icons";
import { FailureMessage } from "../ui/Message";
import { Page } from "../ui/Page";
import { Panel } from "../ui/Panel";
import table from "../ui/table.module.css";
import { useStrategies } from "./queries";
import styles from "./StrategiesPage.module.css";

export default function StrategiesPage() {
  const { data, error, refetch } = useStrategies();
  return (
    <Page
      title="Strategies"
      subtitle={data && `${data.length} in this server`}
      actions={
        <LinkButton href="/new?text" look="primary">
          <Icon name="plus" /> Write your own
        </LinkButton>
      }
    >
      {error && <FailureMessage error={error} what="the strategies" onRetry={refetch} />}
      {data?.map((strategy) => (
        <StrategyPanel key={strategy.name} strategy={strategy} />
      ))}
    </Page>
  );
}

function StrategyPanel({ strategy }: { readonly strategy: Strategy }) {
  return (
    <Panel
      title={
        <>
          {strategy.displayName} <code className={styles.name}>{strategy.name}</code>
        </>
      }
      aside={
        <>
          version {strategy.version}
          {strategy.hasText && (
            <LinkButton href={`/new?text=${strategy.name}`} small>
              Open as text
            </LinkButton>
          )}
          <LinkButton
            href={`/?filter=${encodeURIComponent(`strategy = "${strategy.name}"`)}`}
            small
          >
            Its runs
          </LinkButton>
          <LinkButton
            href={`/new?strategy=${strategy.name}&series=all`}
            small
            aria-label={`Run ${strategy.displayName} on all series`}
          >
            Run on all series
          </LinkButton>
          <LinkButton href={`/new?strategy=${strategy.name}`} small>
            Use it
          </LinkButton>
        </>
      }
      flush
    >
      <p className={styles.description}>{strategy.description}</p>
      {strategy.params.length > 0 && (
        <section
          className={styles.scroller}
          aria-label={`Parameters of ${strategy.displayName}`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
          tabIndex={0}
        >
          <table className={`${table.table} ${styles.params}`}>
            <caption className="visually-hidden">Parameters of {strategy.displayName}</caption>
            <thead>
              <tr>
                <th>Parameter</th>
                <th>Values</th>
                <th>Default</th>
                <th>Suggested sweep</th>
                <th>What it does</th>
              </tr>
            </thead>
            <tbody>
              {strategy.params.map((spec) => (
                <tr key={spec.name}>
                  <td className={table.nowrap}>
                    <strong>{spec.displayName}</strong> <code>{spec.name}</code>
                  </td>
                  <td>{domainText(spec)}</td>
                  <td>{formatParam(spec.defaultValue)}</td>
                  <td>{spec.suggestedAxis && sweepText(spec.suggestedAxis)}</td>
                  <td className={table.soft}>{spec.description}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Panel>
  );
}

/** Without its name, which stands at the beginning of the row. */
function sweepText(axis: Axis): string {
  return formatAxis(axis).slice(axis.name.length).trim().replaceAll("|", ", ");
}

function domainText({ domain, unit }: ParamSpec): string {
  switch (domain.case) {
    case "intDomain":
    case "doubleDomain":
      return [
        `${formatNumber(Number(domain.value.minValue))} …`,
        formatNumber(Number(domain.value.maxValue)),
        unit,
      ].join(" ");
    case "choiceDomain":
      return domain.value.values.join(", ");
    case "boolDomain":
      return "false, true";
    default:
      return "";
  }
}
