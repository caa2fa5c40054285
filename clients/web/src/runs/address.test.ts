// What the addresses of pages keep, and what is asked of the server for them.

import { expect, test } from "vitest";
import { RunKind, RunState } from "../gen/tradeforge/v1/types_pb";
import { compareAddress, comparedIds } from "./compare";
import { filterExpression, filtersOf, NO_FILTERS, orderExpression, searchOf } from "./filters";

test("filters survive the address, and none leave it empty", () => {
  const filters = {
    states: [RunState.RUNNING, RunState.FAILED],
    kind: RunKind.OPTIMIZATION,
    isStarred: true,
    text: 'symbol = "A&B" AND best > 1',
    order: "-sharpe",
    columns: ["result", "max_drawdown"],
  };
  expect(filtersOf(new URLSearchParams(searchOf(filters)))).toEqual(filters);
  expect(searchOf(NO_FILTERS)).toBe("");
  const odd = new URLSearchParams("state=asleep&kind=dream&order=a%20desc&columns=A!,");
  expect(filtersOf(odd)).toEqual(NO_FILTERS);
  const newest = filtersOf(new URLSearchParams("order=-create_time"));
  expect(newest).toEqual(NO_FILTERS);
});

test("words are looked for in all that names a run, and an expression is passed on", () => {
  const ask = (text: string) => filterExpression({ ...NO_FILTERS, text });
  expect(ask(' sma"x  BTC ')).toBe('text = "sma\\"x" AND text = "BTC"');
  expect(ask("symbol = BTC OR symbol = ETH")).toBe("(symbol = BTC OR symbol = ETH)");
  expect(ask("")).toBe("");
  expect(filterExpression({ ...NO_FILTERS, isStarred: true, text: "x" })).toBe(
    'labels.star = yes AND text = "x"',
  );
  const states = [RunState.PENDING, RunState.RUNNING];
  expect(filterExpression({ ...NO_FILTERS, states, text: "a = 1" })).toBe(
    "(state = PENDING OR state = RUNNING) AND (a = 1)",
  );
  expect(orderExpression(NO_FILTERS)).toBe("create_time desc");
  expect(orderExpression({ ...NO_FILTERS, order: "create_time" })).toBe("create_time asc");
  expect(orderExpression({ ...NO_FILTERS, order: "-sharpe" })).toBe("sharpe desc");
});

test("at most eight runs are compared, each once", () => {
  const ids = Array.from({ length: 12 }, (_, at) => `id${at >> 1}`);
  const search = new URL(compareAddress(ids), "http://x").searchParams;
  expect(comparedIds(search)).toEqual(["id0", "id1", "id2", "id3"]);
  expect(comparedIds(new URLSearchParams("ids=,a,,a,b"))).toEqual(["a", "b"]);
});
