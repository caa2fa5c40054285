// What every flow has: a server, a page that may not complain, and the API beside it.

import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { type BrowserContext, test as base, expect, type Page } from "@playwright/test";
import { type Api, createApi } from "../src/api";
import { startServer, type TestServer } from "../test/server";
import { DEMO_BARS, DEMO_SERIES } from "./arrange";

export { expect };

/** A server, and what it says of itself without a browser. */
export interface Stage {
  readonly server: TestServer;
  readonly api: Api;
}

/** What the browser says of a server that it does not reach. */
export const LOST = /net::ERR_|Failed to fetch|Unable to preload/;

/** What a page said that it should not have. */
interface Complaints {
  /** From here on what reads like this is what the test is about. */
  expect(wanted: RegExp): void;
}

interface TestFixtures {
  /** A server of the test's own, without any data. */
  readonly emptyStage: Stage;
  /** A server of the test's own, with bars: for tests that kill it, or count what it has. */
  readonly ownStage: Stage;
  readonly complaints: Complaints;
}

interface WorkerFixtures {
  /** A server with bars, shared by the tests of a worker. */
  readonly stage: Stage;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  stage: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures here
    async ({}, use) => withStage(true, use),
    { scope: "worker" },
  ],
  emptyStage: async ({ context }, use) => withStage(false, use, context),
  ownStage: async ({ context }, use) => withStage(true, use, context),
  complaints: [
    async ({ context }, use) => {
      await servePages(context, process.env["TRADEFORGE_PAGES"]);
      const heard: string[] = [];
      const expected: RegExp[] = [];
      const hear = (page: Page) => {
        page.on("pageerror", ({ stack, message }) => heard.push(stack ?? message));
        page.on("console", (message) => {
          const text = message.text();
          const isBad = ["error", "warning"].includes(message.type());
          if (isBad && !expected.some((wanted) => wanted.test(text))) {
            heard.push(text);
          }
        });
        page.on("request", (request) => {
          const { hostname, protocol } = new URL(request.url());
          if (protocol.startsWith("http") && hostname !== "127.0.0.1") {
            heard.push(`asked another origin: ${request.url()}`);
          }
        });
      };
      context.on("page", hear);
      await use({ expect: (wanted) => expected.push(wanted) });
      expect(heard, "what the page complained of").toEqual([]);
    },
    { auto: true },
  ],
});

/** The pages of the context are closed first: one that is open misses a server that has ended. */
async function withStage(
  hasBars: boolean,
  use: (stage: Stage) => Promise<void>,
  context?: BrowserContext,
): Promise<void> {
  const server = await startServer();
  const api = createApi(createGrpcWebTransport({ baseUrl: server.baseUrl }));
  if (hasBars) {
    const source = {
      case: "synthetic",
      value: { barCount: BigInt(DEMO_BARS), seed: 42n },
    } as const;
    await api.marketData.importBars({ series: DEMO_SERIES, source });
  }
  await use({ server, api });
  await Promise.all(context?.pages().map((page) => page.close()) ?? []);
  await server.stop();
}

/**
 * For a quick look while pages are written: their files come from the folder that they were built to
 * and not from the binary, which would have to be built anew. Nothing else is asked of another.
 */
async function servePages(context: BrowserContext, folder: string | undefined): Promise<void> {
  if (folder) {
    await context.route(
      /^[^?]*\/(\w[\w-]*\.(js|css|svg))?(\?|$)|\/runs\/|\/(new|data|compare|strategies|system)\b/,
      (route) => {
        const { pathname } = new URL(route.request().url());
        const isApi =
          route.request().method() !== "GET" || /^\/(v1|import|export)\b/.test(pathname);
        const name = pathname.includes(".") ? pathname : "/index.html";
        return isApi ? route.continue() : route.fulfill({ path: `${folder}${name}` });
      },
    );
  }
}
