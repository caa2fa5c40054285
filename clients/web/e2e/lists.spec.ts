// The list of runs as a table to work with, and what is said of runs afterwards.

import { formatMetric } from "../src/format/value";
import type { Run } from "../src/gen/tradeforge/v1/types_pb";
import {
  backtest,
  finished,
  freshKeys,
  gatedSearch,
  search,
  stateBadge,
  submit,
  whenFinal,
} from "./arrange";
import { expect, type Stage, test } from "./fixtures";

async function threeRuns({ api }: Stage): Promise<void> {
  await finished(api, { ...backtest("sma_cross", { fast: 5, slow: 50 }), displayName: "First" });
  await finished(api, { ...backtest("buy_and_hold", {}), displayName: "Second" });
  const sweep = search("sma_cross", [["fast", 10, 30]]);
  await finished(api, { ...sweep, displayName: "Third" });
}

/** What a run is ordered by: of its backtest, or of the best trial of its sweep as the trial has it. */
async function metricOf({ api }: Stage, { runId, status }: Run, name: string) {
  const { result } = status ?? {};
  if (result?.case === "optimization") {
    const trialIndex = result.value.bestTrial?.trialIndex ?? -1n;
    return (await api.results.getTrial({ runId, trialIndex })).trial?.metrics[name];
  }
  return result?.case === "backtest" ? result.value.metrics[name] : undefined;
}

test("columns are chosen, ordered by and come back as a view, and say what the API says", async ({
  page,
  ownStage,
}) => {
  const { api, server } = ownStage;
  await threeRuns(ownStage);
  await page.goto(server.baseUrl);
  const rows = page.locator("[data-run]");
  await expect(rows).toHaveCount(3);
  await page.getByRole("button", { name: "Columns" }).click();
  const dialog = page.getByRole("dialog", { name: "Columns" });
  for (const name of ["Sharpe ratio", "Max drawdown", "Notes"]) {
    await dialog.getByRole("checkbox", { name, exact: true }).check();
  }
  await dialog.getByRole("checkbox", { name: "Progress" }).uncheck();
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect(page.getByRole("columnheader", { name: "Progress" })).toHaveCount(0);

  // Each title orders by its best end, then by the other, as the server does.
  for (const [title, orders] of [
    ["Sharpe ratio", ["sharpe desc", "sharpe asc"]],
    ["Max drawdown", ["max_drawdown asc", "max_drawdown desc"]],
  ] as const) {
    for (const orderBy of orders) {
      await page.getByRole("button", { name: new RegExp(`^${title}`) }).click();
      const { runs } = await api.runs.listRuns({ orderBy });
      const ids = runs.map(({ runId }) => runId);
      const shown = () => rows.evaluateAll((all) => all.map((it) => it.getAttribute("data-run")));
      await expect.poll(shown, orderBy).toEqual(ids);
      const [name = ""] = orderBy.split(" ");
      const unit = name === "sharpe" ? "ratio" : "fraction";
      const cells = page.locator(`[data-column=${name}]`);
      const said = await Promise.all(runs.map((run) => metricOf(ownStage, run, name)));
      expect(said.every((value) => value !== undefined)).toBe(true);
      await expect(cells, orderBy).toHaveText(said.map((value) => formatMetric(value, unit)));
    }
  }

  // A view has all of it: filters, order, columns.
  await page.getByRole("searchbox", { name: "Search runs" }).fill("sma");
  await expect(rows).toHaveCount(2);
  await page.getByLabel("View").selectOption({ label: "Save or remove…" });
  await page.getByLabel("Name").fill("Crosses");
  await page.getByRole("button", { name: "Save view" }).click();
  const address = page.url();
  await page.getByLabel("View").selectOption({ label: "All runs" });
  await expect(rows).toHaveCount(3);
  await expect(page.getByRole("columnheader", { name: "Progress" })).toBeVisible();
  await page.reload();
  await page.getByLabel("View").selectOption({ label: "Crosses" });
  await expect(rows).toHaveCount(2);
  await expect(page).toHaveURL(address);
});

test("runs that are selected are labelled, stopped and removed, the others stay", async ({
  page,
  ownStage,
}) => {
  const { api, server } = ownStage;
  await threeRuns(ownStage);
  const live = await submit(api, { ...gatedSearch(freshKeys(5)), displayName: "Live" });
  await page.goto(server.baseUrl);
  for (const name of ["First", "Second", "Live"]) {
    await page.getByRole("checkbox", { name: `Select ${name}` }).check();
  }
  const bar = page.getByRole("status").filter({ hasText: "3 selected" });
  await bar.getByRole("button", { name: "Label" }).click();
  const label = page.getByRole("dialog", { name: "Label 3 runs" });
  await label.getByLabel("Set").fill("desk=rates\nscratch");
  await label.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Labelled 3 runs.")).toBeVisible();
  const labelled = await api.runs.listRuns({ filter: "labels.desk = rates" });
  expect(labelled.runs.map(({ displayName }) => displayName).sort()).toEqual([
    "First",
    "Live",
    "Second",
  ]);

  await bar.getByRole("button", { name: "Delete 2" }).click();
  const asked = page.getByRole("dialog", { name: "Delete 2 runs?" });
  await expect(asked).toContainText("1 run stays as it is: it has not ended");
  await asked.getByRole("button", { name: "Delete them" }).click();
  await expect(page.locator("[data-run]")).toHaveCount(2);
  await page.getByRole("button", { name: "Cancel 1" }).click();
  await page.getByRole("button", { name: "Cancel them" }).click();
  const { cancel } = await whenFinal(api, live);
  expect(cancel?.reason).toBe("stopped in the web client");
  const { runs } = await api.runs.listRuns({});
  expect(runs.map(({ displayName }) => displayName).sort()).toEqual(["Live", "Third"]);
});

test("all runs that a filter finds are counted, and none is removed that was not", async ({
  page,
  ownStage,
}) => {
  const { api, server } = ownStage;
  await threeRuns(ownStage);
  await page.goto(`${server.baseUrl}/?filter=sma`);
  await expect(page.locator("[data-run]")).toHaveCount(2);
  await page.getByRole("button", { name: "All found…" }).click();
  const dialog = page.getByRole("dialog", { name: "All runs found" });
  await expect(dialog.locator("[data-counted='delete 2']")).toBeVisible();
  await expect(dialog.locator("[data-counted='cancel 0']")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Cancel 0 runs" })).toBeDisabled();

  // One more has come since they were counted.
  await finished(api, backtest("sma_cross", { fast: 7, slow: 70 }));
  await dialog.getByRole("button", { name: "Delete 2 runs" }).click();
  await expect(page.getByText("There are more or fewer by now")).toBeVisible();
  expect((await api.runs.listRuns({})).totalSize).toBe(4n);
  await dialog.getByRole("button", { name: "Delete 3 runs" }).click();
  await expect(page.getByText("Deleted: 3 runs.")).toBeVisible();
  const { runs } = await api.runs.listRuns({});
  expect(runs.map(({ displayName }) => displayName)).toEqual(["Second"]);
});

test("name, notes and labels are edited, and what another said meanwhile is not lost in silence", async ({
  page,
  ownStage,
}) => {
  const { api, server } = ownStage;
  const runId = await finished(api, {
    ...backtest("sma_cross", { fast: 5, slow: 50 }),
    labels: { desk: "rates", old: "yes" },
  });
  await page.goto(`${server.baseUrl}/runs/${runId}`);
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "What is said of this run" });
  await expect(dialog.getByRole("button", { name: "Save" })).toBeDisabled();
  await dialog.getByLabel("Name").fill("Evening trend");
  await dialog.getByLabel("Notes").fill("too few trades\nlook again in May");
  await dialog.getByLabel("Labels").fill("desk=fx\nscratch");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "Evening trend" })).toBeVisible();
  await expect(page.locator("[data-notes]")).toHaveText("too few trades\nlook again in May");
  const { run } = await api.runs.getRun({ runId });
  expect(run?.displayName).toBe("Evening trend");
  expect(run?.labels).toEqual({ desk: "fx", scratch: "" });

  // Somebody else names it while the dialog is open.
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await dialog.getByLabel("Name").fill("Mine");
  await api.runs.updateRun({
    runId,
    updateMask: { paths: ["display_name"] },
    displayName: "Theirs",
  });
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await expect(dialog.getByRole("alert")).toContainText("Somebody changed this run");
  expect((await api.runs.getRun({ runId })).run?.displayName).toBe("Theirs");
  await dialog.getByRole("button", { name: "Read theirs" }).click();
  await expect(dialog.getByLabel("Name")).toHaveValue("Theirs");
});

test("a run is given a budget in the form, more of it while it goes on, and is gone on with", async ({
  page,
  ownStage,
}) => {
  const { api, server } = ownStage;
  const key = freshKeys(5);
  const runId = await submit(api, gatedSearch(key));
  await page.goto(`${server.baseUrl}/runs/${runId}`);
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "What is said of this run" });
  await dialog.getByLabel("Compute budget").fill("soon");
  await expect(dialog.getByText("Must be as in 90s")).toBeVisible();
  await dialog.getByLabel("Compute budget").fill("1h 30m");
  await dialog.getByLabel("Deadline (UTC)").fill("2d");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(page.locator("[data-limit=budget]")).toContainText("of at most 1 h 30 min");
  await expect(page.locator("[data-limit=deadline]")).toBeVisible();
  const { run } = await api.runs.getRun({ runId });
  expect(run?.computeBudget?.seconds).toBe(5_400n);
  const away = Number(run?.deadline?.seconds ?? 0n) - Date.now() / 1_000;
  expect(Math.abs(away - 2 * 86_400)).toBeLessThan(600);

  // Eight of its trials, then it is stopped; another goes on with them.
  await server.openGate(key);
  await expect(page.locator("[data-chart=heatmap]")).toHaveAttribute("data-filled", "8");
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await expect(stateBadge(page)).toHaveAttribute("data-state", "CANCELLED");
  await page.getByRole("button", { name: "Go on" }).click();
  await expect(page.getByText("goes on from")).toBeVisible();
  const next = page.url().split("/").at(-1) ?? "";
  expect(next).not.toBe(runId);
  for (let gate = key + 1; gate < key + 5; gate += 1) {
    await server.openGate(gate);
  }
  await expect(stateBadge(page)).toHaveAttribute("data-state", "COMPLETED");
  const { run: second } = await api.runs.getRun({ runId: next });
  expect(second?.continueRunId).toBe(runId);
  expect(second?.status?.progress?.completed).toBe(40n);

  await page.goto(`${server.baseUrl}/new?strategy=sma_cross`);
  await page.getByText("How long it may take").click();
  await page.getByLabel("Compute budget").fill("an hour");
  await page.getByRole("button", { name: "Start the backtest" }).click();
  await expect(page.getByText("Must be a span")).toBeVisible();
  await page.getByLabel("Compute budget").fill("1h");
  await page.getByRole("button", { name: "Start the backtest" }).click();
  await expect(page).toHaveURL(/\/runs\//);
  const third = await api.runs.getRun({ runId: page.url().split("/").at(-1) ?? "" });
  expect(third.run?.computeBudget?.seconds).toBe(3_600n);
});
