// Fails if what a browser loads at once has grown beyond its budget, in compressed kilobytes.
//
// Held are the first page and each part that is loaded later, with all that it brings along: those
// are what somebody waits for. Of all parts together there is no limit: nobody loads them all, and a
// sum would refuse a page that is looked at seldom, and let one that everyone opens grow in its place.

import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const FIRST_ROUTE_KB = 150;
/** What a part adds to the first page: two thirds as much again at most. */
const LATER_KB = 100;
/** The editor of texts is a program of its own, and loads where a text is written and nowhere else. */
const LATER_EXCEPT_KB = { "RulesEditor.js": 120 };

const folder = new URL("../dist/", import.meta.url);
const read = (name) => readFileSync(new URL(name, folder), "utf8");
const sizes = new Map(
  readdirSync(folder).map((name) => [
    name,
    gzipSync(readFileSync(new URL(name, folder))).length / 1000,
  ]),
);
const total = (names) => [...names].reduce((sum, name) => sum + sizes.get(name), 0);

/** The file with all that it imports at once, and not only when it is wanted. */
function closure(name, seen = new Set()) {
  if (!seen.has(name)) {
    seen.add(name);
    for (const [, imported] of read(name).matchAll(/(?:from|import)\s*["'`]\.\/([^"'`]+)["'`]/g)) {
      closure(imported, seen);
    }
  }
  return seen;
}

// A part that is loaded later is told of as `import("./Part.js")` and, soon after it, by
// `__vite__mapDeps([0, 1])`: places in a list of files at the head of the same script.
function partsOf(name) {
  const text = read(name);
  const listed = /m\.f\s*=\s*(\[[^\]]*\])/.exec(text)?.[1] ?? "[]";
  const files = JSON.parse(listed.replaceAll("`", '"'));
  return text
    .split(/import\(["'`]\.\//)
    .slice(1)
    .map((rest) => {
      const [part] = rest.split(/["'`]/, 1);
      const places = /^.{0,120}?__vite__mapDeps\(\[([\d,\s]*)\]\)/s.exec(rest)?.[1] ?? "";
      const named = places.split(",").flatMap((at) => (at.trim() ? [files[Number(at)]] : []));
      return [part, new Set([...named, ...closure(part)])];
    });
}

const index = read("index.html");
const firstStyles = [...index.matchAll(/href="\/([^"]+\.css)"/g)].map(([, name]) => name);
const first = new Set(["index.html", "favicon.svg", ...firstStyles, ...closure("app.js")]);
// What a part adds to those that it is asked for by: to the first page, or to a later one.
const added = new Map();
const reached = new Set(first);
for (const name of [...sizes.keys()].filter((it) => it.endsWith(".js"))) {
  const here = new Set([...first, ...closure(name)]);
  for (const [part, files] of partsOf(name)) {
    const more = [...files].filter((file) => !here.has(file));
    added.set(part, Math.max(added.get(part) ?? 0, total(more)));
    for (const file of files) {
      reached.add(file);
    }
  }
}

for (const [name, size] of sizes) {
  console.log(`${name.padEnd(28)} ${size.toFixed(1).padStart(7)} kB gz`);
}
console.log(`${"all of them".padEnd(28)} ${total(sizes.keys()).toFixed(1).padStart(7)} kB gz`);
const unreached = [...sizes.keys()].filter((name) => !reached.has(name));
let failed = false;
const hold = (what, size, limit) => {
  console.log(`${what.padEnd(28)} ${size.toFixed(1).padStart(7)} kB gz of ${limit}`);
  failed ||= size > limit;
};
hold("first route", total(first), FIRST_ROUTE_KB);
for (const [part, size] of [...added].sort()) {
  hold(`then ${part}`, size, LATER_EXCEPT_KB[part] ?? LATER_KB);
}
if (unreached.length > 0) {
  console.error(`loaded by nothing that this script sees: ${unreached.join(", ")}`);
  process.exit(1);
}
if (failed) {
  console.error("over budget: load it later, or do without");
  process.exit(1);
}
