import { defineConfig } from "@playwright/test";
import { browserPath } from "./e2e/browser.mjs";

const executablePath = browserPath();

// The flows of the web client in a real browser, served by the real binary.
export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  forbidOnly: !!process.env["CI"],
  // A flow that fails now and then is broken.
  retries: 0,
  // Each with a server of its own: a flow waits for most of its time.
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  projects: [
    { name: "flows" },
    { name: "screenshots", testMatch: "screenshots.ts", workers: 1 },
    { name: "measure", testMatch: ["measure.ts", "typed.ts"], workers: 1 },
  ],
  reporter: process.env["CI"] ? [["list"], ["html", { open: "never" }]] : [["dot"]],
  use: {
    viewport: { width: 1280, height: 900 },
    // Tracing costs a third of the time: `npm run e2e -- --trace on FILE` has it where it is wanted.
    trace: "off",
    screenshot: "only-on-failure",
    launchOptions: {
      ...(executablePath && { executablePath }),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
