// Fails if what a browser loads for a page has grown beyond its budget, in compressed kilobytes.

import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const FIRST_ROUTE_KB = 150;
// Of them all but the editor, which loads where a text is written and nowhere else. Grown from 370 by
// weights over time, walk-forwards begun from their sweep and scores over series: each loads where it
// is looked at, and the first page is what it was.
const ALL_KB = 375;
const EDITOR_KB = 125;

const folder = new URL("../dist/", import.meta.url);
const sizes = new Map(
  readdirSync(folder).map((name) => [
    name,
    gzipSync(readFileSync(new URL(name, folder))).length / 1000,
  ]),
);
const index = readFileSync(new URL("index.html", folder), "utf8");
const firstStyles = [...index.matchAll(/href="\/([^"]+\.css)"/g)].map(([, name]) => name);
const FIRST_ROUTE = ["index.html", "favicon.svg", ...firstStyles];
const sum = (names) => names.reduce((total, name) => total + sizes.get(name), 0);
for (const [name, size] of sizes) {
  console.log(`${name.padEnd(28)} ${size.toFixed(1).padStart(7)} kB gz`);
}
/** The file with all that it imports at once, and not only when it is wanted. */
function closure(name, seen = new Set()) {
  if (!seen.has(name)) {
    seen.add(name);
    const text = readFileSync(new URL(name, folder), "utf8");
    for (const [, imported] of text.matchAll(/(?:from|import)\s*["']\.\/([^"']+)["']/g)) {
      closure(imported, seen);
    }
  }
  return seen;
}

const isEditor = (name) => /^(editor|RulesEditor)\.js$/.test(name);

let failed = false;
for (const [what, size, limit] of [
  ["first route", sum([...FIRST_ROUTE, ...closure("app.js")]), FIRST_ROUTE_KB],
  ["everything but the editor", sum([...sizes.keys()].filter((it) => !isEditor(it))), ALL_KB],
  ["editor", sum([...sizes.keys()].filter(isEditor)), EDITOR_KB],
]) {
  console.log(`${what.padEnd(28)} ${size.toFixed(1).padStart(7)} kB gz of ${limit}`);
  failed ||= size > limit;
}
if (failed) {
  console.error("over budget: load it later, or do without");
  process.exit(1);
}
