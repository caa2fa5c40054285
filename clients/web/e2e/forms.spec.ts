// What the form of a new run says is what the server says: its estimate, its rules, its refusals.

import { formatEstimate, secondsOf } from "../src/format/time";
import { ReusePolicy } from "../src/gen/tradeforge/v1/run_service_pb";
import { finished, search } from "./arrange";
import { expect, test } from "./fixtures";

test("the estimate in the form is the server's, from the pace of what ran here", async ({
  page,
  stage,
}) => {
  const submission = search("sma_cross", [
    ["fast", 5, 24],
    ["slow", 41, 90],
  ]);
  const runId = await finished(stage.api, submission);
  const answer = await stage.api.runs.submit({
    ...submission,
    reusePolicy: ReusePolicy.ALWAYS_NEW,
    validateOnly: true,
  });
  expect(answer.estimatedDuration, "there is a pace by now").toBeDefined();
  const seconds = answer.estimatedDuration ? secondsOf(answer.estimatedDuration) : 0;
  await page.goto(`${stage.server.baseUrl}/new?from=${runId}`);
  const told = page.locator("[data-total='1000'][data-current=true]");
  await expect(told).toContainText(`1,000trials, ${formatEstimate(seconds)}`);
});

test("a rule that is known of a strategy is set, so that no trial of it fails", async ({
  page,
  stage,
}) => {
  await page.goto(`${stage.server.baseUrl}/new?strategy=sma_cross`);
  for (const name of ["Fast length", "Slow length"]) {
    await page
      .getByRole("group", { name: `How ${name} is set` })
      .getByText("Range")
      .click();
    await page.getByLabel(`${name} From`).fill("10");
    await page.getByLabel(`${name} to`, { exact: true }).fill("50");
    await page.getByLabel(`${name} step`).fill("10");
  }
  // Of 25 pairs those of which the first is below the second.
  await expect(page.locator("[data-total='10'][data-current=true]")).toContainText("10trials");
});

test("a refusal is told once, beside its field, and without the contract's names", async ({
  page,
  stage,
}) => {
  await page.goto(`${stage.server.baseUrl}/new?strategy=sma_cross`);
  const initial = page.getByLabel("Initial cash");
  await initial.fill("-5");
  const fault = page.locator("[data-fault]");
  await expect(fault).toHaveCount(1);
  const text = (await fault.textContent()) ?? "";
  expect(text).toContain("-5");
  const main = await page.getByRole("main").innerText();
  expect(main.split(text)).toHaveLength(2);
  expect(main).not.toMatch(/simulation\.|initial_cash|INVALID_ARGUMENT/);
  await page.getByRole("button", { name: "Initial cash" }).click();
  await expect(initial).toBeFocused();
});
