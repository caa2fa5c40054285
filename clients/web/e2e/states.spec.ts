// What a page shows first, and where there is nothing to show.

import { startDemo, startServer } from "../test/server";
import { heatMap, stateBadge } from "./arrange";
import { expect, LOST, test } from "./fixtures";

test("the demo's runs are listed", async ({ page }) => {
  // It computes all of them before it serves: on a machine with much else to do that takes its time.
  test.slow();
  const demo = await startDemo();
  await page.goto(demo.baseUrl);
  // A search of each made-up market, what luck would find in it, and the middle of the plateau.
  await expect(page.locator("[data-run]")).toHaveCount(5);
  await expect(page.locator("[data-run] [data-state=COMPLETED]")).toHaveCount(5);
  await page.getByRole("row").filter({ hasText: "demo: trends" }).getByRole("link").first().click();
  await expect(page.locator("[data-chart=heatmap]")).toHaveAttribute("data-filled", "120");
  // A page that is open goes on asking, and would miss a server that has ended.
  await page.close();
  expect(await demo.stop()).toBe(0);
});

test("from an empty server one click leads to a sweep over bars that it makes", async ({
  page,
  emptyStage,
}) => {
  await page.goto(emptyStage.server.baseUrl);
  await page.getByRole("button", { name: "Try a sweep" }).click();
  await expect(stateBadge(page)).toHaveAttribute("data-state", "COMPLETED");
  await expect(heatMap(page)).toHaveAttribute("data-filled", "130");
  const { runs } = await emptyStage.api.runs.listRuns({});
  expect(runs.map(({ displayName }) => displayName)).toEqual(["First sweep"]);
});

test("an empty server says what to do first, and takes or makes bars", async ({
  page,
  emptyStage,
}) => {
  await page.goto(emptyStage.server.baseUrl);
  await expect(page.locator("[data-message=no-runs]")).toContainText("No runs yet");
  await page.getByRole("link", { name: "New run", exact: true }).first().click();
  await expect(page.locator("[data-message=no-bars]")).toContainText("A run needs bars");
  await page.getByRole("link", { name: "Bring in bars" }).click();
  await page.getByRole("button", { name: "Generate bars" }).first().click();
  await page.getByRole("button", { name: "Generate", exact: true }).click();
  await page.getByRole("link", { name: "New run on these" }).click();
  await page.getByRole("button", { name: "Start the backtest" }).click();
  await expect(page.locator("[data-panel=headline]")).toBeVisible();
});

test("a run that is not there, a page that is not there", async ({ page, stage }) => {
  const { baseUrl } = stage.server;
  await page.goto(`${baseUrl}/runs/01938f00-0000-7000-8000-000000000000`);
  await expect(page.locator("[data-message=no-such-run]")).toContainText("There is no such run");
  await page.goto(`${baseUrl}/runs/not-an-id`);
  await expect(page.locator("[data-message=no-such-run]")).toBeVisible();
  await page.goto(`${baseUrl}/runs/01938f00-0000-7000-8000-000000000000/trials/x`);
  await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
  // What is no page of ours is not served as one.
  expect((await page.request.get(`${baseUrl}/nowhere`)).status()).toBe(404);
});

test("a page whose code is out of reach says so, and leaves the others alone", async ({
  page,
  stage,
  complaints,
}) => {
  complaints.expect(LOST);
  await page.goto(stage.server.baseUrl);
  await page.route("**/SystemPage.js", (route) => route.abort("connectionrefused"));
  await page.getByRole("link", { name: "System" }).click();
  await expect(page.locator("[data-message=page-broken]")).toContainText("SystemPage.js");
  await page.getByRole("link", { name: "Strategies" }).click();
  await expect(page.getByRole("heading", { name: "Strategies" })).toBeVisible();
  await page.getByRole("link", { name: "System" }).click();
  await page.unroute("**/SystemPage.js");
  await page.getByRole("button", { name: "Load it again" }).click();
  await expect(page.getByText("Computing threads")).toBeVisible();
});

test("a server that does not answer at first is told, and the page goes on by itself", async ({
  page,
  stage,
  complaints,
}) => {
  complaints.expect(LOST);
  await page.route("**/tradeforge.v1.*/**", (route) => route.abort("connectionrefused"));
  await page.goto(stage.server.baseUrl);
  await expect(page.locator("[data-message=unreachable]")).toContainText("tradeforge serve");
  await expect(page.locator("[data-connection=lost]")).toContainText("Reconnecting");
  await page.unroute("**/tradeforge.v1.*/**");
  await expect(page.locator("[data-connection=lost]")).toHaveCount(0);
  await expect(page.locator("[data-message=unreachable]")).toHaveCount(0);
});

test("a server that asks shows nothing but the way in, and lets out again", async ({
  page,
  complaints,
}) => {
  complaints.expect(/401|Unauthorized/);
  const server = await startServer(["--access", "on"]);
  await page.goto(server.baseUrl);
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await page.getByLabel("Token").fill("hunter2");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.locator("[data-fault=token]")).toContainText("no token");
  await page.getByLabel("Token").fill(await server.firstToken());
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Runs", exact: true })).toBeVisible();
  await page.goto(`${server.baseUrl}/system`);
  await expect(page.getByText("admin").first()).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await page.close();
  await server.stop();
});
