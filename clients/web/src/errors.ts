// What the server's refusals say beyond their code.

import { ConnectError } from "@connectrpc/connect";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
} from "./gen/google/rpc/error_details_pb";

export interface FieldViolation {
  /** Path of the field, as in `backtest.simulation.initial_cash`; or what is missing, by name. */
  readonly field: string;
  readonly description: string;
}

/** All that is wrong with a refused request; empty for an error of another kind. */
export function fieldViolations(error: unknown): FieldViolation[] {
  const refusal = ConnectError.from(error);
  const faulty = refusal
    .findDetails(BadRequestSchema)
    .flatMap((detail) => detail.fieldViolations)
    .map(({ field, description }) => ({ field, description }));
  const missing = refusal
    .findDetails(PreconditionFailureSchema)
    .flatMap((detail) => detail.violations)
    .map(({ subject, description }) => ({ field: subject, description }));
  return [...faulty, ...missing];
}

/** The stable name of what went wrong, as in `RUN_NOT_FOUND`; undefined if the error has none. */
export function reasonOf(error: unknown): string | undefined {
  return ConnectError.from(error).findDetails(ErrorInfoSchema)[0]?.reason;
}
