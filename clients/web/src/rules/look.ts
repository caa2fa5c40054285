// What the editor looks like: the page's own tokens, which reach into its shadow.

import { EditorView } from "@codemirror/view";

const FLOAT = {
  border: "1px solid var(--color-border-strong)",
  borderRadius: "var(--radius-m)",
  background: "var(--color-surface)",
  color: "var(--color-text)",
  boxShadow: "var(--shadow-float)",
};

export const LOOK = EditorView.theme({
  "&": {
    maxHeight: "60vh",
    border: "1px solid var(--color-border-strong)",
    borderRadius: "var(--radius-m)",
    background: "var(--color-surface)",
    color: "var(--color-text)",
    fontSize: "var(--text-s)",
  },
  "&.cm-focused": { outline: "2px solid var(--color-focus)", outlineOffset: "1px" },
  ".cm-scroller": { overflow: "auto", fontFamily: "var(--font-mono)", lineHeight: "1.6" },
  ".cm-content, .cm-gutter": { minHeight: "220px" },
  ".cm-content": { padding: "var(--space-3) 0", caretColor: "var(--color-text)" },
  ".cm-cursor": { borderLeftColor: "var(--color-text)" },
  ".cm-gutters": {
    border: "0",
    borderRadius: "var(--radius-m) 0 0 var(--radius-m)",
    background: "var(--color-sunken)",
    color: "var(--color-text-soft)",
  },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--color-bad)",
    textDecorationSkipInk: "none",
    textUnderlineOffset: "3px",
  },
  ".cm-lintRange-warning": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--color-warn)",
    textDecorationSkipInk: "none",
    textUnderlineOffset: "3px",
  },
  ".cm-tooltip": FLOAT,
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    background: "var(--color-accent-soft)",
    color: "var(--color-text)",
  },
  ".cm-completionInfo": { ...FLOAT, maxWidth: "320px", padding: "var(--space-2) var(--space-3)" },
  ".cm-completionDetail": { color: "var(--color-text-soft)", fontStyle: "normal" },
  ".cm-diagnostic": { padding: "var(--space-2) var(--space-3)", fontFamily: "var(--font)" },
  ".cm-diagnosticAction": {
    border: "1px solid var(--color-border-strong)",
    borderRadius: "var(--radius-s)",
    background: "var(--color-sunken)",
    color: "var(--color-text)",
  },
  ".cm-meaning": { maxWidth: "420px", padding: "var(--space-2) var(--space-3)" },
  ".cm-meaning p": { margin: "var(--space-1) 0" },
});
