// Takes in the bundle of a run that was computed elsewhere, and leads to it.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useLocation } from "wouter";
import { formatBytes } from "../format/number";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import styles from "./ImportRun.module.css";
import { importRun } from "./importRun";

interface Props {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export default function ImportRun({ isOpen, onClose }: Props) {
  const [, navigate] = useLocation();
  const queries = useQueryClient();
  const [file, setFile] = useState<File>();
  const sending = useRef<AbortController>(undefined);
  const take = useMutation({
    mutationFn: (bundle: File) => {
      sending.current = new AbortController();
      return importRun(bundle, sending.current.signal);
    },
    onSuccess: async ({ runId, isNew }) => {
      await queries.invalidateQueries({ queryKey: ["runs"] });
      onClose();
      navigate(`/runs/${runId}`, isNew ? {} : { state: { disposition: "known" } });
    },
  });
  const close = () => {
    sending.current?.abort();
    take.reset();
    setFile(undefined);
    onClose();
  };
  return (
    <Dialog
      title="Import a run"
      isOpen={isOpen}
      onClose={close}
      actions={
        <Button
          look="primary"
          disabled={!file || take.isPending}
          onClick={() => file && take.mutate(file)}
        >
          {take.isPending ? "Proving it…" : "Import"}
        </Button>
      }
    >
      <div className={styles.form}>
        <p>
          The file that <strong>Bundle</strong> or <code>tradeforge bundle</code> saved of a
          completed backtest or sweep, here or on another server. It is proved before anything of it
          is kept.
        </p>
        <Field name="bundle" label="Bundle (.tfrun)" hint={file && formatBytes(BigInt(file.size))}>
          {(control) => (
            <input
              {...control}
              type="file"
              accept=".tfrun"
              onChange={({ target }) => {
                setFile(target.files?.[0]);
                take.reset();
              }}
            />
          )}
        </Field>
        {take.error && take.error.name !== "AbortError" && (
          <p role="alert" className={styles.failure}>
            {take.error.message}
          </p>
        )}
      </div>
    </Dialog>
  );
}
