// The language's words in an editor: their colours, what completes them, what they mean.

import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import type { EditorView, Tooltip } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type {
  DescribeLanguageResponse,
  FunctionSpec,
} from "../gen/tradeforge/v1/strategy_service_pb";

type Language = Pick<DescribeLanguageResponse, "functions" | "keywords">;

const COLORS = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--color-accent)", fontWeight: "600" },
  { tag: tags.standard(tags.variableName), color: "var(--color-live)" },
  { tag: tags.string, color: "var(--color-good)" },
  { tag: tags.number, color: "var(--color-warn)" },
  { tag: tags.comment, color: "var(--color-text-soft)", fontStyle: "italic" },
]);

/** Colours of words, texts, numbers and comments. */
export function colors({ functions, keywords }: Language) {
  const words = new Set(keywords);
  const known = new Set(functions.map(({ name }) => name));
  const tokens = StreamLanguage.define<null>({
    token(stream) {
      if (stream.eatSpace()) {
        return null;
      }
      if (stream.match(/^#.*/)) {
        return "comment";
      }
      if (stream.match(/^"[^"]*"?/)) {
        return "string";
      }
      if (stream.match(/^\d[\d_]*(?::\d\d|(?:\.\d+)?(?:[eE][+-]?\d+)?%?)/)) {
        return "number";
      }
      if (stream.match(/^[A-Za-z_][\w.]*/)) {
        const word = stream.current();
        return words.has(word) ? "keyword" : known.has(word) ? "variableName.standard" : null;
      }
      stream.next();
      return null;
    },
    languageData: { commentTokens: { line: "#" } },
  });
  return [tokens, syntaxHighlighting(COLORS)];
}

const WORD = /[A-Za-z_][\w.]*/;

/** What the word before the cursor may become: functions, words, and names of the text itself. */
export function completions({ functions, keywords }: Language) {
  const known: Completion[] = [
    ...functions.map((spec) => ({
      label: spec.name,
      detail: spec.signature.slice(spec.name.length),
      info: spec.description,
      type: "function",
    })),
    ...keywords.map((label) => ({ label, type: "keyword" })),
  ];
  return (context: CompletionContext): CompletionResult | null => {
    const word = context.matchBefore(WORD);
    const line = context.state.doc.lineAt(context.pos);
    const before = line.text.slice(0, context.pos - line.from);
    if ((!word && !context.explicit) || !isCode(before)) {
      return null;
    }
    const text = context.state.doc.toString();
    const own = ownNames(text).map((label) => ({ label, type: "variable", boost: 1 }));
    return { from: word?.from ?? context.pos, options: [...own, ...known], validFor: /^[\w.]*$/ };
  };
}

/** Whether what follows is neither in a text nor in a comment. */
export function isCode(before: string): boolean {
  const bare = before.replaceAll(/"[^"]*"/g, "");
  return !/["#]/.test(bare);
}

/** The parameters and definitions of a text, each once. */
export function ownNames(text: string): string[] {
  const found = text.matchAll(
    /^(?:(?:param|def|market|aux)\s+)?([A-Za-z_]\w*)\s*(?:=|\(.*\)\s*=)/gm,
  );
  return [...new Set([...found].map(([, name = ""]) => name))];
}

/** What the word under the mouse means. */
export function meanings({ functions }: Language) {
  const known = new Map(functions.map((spec) => [spec.name, spec]));
  return (view: EditorView, pos: number): Tooltip | null => {
    const { from, text } = view.state.doc.lineAt(pos);
    for (const { 0: word, index } of text.matchAll(new RegExp(WORD, "g"))) {
      const spec = known.get(word);
      if (spec && from + index <= pos && pos <= from + index + word.length) {
        return {
          pos: from + index,
          end: from + index + word.length,
          create: () => ({ dom: meaning(spec) }),
        };
      }
    }
    return null;
  };
}

function meaning({ signature, description, definition }: FunctionSpec): HTMLElement {
  const dom = document.createElement("div");
  dom.className = "cm-meaning";
  for (const [tag, text] of [
    ["code", signature],
    ["p", description],
    ["code", definition],
  ] as const) {
    if (text !== "") {
      const part = document.createElement(tag);
      part.textContent = text;
      dom.append(part);
    }
  }
  return dom;
}
