// A file of bars: chosen or dropped, sent with progress, and what the server has against it.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { FieldViolation } from "../errors";
import { formatBytes, formatPercent } from "../format/number";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { Panel } from "../ui/Panel";
import styles from "./DataPage.module.css";
import { ImportOutcome } from "./ImportOutcome";
import { type UploadQuery, UploadRefused, uploadBars } from "./upload";

const FIELDS = [
  { part: "exchange", path: "exchange", label: "Exchange", hint: "as in BINANCE" },
  { part: "symbol", path: "symbol", label: "Symbol", hint: "as in BTCUSDT" },
  { part: "timeframe", path: "timeframe", label: "Timeframe", hint: "as in 1m, 4h, 1d" },
  { part: "priceTick", path: "price_tick", label: "Price tick", hint: "empty: found out" },
] as const;

const EMPTY: UploadQuery = {
  exchange: "",
  symbol: "",
  timeframe: "1h",
  priceTick: "",
  replace: false,
};

export function UploadBars() {
  const queries = useQueryClient();
  const [query, setQuery] = useState(EMPTY);
  const [file, setFile] = useState<File>();
  const [fraction, setFraction] = useState(0);
  const sending = useRef<AbortController>(undefined);
  const form = useRef<HTMLFormElement>(null);
  const upload = useMutation({
    mutationFn: (chosen: File) => {
      sending.current = new AbortController();
      setFraction(0);
      return uploadBars(query, chosen, setFraction, sending.current.signal);
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ["series"] }),
  });
  useEffect(() => {
    if (upload.error) {
      form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
    }
  }, [upload.error]);
  const refusal = upload.error instanceof UploadRefused ? upload.error : undefined;
  const faultsOf = (path: string) =>
    refusal?.fields.filter(({ field }) => field === path).map(({ description }) => description);
  return (
    <Panel title="Upload a file">
      <form
        ref={form}
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (file) {
            upload.mutate(file);
          }
        }}
      >
        <FileDrop file={file} onChoose={setFile} />
        <div className={styles.fields}>
          {FIELDS.map(({ part, path, label, hint }) => (
            <Field key={part} name={path} label={label} hint={hint} faults={faultsOf(path)}>
              {(control) => (
                <input
                  {...control}
                  autoComplete="off"
                  value={query[part]}
                  onChange={({ target }) => setQuery({ ...query, [part]: target.value })}
                />
              )}
            </Field>
          ))}
        </div>
        <label className={styles.check}>
          <input
            type="checkbox"
            checked={query.replace}
            onChange={({ target }) => setQuery({ ...query, replace: target.checked })}
          />
          Replace bars of the same time that have other values
        </label>
        <div className={styles.row}>
          <Button type="submit" look="primary" disabled={!file || upload.isPending}>
            Upload
          </Button>
          {upload.isPending && (
            <>
              <progress className={styles.sent} aria-label="Upload" value={fraction} max={1} />
              <span>{fraction < 1 ? formatPercent(fraction, 0) : "checking the bars…"}</span>
              <Button small onClick={() => sending.current?.abort()}>
                Stop
              </Button>
            </>
          )}
        </div>
        {refusal && <Refusal refusal={refusal} />}
        {upload.data && <ImportOutcome outcome={upload.data} />}
      </form>
    </Panel>
  );
}

function FileDrop(props: {
  readonly file: File | undefined;
  readonly onChoose: (file: File | undefined) => void;
}) {
  const [isOver, setIsOver] = useState(false);
  return (
    <label
      className={styles.drop}
      data-over={isOver}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setIsOver(false);
        props.onChoose(event.dataTransfer.files[0]);
      }}
    >
      <input
        type="file"
        className="visually-hidden"
        accept=".csv,.txt,.parquet,.gz"
        onChange={({ target }) => props.onChoose(target.files?.[0])}
      />
      {props.file ? (
        <>
          <strong>{props.file.name}</strong> {formatBytes(props.file.size)}
        </>
      ) : (
        <>
          <strong>Choose a file, or drop one here</strong>
          CSV or Parquet with open time, open, high, low, close and, if there is, volume
        </>
      )}
    </label>
  );
}

function Refusal({ refusal }: { readonly refusal: UploadRefused }) {
  const known: readonly string[] = FIELDS.map(({ path }) => path);
  const others = refusal.fields.filter(({ field }: FieldViolation) => !known.includes(field));
  return (
    <div className={styles.refusal} role="alert">
      <strong>{refusal.message}</strong>
      {others.map(({ field, description }) => (
        <p key={field + description}>
          {field !== "" && <code>{field}</code>} {description}
        </p>
      ))}
    </div>
  );
}
