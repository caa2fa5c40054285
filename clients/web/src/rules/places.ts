// Where the server's lines and columns are in the text of an editor.

import type { Diagnostic } from "../gen/tradeforge/v1/strategy_service_pb";

export interface Span {
  readonly from: number;
  readonly to: number;
}

type Place = Pick<Diagnostic, "line" | "column" | "length">;

/**
 * Offsets into the text. The server counts characters, a text of JavaScript halves of them where
 * they are rare; a place behind the end of the text is its end.
 */
export function spanOf(text: string, { line, column, length }: Place): Span {
  const lines = text.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const letters = [...(lines[line - 1] ?? "")];
  const before = letters.slice(0, column - 1).join("").length;
  const from = Math.min(start + before, text.length);
  const within = letters.slice(column - 1, column - 1 + length).join("").length;
  return { from, to: Math.min(from + within, text.length) };
}

/** The text with what stands at the place replaced. */
export function mended(text: string, place: Place, by: string): string {
  const { from, to } = spanOf(text, place);
  return text.slice(0, from) + by + text.slice(to);
}
