// What the page of a validation tells is what the API says, and a sweep is judged from its page.

import { formatCount, formatDecimal } from "../src/format/number";
import { finished, search, whenFinal } from "./arrange";
import { chanceOf } from "./chance";
import { expect, test } from "./fixtures";
import { expectHistogram, figures, lists } from "./told";

/** Two sweeps by chance. */
const SEEDS = [5, 23];

for (const seed of SEEDS) {
  test(`validation ${seed} by chance says what the API says, and its charts count what they say`, async ({
    page,
    stage,
  }) => {
    test.slow();
    const chance = chanceOf(seed);
    const [fast, slow] = [chance(2, 12), chance(20, 60)];
    const subject = await finished(
      stage.api,
      search("sma_cross", [
        ["fast", fast, fast + chance(3, 5)],
        ["slow", slow, slow + chance(3, 5)],
      ]),
    );
    const runId = await finished(stage.api, {
      spec: {
        case: "validation",
        value: { runId: subject, permutationCount: 5, combinatorial: { groups: 6, testGroups: 2 } },
      },
    });
    const status = await whenFinal(stage.api, runId);
    if (status.result.case !== "validation") {
      throw new Error(`no findings: ${status.error?.message}`);
    }
    const { value: result } = status.result;
    await page.goto(`${stage.server.baseUrl}/runs/${runId}`);
    // It has no bars of its own: what it is of leads there.
    const header = page.getByRole("main").locator("header").first();
    await expect(header).toContainText(`Validation of ${subject.slice(-8)}`);
    const link = header.getByRole("link", { name: subject.slice(-8) });
    await expect(link).toHaveAttribute("href", `/runs/${subject}`);
    await expect(header).not.toContainText(/\bon\b/);
    await expect(page.getByRole("heading", { name: result.sentence })).toBeVisible();
    const share = (value: number | undefined) => formatDecimal(value, 3);
    const told = await figures(page, "validation");
    expect(told).toEqual({
      "p, best of all (SPA)": share(result.spaP),
      "Lower bound": share(result.spaPLower),
      "Upper bound": share(result.spaPUpper),
      "p, bars in other orders": share(result.permutationP),
      "p, reality check": share(result.realityCheckP),
      "Overfitting (PBO)": share(result.pbo),
      "Loss in the other half": share(result.probabilityOfLoss),
      "PSR 2012": share(result.psr2012),
      "PSR 2026": share(result.psr2026),
      "DSR 2014": share(result.dsr2014),
      "Independent trials": formatDecimal(result.impliedTrials, 1),
      "Days to be 95 % sure": formatDecimal(result.minTrackRecordDays, 0),
      "Days of noise with it": formatDecimal(result.minBacktestDays, 0),
      "Survivors (BH)": formatCount(result.discoveriesBh),
      "Survivors (BY)": formatCount(result.discoveriesBy),
      "Survivors (Bonferroni)": formatCount(result.discoveriesBonferroni),
      "Survivors (Holm)": formatCount(result.discoveriesHolm),
      "Survivors (StepM)": formatCount(result.discoveriesStepm),
      "Paths through groups": "5 of 15 choices",
      "Middle path, ratio a day": share(result.paths?.quantiles[3]),
      "Least path": share(result.paths?.quantiles[0]),
      "Greatest path": share(result.paths?.quantiles[6]),
      "Paths that lose": share(result.paths?.shareBelowZero),
      "Tried ever": formatCount(result.triedEver),
      "DSR, implied trials": share(result.dsrImplied),
      "DSR over all tries": share(result.dsrEver),
    });
    const drawn = await lists(stage, runId);
    const [best = Number.NaN] = drawn.get("observed_best") ?? [];
    const [found = Number.NaN] = drawn.get("observed_objective") ?? [];
    for (const [title, name, mark, isTold] of [
      ["The best by luck", "null_best", best, (value: number) => value >= best],
      ["The best over the bars", "permuted_best", found, (value: number) => value >= found],
      ["Where the best of half", "logits", 0, (value: number) => value <= 0],
    ] as const) {
      await expectHistogram(page, title, drawn.get(name) ?? [], mark, isTold);
    }
  });
}

test("a sweep is judged from its page: as usual, and by paths through groups of days", async ({
  page,
  stage,
}) => {
  test.slow();
  const { api, server } = stage;
  const subject = await finished(
    api,
    search("sma_cross", [
      ["fast", 5, 8],
      ["slow", 31, 34],
    ]),
  );
  const sweepPage = `${server.baseUrl}/runs/${subject}`;
  const judged = async () => {
    await expect(page).not.toHaveURL(sweepPage);
    const runId = new URL(page.url()).pathname.replace("/runs/", "");
    const status = await whenFinal(api, runId);
    if (status.result.case !== "validation") {
      throw new Error(`no findings: ${status.error?.message}`);
    }
    await expect(page.getByRole("heading", { name: status.result.value.sentence })).toBeVisible();
    return { result: status.result.value, run: (await api.runs.getRun({ runId })).run };
  };
  await page.goto(sweepPage);
  await page.getByRole("button", { name: "Judge it" }).click();
  const usual = await judged();
  expect(usual.result.paths).toBeUndefined();

  await page.goto(sweepPage);
  await page.getByText("How it is judged").click();
  await page.getByRole("checkbox", { name: /Paths through groups of days/ }).check();
  const field = (name: string) => page.getByRole("textbox", { name, exact: true });
  await field("Groups of days").fill("2");
  await expect(page.locator("[data-fault=groups]")).toHaveText(
    'Must be a whole number from 3 to 20, not "2"',
  );
  await expect(page.getByRole("button", { name: "Judge it" })).toBeDisabled();
  await field("Groups of days").fill("6");
  await field("Days left out before each").fill("3");
  await field("Days left out after each").fill("0");
  await page.getByRole("button", { name: "Judge it" }).click();
  const { result, run } = await judged();
  const asked = run?.spec.case === "validation" ? run.spec.value.combinatorial : undefined;
  expect(asked).toMatchObject({ groups: 6, testGroups: 2, purgeDays: 3, embargoDays: 0 });
  expect(result.paths?.pathCount).toBe(5n);
  await expect(page.locator('[data-figure="Paths through groups"]')).toContainText("5 of 15");
});
