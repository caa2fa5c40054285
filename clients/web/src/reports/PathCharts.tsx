// What the days of a backtest could have come to: where so many of a hundred paths are after so many
// days, and how deep they fall. SVG, with the numbers in words below each.

import { formatCount, formatDecimal, formatPercent } from "../format/number";
import type { RobustnessResult } from "../gen/tradeforge/v1/types_pb";
import { FailureMessage } from "../ui/Message";
import { Panel } from "../ui/Panel";
import { fanOf } from "./fan";
import { Chart, useLists } from "./LuckCharts";
import luck from "./LuckCharts.module.css";
import styles from "./PathCharts.module.css";
import { Skeleton } from "./Skeleton";

const WIDTH = 600;
const HEIGHT = 220;

interface Props {
  readonly runId: string;
  readonly result: RobustnessResult;
}

export function PathCharts({ runId, result }: Props) {
  const { data, error, refetch } = useLists(runId);
  if (error) {
    return <FailureMessage error={error} what="the paths" onRetry={refetch} />;
  }
  if (!data) {
    return <Skeleton height={HEIGHT} label="The paths are on their way" />;
  }
  const fall = result.spreads.find(({ metric }) => metric === "max_drawdown")?.observed;
  const total = result.metrics["total_return"];
  return (
    <>
      <Fan lists={data} />
      {fall !== undefined && (
        <Chart
          title="The deepest fall of each path, beside that of the days as they came"
          values={data.get("paths.max_drawdown") ?? []}
          mark={fall}
          isTold={(value) => value > fall}
          told="of the paths fall deeper"
        />
      )}
      {total !== undefined && (
        <>
          <Chart
            title="Its return at random times, in the market as often and as long"
            values={data.get("random.total_return") ?? []}
            mark={total}
            isTold={(value) => value >= total}
            told="of them come to at least the return of the backtest"
          />
          <Chart
            title="Its return with noise on the prices"
            values={data.get("noise.total_return") ?? []}
            mark={total}
            isTold={(value) => value >= total}
            told="of them come to at least the return of the backtest"
          />
        </>
      )}
    </>
  );
}

function Fan({ lists }: { readonly lists: ReadonlyMap<string, readonly number[]> }) {
  const fan = fanOf(lists, WIDTH, HEIGHT);
  if (!fan) {
    return null;
  }
  const { wide, narrow, middle, observed, one, least, greatest, days, last } = fan;
  const words =
    `After ${formatCount(days)} days 90 of 100 paths are between ${formatDecimal(last.low, 2)} and ` +
    `${formatDecimal(last.high, 2)} of their start, half of them above ` +
    `${formatDecimal(last.middle, 2)}. As they came, the days made ` +
    `${formatDecimal(last.observed, 2)} of it (${formatPercent(last.observed - 1, 1)}).`;
  return (
    <Panel title="What 1 could have become, its days drawn again in blocks">
      <figure className={luck.figure}>
        <svg
          className={styles.fan}
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
        >
          <title>{words}</title>
          <path className={styles.wide} d={wide} />
          <path className={styles.narrow} d={narrow} />
          <line className={styles.start} x1={0} x2={WIDTH} y1={one} y2={one} />
          <path className={styles.middle} d={middle} />
          <path className={styles.observed} d={observed} />
        </svg>
        <div className={luck.ends}>
          <span>
            {formatDecimal(least, 2)} to {formatDecimal(greatest, 2)}
          </span>
          <span>{formatCount(days)} days</span>
        </div>
        <figcaption>{words}</figcaption>
      </figure>
    </Panel>
  );
}
