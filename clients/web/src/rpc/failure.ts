// What a failed call means for whoever made it.

import { Code, ConnectError } from "@connectrpc/connect";
import { type FieldViolation, fieldViolations, reasonOf } from "../errors";

export type FailureKind = "unreachable" | "not-found" | "invalid" | "busy" | "other";

export interface Failure {
  readonly kind: FailureKind;
  /** A sentence, as the server said it. */
  readonly message: string;
  /** The stable name, as in `RUN_NOT_FOUND`. */
  readonly reason: string | undefined;
  readonly fields: readonly FieldViolation[];
}

export function failureOf(error: unknown): Failure {
  const refusal = ConnectError.from(error);
  return {
    kind: kindOf(refusal),
    message: refusal.rawMessage,
    reason: reasonOf(refusal),
    fields: fieldViolations(refusal),
  };
}

function kindOf(error: ConnectError): FailureKind {
  switch (error.code) {
    case Code.Unavailable:
      return "unreachable";
    // So comes a fetch that found nobody, and an answer that was cut off. What the server itself
    // refuses always has details.
    case Code.Unknown:
    case Code.Internal:
      return error.details.length === 0 ? "unreachable" : "other";
    case Code.NotFound:
      return "not-found";
    case Code.InvalidArgument:
      return "invalid";
    case Code.ResourceExhausted:
      return "busy";
    default:
      return "other";
  }
}
