// A server that asks who calls: what owners may have, and who changed what.

import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { createApi } from "../src/api";
import { Role } from "../src/gen/tradeforge/v1/access_service_pb";
import { startServer } from "../test/server";
import { backtest, DEMO_SERIES } from "./arrange";
import { expect, test } from "./fixtures";

test("an admin sees who changed what and sets what owners may have, as the API has them", async ({
  page,
}) => {
  const server = await startServer(["--access", "on"]);
  const token = await server.firstToken();
  const as = (bearer: string) =>
    createApi(
      createGrpcWebTransport({
        baseUrl: server.baseUrl,
        interceptors: [
          (next) => (request) => {
            request.header.set("authorization", `Bearer ${bearer}`);
            return next(request);
          },
        ],
      }),
    );
  const admin = as(token);
  const source = { case: "synthetic", value: { barCount: 2_000n, seed: 1n } } as const;
  await admin.marketData.importBars({ series: DEMO_SERIES, source });
  const made = await admin.access.createToken({ owner: "ann", role: Role.SUBMITTER });
  const { runId } = await as(made.secret).runs.submit(backtest("sma_cross", { fast: 5, slow: 9 }));

  await page.goto(`${server.baseUrl}/system`);
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "System" })).toBeVisible();
  const ann = page.locator("[data-owner=ann]");
  await expect(ann).toContainText("1 of any number");
  const { events } = await admin.access.listAuditEvents({});
  const rows = page.locator("[data-event]");
  await expect(rows).toHaveCount(events.length);
  const shown = await rows.evaluateAll((all) => all.map((row) => row.getAttribute("data-event")));
  expect(shown).toEqual(events.map(({ eventId }) => String(eventId)));
  const submitted = rows.filter({ hasText: "run.submit" });
  await expect(submitted).toContainText("ann");
  await expect(submitted.getByRole("link")).toHaveAttribute("href", `/runs/${runId}`);

  await page.getByLabel("Filter of changes").fill("actor = ann");
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await expect(rows).toHaveCount(1);
  await page.getByLabel("Filter of changes").fill("colour = red");
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText("colour");

  await ann.getByRole("button", { name: "Limits of ann" }).click();
  const dialog = page.getByRole("dialog", { name: "Limits of ann" });
  await dialog.getByLabel("Live runs").fill("many");
  await expect(dialog.getByText("Must be a whole number")).toBeVisible();
  await dialog.getByLabel("Live runs").fill("3");
  await dialog.getByLabel("Trials a day").fill("1000");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(ann).toContainText("1 of 1,000");
  const { owners } = await admin.access.listOwners({});
  const owner = owners.find(({ name }) => name === "ann");
  expect(owner?.quota?.liveRunsMax).toBe(3n);
  expect(owner?.quota?.trialsPerDayMax).toBe(1_000n);
  expect(owner?.ownLimits.toSorted()).toEqual(["live_runs_max", "trials_per_day_max"]);
  await page.close();
  await server.stop();
});
