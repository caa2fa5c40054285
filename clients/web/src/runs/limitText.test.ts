// Spans and moments as they are typed.

import { create } from "@bufbuild/protobuf";
import { DurationSchema, timestampMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { labelLines, parseLabels } from "./labels";
import { parseBudget, parseDeadline, parseSpan, spanText } from "./limitText";
import { parseViews, withView } from "./savedViews";

test("spans are read with their units, and what is none is refused", () => {
  expect(["90s", "30m", "1h 30min", "2d", "1.5h"].map(parseSpan)).toEqual([
    90, 1_800, 5_400, 172_800, 5_400,
  ]);
  expect(["", "30", "m", "8h soon", "-3h"].map(parseSpan)).toEqual(Array(5).fill(undefined));
  expect(parseBudget("1.5s")).toEqual({ seconds: 1n, nanos: 500_000_000 });
  expect(parseBudget("0s")).toBeUndefined();
});

test("a span comes back as it is typed", () => {
  for (const text of ["45s", "30m", "1h 30m", "2d 1s"]) {
    expect(spanText(create(DurationSchema, parseBudget(text)))).toBe(text);
  }
});

test("a deadline is a span from now on, or a moment in UTC", () => {
  const now = Date.UTC(2026, 0, 1);
  const millis = (text: string) => {
    const found = parseDeadline(text, now);
    return found && timestampMs(found);
  };
  expect(millis("8h")).toBe(now + 8 * 3_600_000);
  expect(millis("2026-02-01 18:00")).toBe(Date.UTC(2026, 1, 1, 18));
  expect(millis("tomorrow")).toBeUndefined();
});

test("labels are lines, and come back as they were", () => {
  const labels = { desk: "rates", scratch: "", query: "a=b" };
  expect(labelLines(labels)).toBe("desk=rates\nquery=a=b\nscratch");
  expect(parseLabels(` ${labelLines(labels)}\n\n`)).toEqual(labels);
});

test("a view replaces the one of its name, and what is no view is left out", () => {
  const first = withView([], { name: "b", search: "state=failed" });
  const next = withView(withView(first, { name: "a", search: "" }), { name: "b", search: "x" });
  expect(next).toEqual([
    { name: "a", search: "" },
    { name: "b", search: "x" },
  ]);
  expect(parseViews(JSON.stringify([...next, 3, { name: 1 }, null]))).toEqual(next);
  expect(parseViews("{")).toEqual([]);
});
