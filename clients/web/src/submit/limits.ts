// How long the run of a form may take. A span counts from the submission on, so it is put in only then.

import { create } from "@bufbuild/protobuf";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import type { FieldViolation } from "../errors";
import type { SubmitRequest } from "../gen/tradeforge/v1/run_service_pb";
import { parseBudget, parseDeadline } from "../runs/limitText";
import type { FormState } from "./formState";

export function limitProblems({ deadline, budget }: FormState): FieldViolation[] {
  const problems: FieldViolation[] = [];
  if (deadline.trim() !== "" && !parseDeadline(deadline, 0)) {
    const description = "must be a span, as in 8h, or a moment in UTC, as in 2027-01-15 18:00";
    problems.push({ field: "deadline", description });
  }
  if (budget.trim() !== "" && !parseBudget(budget)) {
    problems.push({ field: "budget", description: "must be a span, as in 90s, 30m, 2h or 1d" });
  }
  return problems;
}

export function withLimits(request: SubmitRequest, form: FormState, nowMs: number): SubmitRequest {
  const deadline = parseDeadline(form.deadline, nowMs);
  const budget = parseBudget(form.budget);
  return {
    ...request,
    ...(deadline && { deadline }),
    ...(budget && { computeBudget: create(DurationSchema, budget) }),
  };
}
