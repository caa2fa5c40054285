// Bars from a file: refused with line and column, then taken.

import { expect, test } from "./fixtures";

const HEAD = "time,open,high,low,close,volume";
const GOOD = [
  HEAD,
  "2024-01-01T00:00:00Z,100,101,99,100.5,10",
  "2024-01-01T01:00:00Z,100.5,102,100,101.5,12",
  "2024-01-01T02:00:00Z,101.5,103,101,102.5,9",
].join("\n");

test("a file is uploaded, and one with a fault is refused where the fault is", async ({
  page,
  ownStage,
  complaints,
}) => {
  complaints.expect(/status of 400/);
  await page.goto(`${ownStage.server.baseUrl}/data`);
  await page.getByRole("button", { name: "Upload a file" }).click();
  const choose = async (text: string) => {
    const file = { name: "bars.csv", mimeType: "text/csv", buffer: Buffer.from(text) };
    await page.locator("input[type=file]").setInputFiles(file);
    await page.getByRole("button", { name: "Upload", exact: true }).click();
  };
  await page.getByLabel("Exchange").fill("CSV");
  await page.getByLabel("Symbol").fill("FILE");
  await choose(GOOD.replace("101.5,12", "dear,12"));
  await expect(page.getByRole("alert")).toContainText("line 3");
  await expect(page.getByRole("alert")).toContainText("dear");
  await page.getByLabel("Timeframe").fill("7x");
  await choose(GOOD);
  await expect(page.getByLabel("Timeframe")).toBeFocused();
  await page.getByLabel("Timeframe").fill("1h");
  await page.getByRole("button", { name: "Check without storing" }).click();
  await expect(page.getByText("3 bars read; 3 would be stored")).toBeVisible();
  await expect(page.getByText("Understood: bars.csv: time: column 1")).toBeVisible();
  await expect(page.locator("[data-series='CSV:FILE@1h']")).toHaveCount(0);
  await choose(GOOD);
  await expect(page.getByText("3 bars read; 3 stored")).toBeVisible();
  await expect(page.locator("[data-series='CSV:FILE@1h']")).toContainText("2024-01-01");

  await page.getByRole("button", { name: "Delete CSV:FILE@1h" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.locator("[data-series='CSV:FILE@1h']")).toHaveCount(0);
});

test("of several files each is stored, and of one that is refused it is told which", async ({
  page,
  ownStage,
  complaints,
}) => {
  complaints.expect(/status of 400/);
  const { api, server } = ownStage;
  await page.goto(`${server.baseUrl}/data`);
  await page.getByRole("button", { name: "Upload a file" }).click();
  await page.getByLabel("Exchange").fill("CSV");
  await page.getByLabel("Symbol").fill("MANY");
  const month = (name: string, ...bars: string[]) => ({
    name,
    mimeType: "text/csv",
    buffer: Buffer.from([HEAD, ...bars].join("\n")),
  });
  const first = month(
    "january.csv",
    "2024-01-01T00:00:00Z,100,101,99,100.5,10",
    "2024-01-01T01:00:00Z,100.5,102,100,101.5,12",
  );
  const second = month("february.csv", "2024-02-01T00:00:00Z,102,103,101,102,8");
  const broken = month("march.csv", "2024-03-01T00:00:00Z,102,dear,101,102,8");
  const files = page.locator("input[type=file]");
  const stored = async () => {
    const { series } = await api.marketData.listSeries({});
    return series.find(({ spec, isNewest }) => spec?.symbol === "MANY" && isNewest)?.barCount;
  };

  await files.setInputFiles([first, broken, second]);
  await page.getByRole("button", { name: "Upload", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText("march.csv: ");
  await expect(page.getByText("2 bars read; 2 stored")).toBeVisible();
  expect(await stored()).toBe(2n);

  await files.setInputFiles([first, second]);
  await page.getByRole("button", { name: "Upload", exact: true }).click();
  await expect(page.getByText("1 bar read")).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
  expect(await stored()).toBe(3n);
});
