// Fails if what a browser loads for a page has grown beyond its budget, in compressed kilobytes.

import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const FIRST_ROUTE_KB = 150;
const ALL_KB = 300;
const FIRST_ROUTE = ["index.html", "app.js", "app.css", "favicon.svg"];

const folder = new URL("../dist/", import.meta.url);
const sizes = new Map(
  readdirSync(folder).map((name) => [
    name,
    gzipSync(readFileSync(new URL(name, folder))).length / 1000,
  ]),
);
const sum = (names) => names.reduce((total, name) => total + sizes.get(name), 0);
for (const [name, size] of sizes) {
  console.log(`${name.padEnd(24)} ${size.toFixed(1).padStart(7)} kB gz`);
}
// What the entry imports at once is loaded with it.
const entry = readFileSync(new URL("app.js", folder), "utf8");
const eager = [...sizes.keys()].filter((name) =>
  new RegExp(`from\\s*["']\\./${name.replace(".", "\\.")}["']`).test(entry),
);
let failed = false;
for (const [what, size, limit] of [
  ["first route", sum([...FIRST_ROUTE, ...eager]), FIRST_ROUTE_KB],
  ["everything", sum([...sizes.keys()]), ALL_KB],
]) {
  console.log(`${what.padEnd(24)} ${size.toFixed(1).padStart(7)} kB gz of ${limit}`);
  failed ||= size > limit;
}
if (failed) {
  console.error("over budget: load it later, or do without");
  process.exit(1);
}
