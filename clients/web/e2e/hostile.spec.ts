// Texts that others wrote: whatever stands in a name, a note, a label or a strategy, it is shown as it
// is, runs nothing, turns nothing round, and makes no page wider than the screen.

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { SubmitRequestSchema } from "../src/gen/tradeforge/v1/run_service_pb";
import { RunState } from "../src/gen/tradeforge/v1/types_pb";
import { backtest, DEMO_SERIES, finished, search, whenFinal } from "./arrange";
import { expect, test } from "./fixtures";

declare global {
  interface Window {
    ran_?: string;
  }
}

const TEXTS = [
  `<img src=x onerror="window.ran_='name'"><script>window.ran_='name'</script>`,
  `"><svg onload=window.ran_='svg'> & &amp; {{7*7}} \${window.ran_='js'}`,
  "W".repeat(200),
  "مرحبا بالعالم: عائد السنة",
  "👩‍👩‍👧‍👦 🏳️‍🌈 🚀 e\u0301",
  "a\u200Bb\u200Bc %s %n 'single' \\ back",
];

/** A strategy as text whose own words are hostile, too. */
const SOURCE = [
  `strategy "<b onclick=window.ran_='text'>Bold</b> 🚀 مرحبا"`,
  "# </script><script>window.ran_='comment'</script>",
  "param n = 20 from 5 to 50",
  "enter long when close > sma(close, n)",
  "exit long when close < sma(close, n)",
].join("\n");

function withText(displayName: string, at: number): MessageInitShape<typeof SubmitRequestSchema> {
  const labels = { desk: displayName.slice(0, 60), "<i>": `${at}` };
  return {
    ...backtest("sma_cross", { fast: 3 + at, slow: 40 }),
    displayName,
    labels,
    notes: displayName,
  };
}

test("hostile names, notes, labels and strategies are shown as they are, and run nothing", async ({
  page,
  ownStage,
}) => {
  test.slow();
  const { api, server } = ownStage;
  const ids = [];
  // What turns a text round so that it reads as another is not taken at all.
  const turned = { ...backtest("buy_and_hold", {}), displayName: "\u202Egnp.exe\u202C" };
  await expect(api.runs.submit(turned)).rejects.toThrow(/display_name: must not have the control/);
  for (const [at, text] of TEXTS.entries()) {
    const { labels, ...request } = withText(text, at);
    // What a label may be called is the server's to say.
    const runId = await finished(api, { ...request, labels: { desk: labels?.["desk"] ?? "" } });
    ids.push(runId);
  }
  const written = await finished(api, {
    spec: {
      case: "backtest",
      value: {
        strategy: { source: SOURCE },
        subscriptions: [DEMO_SERIES],
        simulation: { initialCash: "10000" },
      },
    },
  });
  const { state, error } = await whenFinal(api, written);
  expect(state, error?.message).toBe(RunState.COMPLETED);
  const sweep = await finished(api, {
    ...search("sma_cross", [["fast", 2, 9]]),
    displayName: TEXTS[0] ?? "",
  });
  const settled = async (path: string) => {
    await page.goto(`${server.baseUrl}${path}`);
    await expect(page.locator("main h1").first()).toBeVisible();
    await page.evaluate(() => document.fonts.ready);
  };
  const unharmed = async (what: string) => {
    expect(await page.evaluate(() => window.ran_), what).toBeUndefined();
    expect(await page.locator("main img, main script, main svg[onload]").count(), what).toBe(0);
    // What stands out to the right, the innermost of it, unless the page does not grow by it.
    const wide = await page.evaluate(() => {
      const isScrolled = (element: Element | null): boolean =>
        element !== null &&
        (getComputedStyle(element).overflowX !== "visible" || isScrolled(element.parentElement));
      return document.documentElement.scrollWidth <= window.innerWidth
        ? []
        : [...document.querySelectorAll("main *")]
            .filter((it) => it.getBoundingClientRect().right > window.innerWidth)
            .filter((it) => !isScrolled(it.parentElement))
            .map((it) => `${it.tagName} ${it.className} ${it.textContent?.slice(0, 30)}`);
    });
    expect.soft(wide, what).toEqual([]);
  };
  for (const width of [390, 1_280]) {
    await page.setViewportSize({ width, height: 900 });
    await settled("/?columns=progress,result,time,labels,notes");
    for (const [at, text] of TEXTS.entries()) {
      const row = page.locator(`[data-run="${ids[at]}"]`);
      await expect(row.getByRole("link").first()).toHaveText(text);
    }
    await unharmed(`the list, ${width}`);
    for (const [at, text] of TEXTS.entries()) {
      await settled(`/runs/${ids[at]}`);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(text);
      await expect(page.getByText(text, { exact: true }).nth(1), "its notes").toBeAttached();
      expect(await page.title()).toContain(text.slice(0, 20));
      await unharmed(`${text}, ${width}`);
    }
    for (const path of [
      `/runs/${written}`,
      `/runs/${sweep}`,
      `/runs/${sweep}?tab=points`,
      `/runs/${sweep}/trials/3`,
      `/compare?ids=${ids.join(",")},${written}`,
      `/new?from=${written}`,
      `/new?from=${ids[0]}`,
    ]) {
      await settled(path);
      await unharmed(`${path}, ${width}`);
    }
  }
  await settled(`/runs/${written}`);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("<b onclick=");
});
