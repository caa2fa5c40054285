// Webhooks by the page: made, tried, told of a run, removed.

import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { createApi } from "../src/api";
import { startServer } from "../test/server";
import { backtest, DEMO_SERIES } from "./arrange";
import { expect, test } from "./fixtures";

test("a webhook is made with its key, tried, told of a run, and removed", async ({ page }) => {
  const told: { readonly body: string; readonly headers: IncomingHttpHeaders }[] = [];
  const receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      told.push({ body, headers: request.headers });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  const server = await startServer(["--hook-allow", "http://127.0.0.1:*"]);
  const api = createApi(createGrpcWebTransport({ baseUrl: server.baseUrl }));
  const source = { case: "synthetic", value: { barCount: 2_000n, seed: 1n } } as const;
  await api.marketData.importBars({ series: DEMO_SERIES, source });

  await page.goto(`${server.baseUrl}/system`);
  await page.getByRole("button", { name: "Add a webhook" }).click();
  const dialog = page.getByRole("dialog", { name: "Add a webhook" });
  await dialog.getByLabel("Address").fill("https://127.0.0.1/hook");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await expect(dialog.getByRole("alert")).toContainText("hook_allow");
  await dialog.getByLabel("Address").fill(url);
  await dialog.getByLabel("run.cancelled").uncheck();
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await expect(dialog.getByText(/^whsec_/)).toBeVisible();
  await dialog.getByRole("button", { name: "I have kept it" }).click();

  const row = page.locator("[data-hook]");
  await expect(row).toContainText("run.completed, run.failed");
  await expect(row).toContainText("delivers");
  await row.getByRole("button", { name: `Test ${url}` }).click();
  await expect(page.getByText("The test arrived: 204")).toBeVisible();
  const { runId } = await api.runs.submit(backtest("sma_cross", { fast: 5, slow: 9 }));
  await expect.poll(() => told.length).toBe(2);
  expect(JSON.parse(told[1]?.body ?? "")).toMatchObject({ type: "run.completed", data: { runId } });
  expect(told[1]?.headers["webhook-signature"]).toMatch(/^v1,/);
  await row.getByRole("button", { name: `Remove ${url}` }).click();
  await expect(page.getByText("Nobody is told of anything.")).toBeVisible();

  await page.close();
  await server.stop();
  receiver.close();
});
