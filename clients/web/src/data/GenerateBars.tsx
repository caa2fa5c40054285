// Bars that the server makes up: a seeded random walk, the same for the same request.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { failureOf } from "../rpc/failure";
import { marketData } from "../rpc/marketData";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { Panel } from "../ui/Panel";
import styles from "./DataPage.module.css";
import { ImportOutcome } from "./ImportOutcome";

const FIELDS = [
  { part: "exchange", path: "series.exchange", label: "Exchange", hint: "" },
  { part: "symbol", path: "series.symbol", label: "Symbol", hint: "" },
  { part: "timeframe", path: "series.timeframe", label: "Timeframe", hint: "as in 1m, 4h, 1d" },
  { part: "bars", path: "synthetic.bar_count", label: "Bars", hint: "from 2020-01-01 on" },
  { part: "seed", path: "synthetic.seed", label: "Seed", hint: "the same seed, the same bars" },
  {
    part: "volatility",
    path: "synthetic.annual_volatility",
    label: "Volatility",
    hint: "a year, as a fraction",
  },
  {
    part: "trend",
    path: "synthetic.trend_strength",
    label: "Trends",
    hint: "0 to 10; 0 is noise, then without drift",
  },
  { part: "drift", path: "synthetic.annual_drift", label: "Drift", hint: "a year, as a fraction" },
] as const;

const DEFAULTS: Record<(typeof FIELDS)[number]["part"], string> = {
  exchange: "SYN",
  symbol: "DEMO",
  timeframe: "1h",
  bars: "26280",
  seed: "42",
  volatility: "0.6",
  trend: "1",
  drift: "0.1",
};

const WHOLE = ["bars", "seed"];
const NUMBERS = ["volatility", "trend", "drift"];

export function GenerateBars() {
  const queries = useQueryClient();
  const [values, setValues] = useState(DEFAULTS);
  const form = useRef<HTMLFormElement>(null);
  const generate = useMutation({
    mutationFn: () =>
      marketData.importBars({
        series: {
          exchange: values.exchange.trim(),
          symbol: values.symbol.trim(),
          timeframe: values.timeframe.trim(),
        },
        source: {
          case: "synthetic",
          value: {
            barCount: BigInt(values.bars),
            seed: BigInt(values.seed),
            annualVolatility: Number(values.volatility),
            annualDrift: Number(values.trend) === 0 ? 0 : Number(values.drift),
            trendStrength: Number(values.trend),
          },
        },
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["series"] }),
  });
  const failure = generate.error ? failureOf(generate.error) : undefined;
  useEffect(() => {
    if (generate.error) {
      form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
    }
  }, [generate.error]);
  const faultsOf = (part: keyof typeof DEFAULTS, path: string): string[] => {
    const text = values[part].trim();
    if (WHOLE.includes(part) && !/^\d{1,18}$/.test(text)) {
      return ["must be a whole number"];
    }
    if (NUMBERS.includes(part) && (text === "" || !Number.isFinite(Number(text)))) {
      return ["must be a number"];
    }
    const own = failure?.fields.filter(({ field }) => field === path) ?? [];
    return own.map(({ description }) => description);
  };
  const isUnsayable = FIELDS.some(
    ({ part }) => (WHOLE.includes(part) || NUMBERS.includes(part)) && faultsOf(part, "").length > 0,
  );
  const paths: readonly string[] = FIELDS.map(({ path }) => path);
  return (
    <Panel title="Generate bars">
      <form
        ref={form}
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!isUnsayable) {
            generate.mutate();
          }
        }}
      >
        <div className={styles.fields}>
          {FIELDS.map(({ part, path, label, hint }) => (
            <Field key={part} name={path} label={label} hint={hint} faults={faultsOf(part, path)}>
              {(control) => (
                <input
                  {...control}
                  autoComplete="off"
                  value={values[part]}
                  onChange={({ target }) => setValues({ ...values, [part]: target.value })}
                />
              )}
            </Field>
          ))}
        </div>
        <div className={styles.row}>
          <Button type="submit" look="primary" disabled={generate.isPending || isUnsayable}>
            {generate.isPending ? "Generating…" : "Generate"}
          </Button>
        </div>
        {failure && !failure.fields.some(({ field }) => paths.includes(field)) && (
          <div className={styles.refusal} role="alert">
            {failure.message}
          </div>
        )}
        {generate.data && <ImportOutcome outcome={generate.data} />}
      </form>
    </Panel>
  );
}
