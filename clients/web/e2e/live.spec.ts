// What happens elsewhere shows by itself, and lost connections lose nothing.

import { fromBinary } from "@bufbuild/protobuf";
import type { Page, Request } from "@playwright/test";
import { formatRate } from "../src/format/number";
import { formatDuration, secondsOf } from "../src/format/time";
import { WatchTrialsRequestSchema } from "../src/gen/tradeforge/v1/result_service_pb";
import {
  backtest,
  freshKeys,
  GATED_TRIALS,
  GATES,
  gatedSearch,
  heatMap,
  openFirstGate,
  openOtherGates,
  stateBadge,
  submit,
  TRIALS_PER_GATE,
} from "./arrange";
import { expect, LOST, test } from "./fixtures";
import { openNetwork } from "./network";

function isStream(request: Request): boolean {
  return /\/Watch(Runs|Trials|Progress)$/.test(request.url());
}

function banner(page: Page) {
  return page.locator("[data-connection=lost]");
}

test("runs submitted elsewhere appear and move by themselves", async ({ page, stage }) => {
  await page.goto(`${stage.server.baseUrl}/?kind=backtest`);
  await expect(page.getByRole("heading", { name: "Runs", exact: true })).toBeVisible();
  const key = freshKeys(1);
  const runId = await submit(stage.api, backtest("gate", { bars: 100, key }));
  const row = page.locator(`[data-run="${runId}"]`);
  await expect(row.locator("[data-state]")).toHaveAttribute("data-state", "RUNNING");
  await stage.server.openGate(key);
  await expect(row.locator("[data-state]")).toHaveAttribute("data-state", "COMPLETED");
  await row.getByRole("button", { name: "Delete gate" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(row).toHaveCount(0);
});

test("a lost network is told and made up for, from where the stream was", async ({
  page,
  stage,
  complaints,
}) => {
  const network = await openNetwork(stage.server.baseUrl);
  complaints.expect(LOST);
  const first = freshKeys(GATES);
  const runId = await submit(stage.api, gatedSearch(first));
  await page.goto(`${network.baseUrl}/runs/${runId}`);
  const map = heatMap(page);
  await openFirstGate(page, stage.server, first);
  await expect(map).toHaveAttribute("data-filled", String(TRIALS_PER_GATE));

  await network.cut();
  await expect(banner(page)).toContainText("Reconnecting");
  await expect(map).toHaveAttribute("data-filled", String(TRIALS_PER_GATE));
  await openOtherGates(stage.server, first);
  const resumed = page.waitForRequest((request) => request.url().endsWith("/WatchTrials"));
  await network.mend();
  // Five bytes frame the message.
  const body = (await resumed).postDataBuffer()?.subarray(5);
  expect(fromBinary(WatchTrialsRequestSchema, body ?? new Uint8Array()).afterCursor).toBeDefined();
  await expect(banner(page)).toHaveCount(0);
  await expect(stateBadge(page)).toHaveAttribute("data-state", "COMPLETED");
  await expect(map).toHaveAttribute("data-filled", String(GATED_TRIALS));
  await network.cut();
});

test("a server that is killed and started again goes on where it was, and so does the page", async ({
  page,
  ownStage,
  complaints,
}) => {
  complaints.expect(LOST);
  const { api, server } = ownStage;
  const runId = await submit(api, gatedSearch(1));
  await page.goto(`${server.baseUrl}/runs/${runId}`);
  const map = heatMap(page);
  await openFirstGate(page, server, 1);
  await expect(map).toHaveAttribute("data-filled", String(TRIALS_PER_GATE));

  const first = (await api.runs.getStatus({ runId })).status?.startTime;
  await server.kill();
  await expect(banner(page)).toContainText("Reconnecting");
  // Nothing goes on without a server: that is said when the connection alone is gone, and not of this.
  await expect(banner(page)).toContainText("If it has ended, its runs resume when it is back");
  await expect(page.getByText(/go(es)? on without/)).toHaveCount(0);
  await expect(map).toHaveAttribute("data-filled", String(TRIALS_PER_GATE));
  await server.restart();
  await expect(banner(page)).toHaveCount(0);
  await expect(page.getByText("attempt 2")).toBeVisible();
  await openOtherGates(server, 1);
  await expect(stateBadge(page)).toHaveAttribute("data-state", "COMPLETED");
  await expect(map).toHaveAttribute("data-filled", String(GATED_TRIALS));
  const { run } = await api.runs.getRun({ runId });
  // It began before the kill, and its speed is over all the time that it was computed in.
  const { startTime, progress } = run?.status ?? {};
  expect(first && startTime).toEqual(first);
  const figure = (name: string) =>
    page.getByRole("region", { name: "Progress" }).locator(`dt:text-is("${name}") + dd`);
  await expect(figure("Took")).toHaveText(formatDuration(progress?.elapsed));
  const seconds = progress?.elapsed ? secondsOf(progress.elapsed) : 0;
  await expect(figure("Speed")).toHaveText(formatRate(GATED_TRIALS / seconds));
  const result = run?.status?.result;
  const best = result?.case === "optimization" ? result.value.bestTrial?.trialIndex : undefined;
  await expect(map).toHaveAttribute("data-best", String(best));
});

test("fifty live runs and two tabs leave connections for everything else", async ({
  context,
  ownStage,
}) => {
  const { api, server } = ownStage;
  const search = await submit(api, gatedSearch(1));
  for (let key = 100; key < 150; key += 1) {
    await submit(api, backtest("gate", { bars: 1, key }));
  }
  const open = new Map<Page, Set<Request>>();
  const tab = async (path: string) => {
    const page = await context.newPage();
    const streams = new Set<Request>();
    open.set(page, streams);
    page.on("request", (request) => isStream(request) && streams.add(request));
    page.on("requestfinished", (request) => streams.delete(request));
    page.on("requestfailed", (request) => streams.delete(request));
    await page.goto(`${server.baseUrl}${path}`);
    return page;
  };
  const report = await tab(`/runs/${search}`);
  await expect(stateBadge(report)).toHaveAttribute("data-state", "RUNNING");
  const list = await tab("/?state=running,pending");
  await expect(list.locator("[data-run]")).toHaveCount(50);
  await server.openGate(1);
  await expect(heatMap(report)).toHaveAttribute("data-filled", String(TRIALS_PER_GATE));
  // One watch for both tabs, held by the first, and one for the trials.
  expect([...open.values()].map((streams) => streams.size)).toEqual([2, 0]);
  // A call is answered while the streams stand.
  await list.getByRole("link", { name: "System" }).click();
  await expect(list.getByText("Computing threads")).toBeVisible();
  await expect(list.getByText("connected")).toBeVisible();
});

test("six windows of a live search and of all runs live at once, and calls are answered", async ({
  context,
  ownStage,
}) => {
  const { api, server } = ownStage;
  const runId = await submit(api, gatedSearch(1));
  const windows: Page[] = [];
  for (let place = 0; place < 6; place += 1) {
    const page = await context.newPage();
    await page.goto(`${server.baseUrl}${place < 4 ? `/runs/${runId}` : "/system"}`);
    windows.push(page);
  }
  const [searches, others] = [windows.slice(0, 4), windows.slice(4)];
  await server.openGate(1);
  for (const page of others) {
    await expect(page.getByText("connected")).toBeVisible();
    await expect(page.getByText("Computing threads")).toBeVisible();
  }
  const allFilled = async (trials: number) => {
    for (const page of searches) {
      await expect(heatMap(page)).toHaveAttribute("data-filled", String(trials));
    }
  };
  await allFilled(TRIALS_PER_GATE);
  await openOtherGates(server, 1);
  await allFilled(GATED_TRIALS);
  for (const page of searches) {
    await expect(stateBadge(page)).toHaveAttribute("data-state", "COMPLETED");
  }
  // The window that received for all goes, and another one takes over.
  await windows[0]?.close();
  const later = await submit(api, backtest("gate", { bars: 1, key: 77 }));
  const list = await context.newPage();
  await list.goto(`${server.baseUrl}/?state=running,completed`);
  const row = list.locator(`[data-run="${later}"] [data-state]`).first();
  await expect(row).toHaveAttribute("data-state", "RUNNING");
  await server.openGate(77);
  await expect(row).toHaveAttribute("data-state", "COMPLETED");
});

test("the trials of a live search are never asked for twice at once, nor is an answer thrown away", async ({
  page,
  stage,
}) => {
  const first = freshKeys(GATES);
  const runId = await submit(stage.api, gatedSearch(first));
  const counts = { underWay: 0, most: 0, asked: 0, failed: 0 };
  const isList = (request: Request) => request.url().endsWith("/ListTrials");
  page.on("request", (request) => {
    if (isList(request)) {
      counts.asked += 1;
      counts.underWay += 1;
      counts.most = Math.max(counts.most, counts.underWay);
    }
  });
  page.on("requestfinished", (request) => {
    counts.underWay -= Number(isList(request));
  });
  page.on("requestfailed", (request) => {
    counts.underWay -= Number(isList(request));
    counts.failed += Number(isList(request));
  });
  await page.goto(`${stage.server.baseUrl}/runs/${runId}?tab=trials`);
  const rows = page.getByRole("table", { name: "Trials" });
  await openFirstGate(page, stage.server, first);
  await expect(rows).toHaveAttribute("data-rows", String(TRIALS_PER_GATE));
  expect(counts).toMatchObject({ most: 1, failed: 0 });
  await openOtherGates(stage.server, first);
  await expect(stateBadge(page)).toHaveAttribute("data-state", "COMPLETED");
  await expect(rows).toHaveAttribute("data-rows", String(GATED_TRIALS));
  // The end asks at once, whatever is under way then.
  expect(counts.failed).toBeLessThanOrEqual(1);
});
