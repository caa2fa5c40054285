// Streams that are kept up, and the store that takes in whatever they repeat.

import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RunState, RunStatusSchema } from "../gen/tradeforge/v1/types_pb";
import { RunsStore } from "./runsStore";
import { keepStream, retryDelay, type StreamPhase } from "./stream";

class Page extends EventTarget {
  visibilityState: "visible" | "hidden" = "visible";

  show(state: "visible" | "hidden"): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

let page: Page;

beforeEach(() => {
  page = new Page();
  vi.useFakeTimers();
  vi.stubGlobal("document", page);
  vi.stubGlobal("addEventListener", () => {});
  vi.stubGlobal("removeEventListener", () => {});
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

type Script = (signal: AbortSignal) => AsyncIterable<number>;

async function* giving(...events: readonly (number | Error)[]): AsyncIterable<number> {
  for (const event of events) {
    if (event instanceof Error) {
      throw event;
    }
    yield event;
  }
}

/** Says nothing until it is given up. */
async function* silent(signal: AbortSignal): AsyncIterable<number> {
  await new Promise<void>((_, fail) => {
    signal.addEventListener("abort", () => fail(new Error("aborted")));
  });
  yield 0;
}

/** Runs a stream by one script a try; the last one is used for all that follow. */
function follow(scripts: readonly Script[], ends = true) {
  const seen = { events: [] as number[], phases: [] as StreamPhase["name"][], tries: 0 };
  const stop = keepStream<number>({
    ends,
    silenceMs: 1_000,
    open: (signal, onOpen) => {
      const script = scripts[Math.min(seen.tries, scripts.length - 1)] ?? silent;
      seen.tries += 1;
      onOpen();
      return script(signal);
    },
    onEvent: (event) => seen.events.push(event),
    onPhase: ({ name }) => seen.phases.push(name),
  });
  return { seen, stop };
}

test("after a loss it is opened again, and goes on with what it had", async () => {
  const lost = new ConnectError("cut", Code.Unavailable);
  const { seen } = follow([() => giving(1, 2, lost), () => giving(3)]);
  await vi.advanceTimersByTimeAsync(retryDelay(1));
  expect(seen.events).toEqual([1, 2, 3]);
  expect(seen.phases).toEqual(["connecting", "open", "lost", "open", "ended"]);
});

test("what the server refuses is not asked for again", async () => {
  const { seen } = follow([() => giving(new ConnectError("no such run", Code.NotFound))]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([seen.tries, seen.phases.at(-1)]).toEqual([1, "refused"]);
});

test("an end of a stream that has none is a loss, and so is too long a silence", async () => {
  const { seen, stop } = follow([() => giving(1), silent], false);
  await vi.advanceTimersByTimeAsync(retryDelay(1));
  expect(seen.phases.filter((phase) => phase === "lost")).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(seen.phases.filter((phase) => phase === "lost")).toHaveLength(2);
  stop();
});

test("tries come less often the longer nobody answers", () => {
  expect([1, 2, 3, 4, 5, 6, 50].map(retryDelay)).toEqual([
    500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
  ]);
});

test("a page hidden for long lets its streams go, and takes them up when it is shown", async () => {
  const { seen, stop } = follow([silent]);
  page.show("hidden");
  await vi.advanceTimersByTimeAsync(500);
  page.show("visible");
  expect(seen.tries).toBe(1);
  page.show("hidden");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(seen.phases.at(-1)).toBe("paused");
  const before = seen.tries;
  page.show("visible");
  expect(seen.tries).toBe(before + 1);
  stop();
});

test("a tab that was opened in the background begins when it is shown", async () => {
  page.visibilityState = "hidden";
  const { seen, stop } = follow([silent]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(seen.tries).toBe(0);
  page.show("visible");
  await vi.advanceTimersByTimeAsync(1);
  expect(seen.tries).toBe(1);
  stop();
});

test("stopped, it neither tries again nor tells of the abort", async () => {
  const { seen, stop } = follow([silent]);
  stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([seen.tries, seen.phases]).toEqual([1, ["connecting", "open"]]);
});

function status(sequence: bigint, state: RunState) {
  return create(RunStatusSchema, { runId: "a", sequence, state });
}

test("only a newer status counts, in whatever order and how often they come", () => {
  const store = new RunsStore();
  expect(store.accept(status(3n, RunState.RUNNING))).toBe(true);
  expect(store.accept(status(2n, RunState.PENDING))).toBe(false);
  expect(store.accept(status(3n, RunState.RUNNING))).toBe(false);
  expect(store.accept(status(9n, RunState.COMPLETED))).toBe(true);
  expect(store.status("a")?.state).toBe(RunState.COMPLETED);
});

test("listeners hear of the first status at once, and of a hundred more four times a second", () => {
  const store = new RunsStore();
  const heard = vi.fn();
  store.subscribe(heard);
  for (let sequence = 1n; sequence <= 101n; sequence += 1n) {
    store.accept(status(sequence, RunState.RUNNING));
  }
  expect(heard).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1_000);
  expect(heard).toHaveBeenCalledTimes(2);
});
