// Which browser the flows are driven with. As a program it prints its path, or fails.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "@playwright/test";

// First the one without windows, which starts and draws at less cost.
const INSTALLED = [
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
/** Where `fetch-browser.mjs` puts one, with the libraries that it needs. */
export const FETCHED = fileURLToPath(new URL("../.browser/", import.meta.url));

/** CHROMIUM_BIN, the system's Chromium, or one that has been fetched; the first that starts. */
export function browserPath() {
  const fetched = `${FETCHED}chromium`;
  const paths = [process.env.CHROMIUM_BIN, ...INSTALLED, chromium.executablePath(), fetched];
  const path = paths.find((path) => path && existsSync(path) && starts(path, environment(path)));
  Object.assign(process.env, environment(path));
  return path;
}

/** A fetched browser brings libraries along, for systems that lack them. */
function environment(path) {
  return path?.startsWith(FETCHED) ? { LD_LIBRARY_PATH: `${FETCHED}al2023/lib` } : {};
}

/** What is no more than a signpost to a package, as on Ubuntu, is no browser. */
function starts(path, environment) {
  const { status } = spawnSync(path, ["--version"], { env: { ...process.env, ...environment } });
  return status === 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const path = browserPath();
  console.log(path ?? "there is none");
  process.exit(path ? 0 : 1);
}
