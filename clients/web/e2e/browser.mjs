// Which browser the flows are driven with. As a program it prints its path, or fails.

import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { chromium } from "@playwright/test";

const INSTALLED = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** CHROMIUM_BIN, the system's Chromium, or the one that Playwright has fetched. */
export function browserPath() {
  const paths = [process.env.CHROMIUM_BIN, ...INSTALLED, chromium.executablePath()];
  return paths.find((path) => path && existsSync(path));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const path = browserPath();
  console.log(path ?? "there is none");
  process.exit(path ? 0 : 1);
}
