// Files of bars: chosen or dropped, sent with progress, and what the server has against it.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { FieldViolation } from "../errors";
import { formatBytes, formatPercent } from "../format/number";
import type { UploadBarsResponse } from "../gen/tradeforge/v1/market_data_service_pb";
import { Button } from "../ui/Button";
import { Panel } from "../ui/Panel";
import styles from "./DataPage.module.css";
import { FileLines } from "./FileLines";
import { ImportOutcome } from "./ImportOutcome";
import { isShownAtField, LayoutFields, SeriesFields } from "./UploadFields";
import { type Aim, type UploadQuery, UploadRefused, uploadBars } from "./upload";

const EMPTY: UploadQuery = { fields: { timeframe: "1h" }, columns: "", replace: false };

/** What came of one file. */
interface Done {
  readonly name: string;
  readonly aim: Aim;
  readonly answer: UploadBarsResponse;
}

export function UploadBars() {
  const queries = useQueryClient();
  const [query, setQuery] = useState(EMPTY);
  const [files, setFiles] = useState<readonly File[]>([]);
  const [fraction, setFraction] = useState(0);
  const sending = useRef<AbortController>(undefined);
  const form = useRef<HTMLFormElement>(null);
  // Also of files before one that was refused: they are stored.
  const [done, setDone] = useState<readonly Done[]>([]);
  const upload = useMutation({
    mutationFn: async (aim: Aim) => {
      sending.current = new AbortController();
      setDone([]);
      for (const [place, file] of files.entries()) {
        const tell = (share: number) => setFraction((place + share) / files.length);
        tell(0);
        try {
          const answer = await uploadBars(query, aim, file, tell, sending.current.signal);
          setDone((before) => [...before, { name: file.name, aim, answer }]);
        } catch (error) {
          throw files.length > 1 && error instanceof UploadRefused ? error.of(file.name) : error;
        }
      }
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["series"] }),
  });
  useEffect(() => {
    if (upload.error) {
      form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
    }
  }, [upload.error]);
  const refusal = upload.error instanceof UploadRefused ? upload.error : undefined;
  const set = (name: string, value: string) =>
    setQuery({ ...query, fields: { ...query.fields, [name]: value } });
  return (
    <Panel title="Upload files">
      <form
        ref={form}
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          upload.mutate("store");
        }}
      >
        <FileDrop files={files} onChoose={setFiles} />
        {files[0] && <FileLines file={files[0]} />}
        <SeriesFields fields={query.fields} onChange={set} refusal={refusal} />
        <LayoutFields
          query={query}
          onChange={set}
          onColumns={(columns) => setQuery({ ...query, columns })}
          refusal={refusal}
        />
        <label className={styles.check}>
          <input
            type="checkbox"
            checked={query.replace}
            onChange={({ target }) => setQuery({ ...query, replace: target.checked })}
          />
          Replace bars of the same time that have other values
        </label>
        <div className={styles.row}>
          <Button type="submit" look="primary" disabled={files.length === 0 || upload.isPending}>
            Upload
          </Button>
          <Button
            disabled={files.length === 0 || upload.isPending}
            onClick={() => upload.mutate("check")}
          >
            Check without storing
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
        {done.map(({ name, aim, answer }) => (
          <ImportOutcome key={name} outcome={answer} isChecked={aim === "check"} />
        ))}
      </form>
    </Panel>
  );
}

function FileDrop(props: {
  readonly files: readonly File[];
  readonly onChoose: (files: readonly File[]) => void;
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
        props.onChoose([...event.dataTransfer.files]);
      }}
    >
      <input
        type="file"
        className="visually-hidden"
        multiple
        onChange={({ target }) => props.onChoose([...(target.files ?? [])])}
      />
      {props.files.length > 0 ? (
        props.files.map((file) => (
          <span key={file.name}>
            <strong>{file.name}</strong> {formatBytes(file.size)}
          </span>
        ))
      ) : (
        <>
          <strong>Choose files of one series, or drop them here</strong>
          CSV, Parquet, Arrow, Excel or JSON, also zipped, with open time, open, high, low, close
          and, if there is, volume
        </>
      )}
    </label>
  );
}

function Refusal({ refusal }: { readonly refusal: UploadRefused }) {
  const others = refusal.fields.filter(({ field }: FieldViolation) => !isShownAtField(field));
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
