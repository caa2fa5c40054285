// What stands on a page can be read: on a phone, two usual screens and a large one, in both themes.

import { backtest, finished } from "./arrange";
import { expect, test } from "./fixtures";
import { places } from "./places";
import { unreadable } from "./textLooks";

const SCREENS = [
  { width: 390, height: 844 },
  { width: 1280, height: 900 },
  { width: 1440, height: 900 },
  { width: 2560, height: 1300 },
];
/** In turns, since each page is looked at eight times. */
const TURNS = 3;

for (let turn = 0; turn < TURNS; turn += 1) {
  test(`no text is cut off or lies over other text, however wide the screen: ${turn + 1} of ${TURNS}`, async ({
    page,
    stage,
  }) => {
    test.slow();
    await page.emulateMedia({ reducedMotion: "reduce" });
    await finished(stage.api, {
      ...backtest("buy_and_hold", {}),
      displayName: "Without_any_place_to_break_a_line_".repeat(4),
      labels: { desk: "rates", "a-longer-name": "with-a-longer-value-than-most" },
    });
    const all = await places(stage);
    const found = new Map<string, string[]>();
    for (const { name, path, isReady } of all.filter((_, at) => at % TURNS === turn)) {
      await page.goto(`${stage.server.baseUrl}${path}`);
      await isReady(page);
      for (const screen of SCREENS) {
        await page.setViewportSize(screen);
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(drawn)));
          for (const fault of await unreadable(page)) {
            const what = `${name}: ${fault}`;
            found.set(what, [...(found.get(what) ?? []), `${screen.width} ${colorScheme}`]);
          }
        }
      }
    }
    expect([...found].map(([what, where]) => `${what} (${where.join(", ")})`)).toEqual([]);
  });
}
