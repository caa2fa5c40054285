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

test("the bars that a check shows are those of the file, and are stored as shown", async ({
  page,
  ownStage,
}) => {
  const { api, server } = ownStage;
  await page.goto(`${server.baseUrl}/data`);
  await page.getByRole("button", { name: "Upload a file" }).click();
  await page.getByLabel("Exchange").fill("CSV");
  await page.getByLabel("Symbol").fill("SEEN");
  await page.getByLabel("Timeframe").fill("1h");
  // Days first, decimal commas, the newest first: what a person has to see rightly understood.
  const hour = (at: number) => {
    const [open, close] = [100 + at / 4, 100 + (at + 1) / 4];
    return { at, open, high: close + 0.5, low: open - 0.75, close, volume: 10 + at };
  };
  const hours = Array.from({ length: 40 }, (_, at) => hour(at));
  const comma = (value: number) => value.toFixed(2).replace(".", ",");
  const line = ({ at, open, high, low, close, volume }: ReturnType<typeof hour>) => {
    const [day, clock] = [13 + Math.floor(at / 24), String(at % 24).padStart(2, "0")];
    return [`${day}/05/2024 ${clock}:00`, ...[open, high, low, close].map(comma), volume].join(";");
  };
  const text = ["Date;Open;High;Low;Close;Volume", ...hours.map(line).reverse()].join("\n");
  const file = { name: "broker.csv", mimeType: "text/csv", buffer: Buffer.from(text) };
  await page.locator("input[type=file]").setInputFiles(file);
  await page.getByRole("button", { name: "Check without storing" }).click();
  await expect(page.getByText("40 bars read; 40 would be stored")).toBeVisible();
  await expect(page.locator("[data-chart=candles]")).toHaveAttribute("data-points", "40");
  const rows = page.getByRole("table", { name: "The first and the last bars" }).locator("tbody tr");
  const read = async (row: number) =>
    (await rows.nth(row).locator("td").allInnerTexts()).map(plain);
  const plain = (cell: string) => cell.replaceAll(",", "");
  const shown = ({ at, open, high, low, close, volume }: ReturnType<typeof hour>) => {
    const time = new Date(Date.UTC(2024, 4, 13, at)).toISOString().slice(0, 16).replace("T", " ");
    return [time, ...[open, high, low, close, volume].map(String)];
  };
  const last = (await rows.count()) - 1;
  const numbers = (cells: string[]) => [
    cells[0],
    ...cells.slice(1).map((it) => String(Number(it))),
  ];
  expect(numbers(await read(0))).toEqual(shown(hour(0)));
  expect(numbers(await read(last))).toEqual(shown(hour(39)));
  expect(
    (await api.marketData.listSeries({})).series.map(({ spec }) => spec?.symbol),
  ).not.toContain("SEEN");

  await page.getByRole("button", { name: "Upload", exact: true }).click();
  await expect(page.getByText("40 bars read; 40 stored")).toBeVisible();
  const bars = await api.marketData.getBars({
    subscription: { exchange: "CSV", symbol: "SEEN", timeframe: "1h" },
  });
  expect(bars.close).toEqual(hours.map(({ close }) => close));
  expect(bars.timeUnixMs.map(Number)).toEqual(hours.map(({ at }) => Date.UTC(2024, 4, 13, at)));
});

test("a series of which much is missing is told apart, and one without gaps is not", async ({
  page,
  emptyStage: { api, server },
}) => {
  const hours = { HOLES: [0, 1, 2, 30, 31, 90, 91], WHOLE: [0, 1, 2, 3, 4, 5, 6] };
  for (const [symbol, list] of Object.entries(hours)) {
    const lines = list.map((hour) => {
      const time = new Date(Date.UTC(2024, 0, 1, hour)).toISOString();
      return `${time},10.00,11.00,9.00,10.50,100`;
    });
    const text = ["time,open,high,low,close,volume", ...lines].join("\n");
    await api.marketData.importBars({
      series: { exchange: "SYN", symbol, timeframe: "1h" },
      source: { case: "content", value: new TextEncoder().encode(text) },
    });
  }
  const { series } = await api.marketData.listSeries({});
  await page.goto(`${server.baseUrl}/data`);
  for (const { spec, gapCount } of series) {
    const isHoly = spec?.symbol === "HOLES";
    expect(gapCount > 0n).toBe(isHoly);
    const cell = page.locator(`[data-series="SYN:${spec?.symbol}@1h"] [data-many]`);
    await expect(cell).toHaveAttribute("data-many", String(isHoly));
    await expect(cell).toHaveText(String(gapCount));
  }
});
