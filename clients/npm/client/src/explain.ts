// An error as a text for people.

import { ConnectError } from "@connectrpc/connect";
import { fieldViolations } from "./errors";

/**
 * What went wrong, and in lines of their own each faulty field with what would be right and the nearest
 * spelling.
 */
export function explain(error: unknown): string {
  if (!(error instanceof ConnectError)) {
    return error instanceof Error ? error.message : String(error);
  }
  const { rawMessage } = error;
  const told = fieldViolations(error).map(({ field, description }) => `${field}: ${description}`);
  // Of a single fault the message says the same, without a mark that some proxies encode.
  if (told.length === 1 && told[0]?.replaceAll("?", "") === rawMessage) {
    return told[0];
  }
  return [rawMessage, ...told.filter((line) => line !== rawMessage)].join("\n  ");
}
