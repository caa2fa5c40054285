// The client in a page, bundled as its user would bundle it, in a real browser: of another origin than
// the server's, which has to let it in.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";

const COMMAND = "node_modules/.bin/tradeforge";
/** Where a browser and a bundler are: the folder of the web client. */
const WEB = process.env.TRADEFORGE_WEB;

const PAGE = `
import { connect, explain, finished, listTrades, watch } from "@tradeforge/client";

const series = { exchange: "SYN", symbol: "DEMO", timeframe: "1h" };
const backtest = (fast, initialCash) => ({ spec: { case: "backtest", value: {
  strategy: { name: "sma_cross" },
  params: { [fast]: { kind: { case: "intValue", value: 2n } } },
  subscriptions: [series],
  simulation: { initialCash },
} } });
const source = { case: "synthetic", value: { barCount: 2_000n, seed: 42n } };

async function tried() {
  const api = connect(location.hash.slice(1));
  await api.marketData.importBars({ series, source });
  const { runId } = await api.runs.submit(backtest("fast", "10000"));
  let last;
  for await (const status of watch(api, runId)) {
    last = status.progress.fraction;
  }
  const { result } = await finished(api, runId);
  let trades = 0;
  for await (const trade of listTrades(api, runId)) {
    trades += trade.exitTime === undefined ? 0 : 1;
  }
  const refusal = await api.runs.submit(backtest("fats", "much")).catch(explain);
  return { last, closed: result.value.metrics.trade_count, trades, refusal };
}
tried().then(
  (told) => { globalThis.told = told; },
  (error) => { globalThis.told = { error: explain(error) }; },
);
`;

let folder;
let pages;
let server;
let url;

/** The page and what it is bundled to, at an origin of their own. */
async function servePages(root) {
  const types = { html: "text/html", js: "text/javascript" };
  const listening = createServer(async (request, response) => {
    const name = request.url === "/" ? "/index.html" : request.url;
    try {
      const body = await readFile(join(root, name));
      response.writeHead(200, { "content-type": types[name.split(".").at(-1)] ?? "text/plain" });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  listening.listen(0, "127.0.0.1");
  await once(listening, "listening");
  return listening;
}

before(async () => {
  // Within the project, so that the packages are found as in any other.
  folder = await mkdtemp(join(process.cwd(), "page-"));
  if (WEB === undefined) {
    return;
  }
  await mkdir(join(folder, "dist"));
  await writeFile(join(folder, "page.js"), PAGE);
  const entry = `<!doctype html><title>-</title><script type="module" src="/page.js"></script>`;
  await writeFile(join(folder, "index.html"), entry);
  const vite = createRequire(join(WEB, "package.json")).resolve("vite");
  const { build } = await import(pathToFileURL(vite));
  await build({ root: folder, configFile: false, logLevel: "error" });
  pages = await servePages(join(folder, "dist"));
  url = `http://127.0.0.1:${pages.address().port}`;
  const words = ["--temporary", "--exit-with-stdin", "--listen", "127.0.0.1:0"];
  server = spawn(COMMAND, ["serve", ...words, "--cors-origin", url], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, RUST_LOG: "error" },
  });
});

after(async () => {
  await rm(folder, { recursive: true });
  pages?.close();
  server?.stdin.end();
});

test("a page submits, watches, lists and is told what is wrong", async (context) => {
  if (WEB === undefined) {
    context.skip(
      "TRADEFORGE_WEB does not name the web client, which brings a browser and a bundler",
    );
    return;
  }
  const { browserPath } = await import(pathToFileURL(join(WEB, "e2e/browser.mjs")));
  const executablePath = browserPath();
  if (executablePath === undefined) {
    context.skip("there is no browser");
    return;
  }
  const [line] = await once(createInterface(server.stdout), "line");
  const { chromium } = createRequire(join(WEB, "package.json"))("@playwright/test");
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    await page.goto(`${url}/#${line.slice("listening on ".length)}`);
    await page.waitForFunction(() => globalThis.told !== undefined, undefined, { timeout: 60_000 });
    const { error, last, closed, trades, refusal } = await page.evaluate(() => globalThis.told);
    assert.equal(error, undefined);
    assert.equal(last, 1);
    assert.ok(trades > 0);
    assert.equal(trades, closed);
    assert.match(refusal, /backtest\.simulation\.initial_cash: /);
    assert.match(refusal, /backtest\.params\.fats: .*did you mean "fast"\?/);
  } finally {
    await browser.close();
  }
});
