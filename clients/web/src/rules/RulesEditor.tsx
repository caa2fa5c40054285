// The editor of a strategy as text. It stands in a shadow root, where its styles need no exception
// from the page's policy: those are sheets of the document there, and no elements.

import { autocompletion, closeBrackets, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { type Diagnostic as Mark, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, hoverTooltip, keymap, lineNumbers, tooltips } from "@codemirror/view";
import { useEffect, useRef } from "react";
import {
  type DescribeLanguageResponse,
  type Diagnostic,
  Severity,
} from "../gen/tradeforge/v1/strategy_service_pb";
import { LOOK } from "./look";
import { spanOf } from "./places";
import { colors, completions, meanings } from "./words";

interface Props {
  readonly source: string;
  readonly language: Pick<DescribeLanguageResponse, "functions" | "keywords">;
  /** What the server has against the text as it stands. */
  readonly diagnostics: readonly Diagnostic[];
  readonly isWrong: boolean;
  readonly className: string | undefined;
  readonly onChange: (source: string) => void;
  /** Ctrl or Command with Enter. */
  readonly onTry: () => void;
}

export default function RulesEditor(props: Props) {
  const { source, diagnostics, isWrong, className } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    if (!host.current) {
      return;
    }
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: "open" });
    const editor = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: latest.current.source,
        extensions: extensions(latest.current.language, {
          onChange: (text) => latest.current.onChange(text),
          onTry: () => latest.current.onTry(),
        }),
      }),
    });
    view.current = editor;
    const { current: outside } = host;
    const enter = (event: FocusEvent) => event.composedPath()[0] === outside && editor.focus();
    outside.addEventListener("focus", enter);
    return () => {
      outside.removeEventListener("focus", enter);
      editor.destroy();
    };
  }, []);
  // A text that comes from elsewhere: mended by a button, or brought back.
  useEffect(() => {
    const state = view.current?.state;
    if (state && state.doc.toString() !== source) {
      view.current?.dispatch({ changes: { from: 0, to: state.doc.length, insert: source } });
    }
  }, [source]);
  useEffect(() => {
    const editor = view.current;
    if (editor) {
      const text = editor.state.doc.toString();
      const marks = diagnostics.map((diagnostic) => markOf(text, diagnostic));
      editor.dispatch(setDiagnostics(editor.state, marks));
    }
  }, [diagnostics]);
  return (
    <div
      ref={host}
      className={className}
      // Not by Tab, which finds the text itself; only where the form leads to what is wrong.
      tabIndex={-1}
      data-editor="rules"
      data-invalid={isWrong}
    />
  );
}

interface Doings {
  readonly onChange: (source: string) => void;
  readonly onTry: () => void;
}

function extensions(language: Props["language"], { onChange, onTry }: Doings) {
  const run = () => {
    onTry();
    return true;
  };
  return [
    lineNumbers(),
    EditorView.lineWrapping,
    history(),
    bracketMatching(),
    closeBrackets(),
    colors(language),
    autocompletion({ override: [completions(language)], icons: false }),
    hoverTooltip(meanings(language)),
    tooltips({ position: "absolute" }),
    keymap.of([{ key: "Mod-Enter", run }, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
    EditorView.updateListener.of(({ docChanged, state }) => {
      if (docChanged) {
        onChange(state.doc.toString());
      }
    }),
    EditorView.contentAttributes.of({ "aria-label": "Text of the strategy" }),
    LOOK,
  ];
}

function markOf(text: string, diagnostic: Diagnostic): Mark {
  const span = spanOf(text, diagnostic);
  const { severity, message, suggestion } = diagnostic;
  return {
    ...span,
    severity: severity === Severity.ERROR ? "error" : "warning",
    message,
    actions:
      suggestion === ""
        ? []
        : [
            {
              name: `Write ${suggestion}`,
              apply: (view, from, to) =>
                view.dispatch({ changes: { from, to, insert: suggestion } }),
            },
          ],
  };
}
