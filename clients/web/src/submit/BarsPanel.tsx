// On which bars the run is simulated, and over which time.

import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { newestOf, seriesName } from "../data/queries";
import { formatCount } from "../format/number";
import { formatBorder, millisOf } from "../format/time";
import type { Series } from "../gen/tradeforge/v1/market_data_service_pb";
import { Button, LinkButton } from "../ui/Button";
import { Field } from "../ui/Field";
import { Icon } from "../ui/icons";
import { Panel } from "../ui/Panel";
import type { Complaints } from "./fields";
import { type BarsField, barsOf, type FormState, furtherBars, onAll } from "./formState";
import { MomentField } from "./MomentField";
import styles from "./SubmitPage.module.css";
import { minutesOf, timeframesFrom } from "./timeframes";

interface Props {
  readonly form: FormState;
  readonly series: readonly Series[];
  readonly complaints: Complaints;
  readonly onChange: (change: Partial<FormState>) => void;
}

export function BarsPanel({ form, series, complaints, onChange }: Props) {
  const stored = newestOf(series);
  const next = furtherBars(form.bars, stored);
  const set = (index: number, bars: BarsField) =>
    onChange({ bars: form.bars.map((each, place) => (place === index ? bars : each)) });
  return (
    <Panel
      title="Bars"
      aside={
        <LinkButton href="/data" look="quiet" small>
          All data
        </LinkButton>
      }
    >
      <div className={styles.stack}>
        {form.bars.slice(0, ROWS_MAX).map((bars, index) => (
          <BarsRow
            // biome-ignore lint/suspicious/noArrayIndexKey: a row has no other name
            key={index}
            index={index}
            bars={bars}
            stored={stored}
            faults={complaints.get(`bars.${index}`)}
            onChange={(next) => set(index, next)}
            onRemove={
              form.bars.length > 1
                ? () => onChange({ bars: form.bars.filter((_, place) => place !== index) })
                : undefined
            }
          />
        ))}
        {form.bars.length > ROWS_MAX && (
          <p>
            and {formatCount(form.bars.length - ROWS_MAX)} more{" "}
            <Button small onClick={() => onChange({ bars: form.bars.slice(0, 1) })}>
              The first alone
            </Button>
          </p>
        )}
        <div className={styles.row}>
          {next && (
            <Button small onClick={() => onChange({ bars: [...form.bars, next] })}>
              <Icon name="plus" /> More bars
            </Button>
          )}
          {stored.length > 1 && form.bars.length < stored.length && (
            <Button small onClick={() => onChange(onAll(stored))}>
              On all {formatCount(stored.length)} series, each by itself
            </Button>
          )}
          {form.bars.length > 1 && (
            <label className={styles.check}>
              <input
                type="checkbox"
                checked={form.isEachBars}
                onChange={({ target }) => onChange({ isEachBars: target.checked })}
              />
              Search on each by itself, not on all together
            </label>
          )}
        </div>
        <Spans form={form} stored={stored} onChange={onChange} />
        <div className={styles.two}>
          <MomentField
            name="timeRange.startTime"
            label="From (UTC)"
            hint="Empty: from the first bar"
            calendar="Choose the first day"
            placeholder="2022-01-31 09:30"
            faults={complaints.get("timeRange.startTime")}
            days={daysOf(form.bars[0], stored)}
            value={form.start}
            onChange={(start) => onChange({ start })}
          />
          <MomentField
            name="timeRange.endTime"
            label="To (UTC)"
            hint="Empty: to the last bar"
            calendar="Choose the day after the last"
            placeholder="2023-01-31"
            faults={complaints.get("timeRange.endTime")}
            days={daysOf(form.bars[0], stored)}
            value={form.end}
            onChange={(end) => onChange({ end })}
          />
          <Field
            name="warmup"
            label="Warm-up bars"
            hint="Before the start: seen, not traded, not counted"
            faults={complaints.get("warmup")}
          >
            {(control) => (
              <input
                {...control}
                autoComplete="off"
                inputMode="numeric"
                value={form.warmup}
                onChange={({ target }) => onChange({ warmup: target.value })}
              />
            )}
          </Field>
          <Field
            name="aux"
            label="Auxiliary series"
            hint="For follow_series: one for each instrument"
            faults={complaints.get("aux")}
          >
            {(control) => (
              <input
                {...control}
                autoComplete="off"
                spellCheck={false}
                placeholder="signals@SYN:DEMO"
                value={form.aux}
                onChange={({ target }) => onChange({ aux: target.value })}
              />
            )}
          </Field>
          <Field
            name="benchmark"
            label="Benchmark"
            hint="Not traded: alpha, beta, information ratio"
            faults={complaints.get("benchmark")}
          >
            {(control) => (
              <select
                {...control}
                value={form.benchmark}
                onChange={({ target }) => onChange({ benchmark: target.value })}
              >
                <option value="">None</option>
                {marketsOf(form.benchmark, stored).map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            )}
          </Field>
        </div>
      </div>
    </Panel>
  );
}

/** All series by name, and the one that is chosen, which may be made of another. */
function marketsOf(chosen: string, stored: readonly Series[]): readonly string[] {
  const names = stored.map(seriesName);
  return chosen === "" || names.includes(chosen) ? names : [chosen, ...names];
}

/** Of more series each has no row of its own. */
const ROWS_MAX = 20;

const SPANS = [
  { label: "All", months: undefined },
  { label: "Last 3 years", months: 36 },
  { label: "Last year", months: 12 },
  { label: "Last 3 months", months: 3 },
] as const;

/** Spans that end where the first of the bars do. */
function Spans({ form, stored, onChange }: Pick<Props, "form" | "onChange"> & Stored) {
  const [first] = form.bars;
  const end = first && sourceOf(first, stored)?.endTime;
  const begin = first && sourceOf(first, stored)?.firstBarTime;
  if (!end || !begin) {
    return null;
  }
  const spans = SPANS.map(({ label, months }) => ({ label, start: monthsBefore(end, months) }));
  const inside = spans.filter(({ start }) => start === "" || Date.parse(start) > millisOf(begin));
  return (
    <fieldset className={`${styles.row} ${styles.bare}`}>
      <legend className="visually-hidden">Span of time</legend>
      {inside.map(({ label, start }) => (
        <Button
          key={label}
          small
          aria-pressed={form.start === start && form.end === ""}
          onClick={() => onChange({ start, end: "" })}
        >
          {label}
        </Button>
      ))}
    </fieldset>
  );
}

/** The days of its first and its last bar. */
function daysOf(bars: BarsField | undefined, stored: readonly Series[]) {
  const source = bars && sourceOf(bars, stored);
  const day = (time: Timestamp | undefined) =>
    time ? new Date(millisOf(time)).toISOString().slice(0, 10) : "";
  return source && { first: day(source.firstBarTime), last: day(source.endTime) };
}

/** The day so many months before, in UTC; empty for no border. */
function monthsBefore(end: Timestamp, months: number | undefined): string {
  if (months === undefined) {
    return "";
  }
  const date = new Date(millisOf(end));
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() - months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return date.toISOString().slice(0, 10);
}

interface Stored {
  readonly stored: readonly Series[];
}

interface RowProps {
  readonly index: number;
  readonly bars: BarsField;
  readonly stored: readonly Series[];
  readonly faults: readonly string[] | undefined;
  readonly onChange: (bars: BarsField) => void;
  readonly onRemove: (() => void) | undefined;
}

function BarsRow({ index, bars, stored, faults, onChange, onRemove }: RowProps) {
  const source = sourceOf(bars, stored);
  const choices = source?.spec ? timeframesFrom(source.spec.timeframe) : [];
  return (
    <div className={styles.bars}>
      <Field
        name={`bars.${index}`}
        label={index === 0 ? "Series" : `Series ${index + 1}`}
        faults={faults}
        hint={source ? <SeriesHint series={source} /> : "Not stored any more"}
      >
        {(control) => (
          <select
            {...control}
            value={source ? seriesName(source) : ""}
            onChange={({ target }) => {
              const chosen = stored.find((each) => seriesName(each) === target.value);
              if (chosen) {
                onChange(barsOf(chosen));
              }
            }}
          >
            {!source && <option value="">{`${bars.exchange}:${bars.symbol}`}</option>}
            {stored.map((each) => (
              <option key={each.dataSha256} value={seriesName(each)}>
                {seriesName(each)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field name={`bars.${index}.timeframe`} label="Timeframe">
        {(control) => (
          <select
            {...control}
            value={bars.timeframe}
            onChange={({ target }) => onChange({ ...bars, timeframe: target.value })}
          >
            {[...new Set([bars.timeframe, ...choices])].map((timeframe) => (
              <option key={timeframe}>{timeframe}</option>
            ))}
          </select>
        )}
      </Field>
      {bars.pin !== "" && (
        <Button small title={`Version ${bars.pin}`} onClick={() => onChange({ ...bars, pin: "" })}>
          Pinned to {bars.pin.slice(0, 8)}: use the newest
        </Button>
      )}
      {onRemove && (
        <Button look="quiet" small aria-label={`Remove series ${index + 1}`} onClick={onRemove}>
          <Icon name="close" />
        </Button>
      )}
    </div>
  );
}

function SeriesHint({ series }: { readonly series: Series }) {
  return (
    <>
      {formatCount(series.barCount)} bars, {formatBorder(series.firstBarTime, "utc")} to{" "}
      {formatBorder(series.endTime, "utc")}
      {series.gapCount > 0n && `, ${formatCount(series.gapCount)} gaps`}
    </>
  );
}

/** The stored series that the bars come from: the coarsest of the instrument that serves. */
function sourceOf(bars: BarsField, stored: readonly Series[]): Series | undefined {
  const wanted = minutesOf(bars.timeframe) ?? 0;
  const serving = stored.filter(({ spec }) => {
    const minutes = minutesOf(spec?.timeframe ?? "");
    return (
      spec?.exchange === bars.exchange &&
      spec.symbol === bars.symbol &&
      minutes !== undefined &&
      wanted % minutes === 0
    );
  });
  const size = (series: Series) => minutesOf(series.spec?.timeframe ?? "") ?? 0;
  return serving.sort((a, b) => size(b) - size(a))[0];
}
