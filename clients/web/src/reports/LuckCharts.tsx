// What a validation is drawn from: what luck finds beside what was found, and how winners of half of
// the days do in the other half. SVG, with the numbers in words below each.

import { useQuery } from "@tanstack/react-query";
import { formatCount, formatDecimal } from "../format/number";
import { results } from "../rpc/results";
import { FailureMessage } from "../ui/Message";
import { Panel } from "../ui/Panel";
import styles from "./LuckCharts.module.css";
import { barsOf, type Histogram } from "./luckHistogram";
import { Skeleton } from "./Skeleton";

const WIDTH = 600;
const HEIGHT = 140;

export function LuckCharts({ runId }: { readonly runId: string }) {
  const { data, error, refetch } = useLists(runId);
  if (error) {
    return <FailureMessage error={error} what="the distributions" onRetry={refetch} />;
  }
  if (!data) {
    return <Skeleton height={HEIGHT} label="The distributions are on their way" />;
  }
  const list = (name: string) => data.get(name) ?? [];
  const [best, objective] = [list("observed_best")[0], list("observed_objective")[0]];
  return (
    <>
      {best !== undefined && (
        <Chart
          title="The best by luck, beside the best that was found"
          values={list("null_best")}
          mark={best}
          isTold={(value) => value >= best}
          told="of the draws by luck reach the best that was found"
        />
      )}
      {objective !== undefined && (
        <Chart
          title="The best over the bars in another order"
          values={list("permuted_best")}
          mark={objective}
          isTold={(value) => value >= objective}
          told="of the searches over other orders lie at or above the objective that was found"
        />
      )}
      <Chart
        title="Where the best of half of the days stands in the other half"
        values={list("logits")}
        mark={0}
        isTold={(value) => value <= 0}
        told="of the choices have a winner no better than the median"
      />
    </>
  );
}

/** The lists of a run, by their names. */
export function useLists(runId: string) {
  return useQuery({
    queryKey: ["distributions", runId],
    staleTime: "static",
    structuralSharing: false,
    queryFn: async ({ signal }) => {
      const { columns } = await results.getDistributions({ runId }, { signal });
      const lists = new Map<string, readonly number[]>();
      for (const { name, values } of columns) {
        lists.set(name, values.case === "doubles" ? values.value.values : []);
      }
      return lists;
    },
  });
}

interface ChartProps {
  readonly title: string;
  readonly values: readonly number[];
  readonly mark: number;
  readonly isTold: (value: number) => boolean;
  readonly told: string;
}

/** Bars of how often, those that the words below are about in another colour, and the mark. */
export function Chart({ title, values, mark, isTold, told }: ChartProps) {
  if (values.length === 0) {
    return null;
  }
  const histogram = barsOf(values, mark);
  const share = values.filter(isTold).length / values.length;
  const words = `${formatDecimal(share * 100, 1)} % of ${formatCount(values.length)} ${told}.`;
  return (
    <Panel title={title}>
      <figure className={styles.figure}>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img">
          <title>{words}</title>
          <Bars histogram={histogram} isTold={isTold} />
          <line
            className={styles.mark}
            x1={place(mark, histogram)}
            x2={place(mark, histogram)}
            y1={0}
            y2={HEIGHT}
          />
        </svg>
        <div className={styles.ends}>
          <span>{formatDecimal(histogram.low, 2)}</span>
          <span>{formatDecimal(histogram.high, 2)}</span>
        </div>
        <figcaption>
          {words} The line is at {formatDecimal(mark, 2)}.
        </figcaption>
      </figure>
    </Panel>
  );
}

function Bars(props: { readonly histogram: Histogram; isTold: (value: number) => boolean }) {
  const { histogram, isTold } = props;
  const { counts, low, step } = histogram;
  const most = Math.max(...counts);
  return counts.map((count, bar) => {
    const middle = low + (bar + 0.5) * step;
    const height = (count / most) * HEIGHT;
    return (
      <rect
        // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place
        key={bar}
        className={isTold(middle) ? styles.told : styles.rest}
        x={(bar * WIDTH) / counts.length}
        width={WIDTH / counts.length}
        y={HEIGHT - height}
        height={height}
      />
    );
  });
}

function place(value: number, { low, high }: Histogram): number {
  return ((value - low) / (high - low)) * WIDTH;
}
