// A run's name, notes, labels and limits as texts, and what of them was changed.

import type { MessageInitShape } from "@bufbuild/protobuf";
import { millisOf } from "../format/time";
import type { UpdateRunRequestSchema } from "../gen/tradeforge/v1/run_service_pb";
import type { Run } from "../gen/tradeforge/v1/types_pb";
import { labelLines, parseLabels } from "./labels";
import { parseBudget, parseDeadline, spanText } from "./limitText";

export interface Edited {
  readonly name: string;
  readonly notes: string;
  readonly labels: string;
  readonly deadline: string;
  readonly budget: string;
}

type Update = MessageInitShape<typeof UpdateRunRequestSchema> & {
  readonly updateMask: { readonly paths: string[] };
};

interface Changes {
  readonly update: Update;
  readonly problems: readonly { readonly field: keyof Edited; readonly text: string }[];
}

export function editedOf({ displayName, notes, labels, deadline, computeBudget }: Run): Edited {
  return {
    name: displayName,
    notes,
    labels: labelLines(labels),
    deadline: deadline
      ? new Date(millisOf(deadline)).toISOString().slice(0, 19).replace("T", " ")
      : "",
    budget: spanText(computeBudget),
  };
}

/** What differs from what was read. Of labels each by itself, so that others' stay as they are. */
export function changesOf(run: Run, form: Edited, isLive: boolean, nowMs: number): Changes {
  const before = editedOf(run);
  const paths: string[] = [];
  const problems: { field: keyof Edited; text: string }[] = [];
  const update: Record<string, unknown> = {};
  if (form.name.trim() !== before.name) {
    paths.push("display_name");
    update["displayName"] = form.name.trim();
  }
  if (form.notes !== before.notes) {
    paths.push("notes");
    update["notes"] = form.notes;
  }
  const labels = parseLabels(form.labels);
  for (const name of new Set([...Object.keys(run.labels), ...Object.keys(labels)])) {
    if (labels[name] !== run.labels[name]) {
      paths.push(`labels.${name}`);
    }
  }
  update["labels"] = Object.fromEntries(
    Object.entries(labels).filter(([name]) => paths.includes(`labels.${name}`)),
  );
  if (isLive && form.deadline.trim() !== before.deadline) {
    const deadline = parseDeadline(form.deadline, nowMs);
    if (form.deadline.trim() !== "" && !deadline) {
      problems.push({ field: "deadline", text: "must be as in 8h or 2027-01-15 18:00" });
    }
    paths.push("deadline");
    update["deadline"] = deadline;
  }
  if (isLive && form.budget.trim() !== before.budget) {
    const budget = parseBudget(form.budget);
    if (form.budget.trim() !== "" && !budget) {
      problems.push({ field: "budget", text: "must be as in 90s, 30m, 2h or 1d" });
    }
    paths.push("compute_budget");
    update["computeBudget"] = budget;
  }
  return { update: { ...update, updateMask: { paths } }, problems };
}
