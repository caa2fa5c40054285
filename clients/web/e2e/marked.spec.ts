// Runs that are marked, taken in from a file, and begun on all series or from a slider: each as the API
// then tells.

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatTime } from "../src/format/time";
import type { OptimizationSpec } from "../src/gen/tradeforge/v1/types_pb";
import { expectAccessible } from "./accessible";
import { backtest, finished, whenFinal } from "./arrange";
import { expect, type Stage, test } from "./fixtures";

test("a star is a label: set in the list, found by it, taken away on the run's page", async ({
  page,
  ownStage: { api, server },
}) => {
  const first = await finished(api, backtest("sma_cross", { fast: 5, slow: 30 }));
  const other = await finished(api, { ...backtest("buy_and_hold", {}), labels: { desk: "fx" } });
  await page.goto(server.baseUrl);
  const row = (runId: string) => page.locator(`[data-run="${runId}"]`);
  const labels = async (runId: string) => (await api.runs.getRun({ runId })).run?.labels;
  await row(other)
    .getByRole("button", { name: /^Star / })
    .click();
  const star = row(other).getByRole("button", { name: /^Star / });
  await expect(star).toHaveAttribute("aria-pressed", "true");
  await expect(row(first).getByRole("button", { name: /^Star / })).toHaveAttribute(
    "aria-pressed",
    "false",
  );
  expect(await labels(other)).toEqual({ desk: "fx", star: "yes" });
  expect(await labels(first)).toEqual({});
  const { runs } = await api.runs.listRuns({ filter: "labels.star = yes" });
  expect(runs.map(({ runId }) => runId)).toEqual([other]);

  await page.getByRole("button", { name: "Starred", exact: true }).click();
  await expect(page.locator("[data-run]")).toHaveCount(1);
  await expect(row(other)).toBeVisible();
  await page.reload();
  await expect(page.locator("[data-run]")).toHaveCount(1);

  // By keys, too: the row that j went to.
  await page.keyboard.press("j");
  await page.keyboard.press("s");
  await expect(page.locator("[data-run]")).toHaveCount(0);
  expect(await labels(other)).toEqual({ desk: "fx" });
  await page.goto(server.baseUrl);
  await expect(page.locator("[data-run]")).toHaveCount(2);
  await page.keyboard.press("j");
  await page.keyboard.press("s");
  await expect(star).toHaveAttribute("aria-pressed", "true");

  // A run that is made of it has a life of its own.
  await page.goto(`${server.baseUrl}/runs/${other}`);
  await expect(page.getByRole("button", { name: /^Star / })).toHaveAttribute(
    "aria-pressed",
    "true",
  );
  await page.getByRole("button", { name: "Run again" }).click();
  await expect(page).not.toHaveURL(new RegExp(other));
  const again = page.url().split("/").at(-1) ?? "";
  expect(await labels(again)).toEqual({ desk: "fx" });

  await page.goto(`${server.baseUrl}/runs/${other}`);
  await page.getByRole("button", { name: /^Star / }).click();
  await expect(page.getByRole("button", { name: /^Star / })).toHaveAttribute(
    "aria-pressed",
    "false",
  );
  expect(await labels(other)).toEqual({ desk: "fx" });
});

/** The bundle of a run as a file. */
async function bundleOf({ server }: Stage, runId: string): Promise<string> {
  const answer = await fetch(`${server.baseUrl}/export/runs/${runId}/run.tfrun`);
  expect(answer.status).toBe(200);
  const file = join(mkdtempSync(join(tmpdir(), "bundle-")), `${runId}.tfrun`);
  writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
  return file;
}

test("a bundle from another server is taken in, and its page says whose run it is", async ({
  page,
  stage,
  ownStage,
  complaints,
}) => {
  complaints.expect(/status of 400/);
  const runId = await finished(stage.api, backtest("sma_cross", { fast: 8, slow: 44 }));
  const file = await bundleOf(stage, runId);
  const { api, server } = ownStage;
  await page.goto(server.baseUrl);
  await page.getByRole("button", { name: "Import a run" }).click();
  const dialog = page.getByRole("dialog");
  const submit = dialog.getByRole("button", { name: "Import", exact: true });
  await expect(submit).toBeDisabled();
  const name = "damaged.tfrun";
  await dialog
    .locator("input[type=file]")
    .setInputFiles({ name, mimeType: "application/zip", buffer: Buffer.from("PK no bundle") });
  await submit.click();
  await expect(dialog.getByRole("alert")).toContainText(/bundle/i);
  expect((await api.runs.listRuns({})).runs).toHaveLength(0);
  await expectAccessible(page, "import");

  await dialog.locator("input[type=file]").setInputFiles(file);
  await submit.click();
  await expect(page).toHaveURL(/\/runs\/[0-9a-f-]{36}$/);
  const here = page.url().split("/").at(-1) ?? "";
  expect(here).not.toBe(runId);
  const { run } = await api.runs.getRun({ runId: here });
  expect(run?.origin?.runId).toBe(runId);
  const told = page.locator(`[data-origin="${runId}"]`);
  await expect(told).toContainText(`computed by version ${run?.origin?.version}`);
  await expect(told).toContainText(formatTime(run?.origin?.importTime, "utc"));
  await expect(told).toContainText(run?.origin?.manifestSha256.slice(0, 12) ?? "none");
  await expect(told).toContainText(
    run?.origin?.recomputed ? "again here to the same bits" : "not computed again here",
  );
  // Its figures are those that it had there.
  const [there, now] = await Promise.all([whenFinal(stage.api, runId), whenFinal(api, here)]);
  const metrics = ({ result }: typeof there) =>
    result.case === "backtest" ? result.value.metrics : {};
  expect(metrics(now)).toEqual(metrics(there));

  // The same again is that run, and makes none.
  await page.goto(server.baseUrl);
  await page.getByRole("button", { name: "Import a run" }).click();
  await dialog.locator("input[type=file]").setInputFiles(file);
  await submit.click();
  await expect(page).toHaveURL(new RegExp(`/runs/${here}$`));
  await expect(page.getByText("Known already.")).toBeVisible();
  expect((await api.runs.listRuns({})).runs).toHaveLength(1);
});

function searched(spec: { readonly case?: string | undefined; readonly value?: unknown }) {
  return spec.case === "optimization" ? (spec.value as OptimizationSpec) : undefined;
}

test("from a strategy one begins a run on every stored series by itself", async ({
  page,
  ownStage: { api, server },
}) => {
  for (const symbol of ["ALPHA", "BETA", "GAMMA"]) {
    await api.marketData.importBars({
      series: { exchange: "SYN", symbol, timeframe: "4h" },
      source: { case: "synthetic", value: { barCount: 600n, seed: 5n } },
    });
  }
  await page.goto(`${server.baseUrl}/strategies`);
  await page.getByRole("link", { name: "Run Buy and hold on all series" }).click();
  await expect(page.getByRole("checkbox", { name: /Search on each by itself/ })).toBeChecked();
  await page.getByRole("button", { name: /^Start/ }).click();
  await expect(page).toHaveURL(/\/runs\/[0-9a-f-]{36}$/);
  const runId = page.url().split("/").at(-1) ?? "";
  await whenFinal(api, runId);
  const { run } = await api.runs.getRun({ runId });
  const { series } = await api.marketData.listSeries({});
  const wanted = series.map(({ spec }) => `${spec?.symbol}@${spec?.timeframe}`).toSorted();
  const spec = searched(run?.spec ?? {});
  const axis = spec?.subscriptionAxis.map((it) => `${it.symbol}@${it.timeframe}`).toSorted();
  expect(axis).toEqual(wanted);
  expect(wanted).toHaveLength(4);
  const { trials } = await api.results.listTrials({ runId });
  expect(trials).toHaveLength(4);
});

test("handles and templates set a range, which is what is searched", async ({ page, stage }) => {
  await page.goto(`${stage.server.baseUrl}/new?strategy=sma_cross`);
  const param = page.locator("[data-param=fast]");
  await param.getByRole("button", { name: "Range" }).click();
  const field = (name: string) => param.getByLabel(`Fast length ${name}`, { exact: true });
  const least = param.getByRole("slider", { name: "Fast length: least value" });
  const most = param.getByRole("slider", { name: "Fast length: greatest value" });
  await least.fill("7");
  await most.fill("19");
  await expect(field("From")).toHaveValue("7");
  await expect(field("to")).toHaveValue("19");
  // By keys as well, and one handle pushes the other.
  await least.focus();
  await page.keyboard.press("ArrowRight");
  await expect(field("From")).toHaveValue("8");
  await most.fill("6");
  await expect(field("From")).toHaveValue("6");
  await expect(field("to")).toHaveValue("6");
  await most.fill("30");
  // Under a name they come back, also to a form that is begun anew.
  await page.getByLabel("Kept ranges").selectOption("Keep or remove…");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("six to thirty");
  await dialog.getByRole("button", { name: "Keep ranges" }).click();
  await most.fill("90");
  await page.goto(`${stage.server.baseUrl}/strategies`);
  await page.goto(`${stage.server.baseUrl}/new?strategy=sma_cross`);
  await page.getByLabel("Kept ranges").selectOption("six to thirty");
  await expect(field("From")).toHaveValue("6");
  await expect(field("to")).toHaveValue("30");
  await param.getByLabel("Template for Fast length").selectOption("Coarse: about six values");
  await expect(field("step")).toHaveValue("5");
  await expect(param.getByText("5 values")).toBeVisible();
  await field("From").fill("6");
  await expect(least).toHaveValue("6");
  // While the count of trials is on its way, the one before is faint.
  await expect(page.locator("[data-total='5'][data-current=true]")).toBeVisible();
  await expectAccessible(page, "import");
  await page.getByRole("button", { name: /^Start/ }).click();
  await expect(page).toHaveURL(/\/runs\/[0-9a-f-]{36}$/);
  const runId = page.url().split("/").at(-1) ?? "";
  await whenFinal(stage.api, runId);
  const { trials } = await stage.api.results.listTrials({ runId });
  const tried = trials.map(({ params }) => Number(params["fast"]?.kind.value));
  expect([...new Set(tried)].toSorted((a, b) => a - b)).toEqual([6, 11, 16, 21, 26]);
});
