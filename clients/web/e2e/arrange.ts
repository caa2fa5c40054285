// Runs for the flows to look at, submitted beside the browser.

import type { MessageInitShape } from "@bufbuild/protobuf";
import { expect, type Locator, type Page } from "@playwright/test";
import type { Api } from "../src/api";
import { ReusePolicy, type SubmitRequestSchema } from "../src/gen/tradeforge/v1/run_service_pb";
import { RunState, type RunStatus } from "../src/gen/tradeforge/v1/types_pb";
import type { TestServer } from "../test/server";

export const DEMO_SERIES = { exchange: "SYN", symbol: "DEMO", timeframe: "1h" };
export const DEMO_BARS = 20_000;

/** A request as a literal. */
type Submission = MessageInitShape<typeof SubmitRequestSchema>;

const SIMULATION = { initialCash: "10000", commissionRate: "0.001" };

function base(name: string, params: Readonly<Record<string, number>>, series = DEMO_SERIES) {
  const values = Object.entries(params).map(([key, value]) => [
    key,
    { kind: { case: "intValue", value: BigInt(value) } } as const,
  ]);
  return {
    strategy: { name },
    params: Object.fromEntries(values),
    subscriptions: [series],
    simulation: SIMULATION,
  };
}

export function backtest(
  name: string,
  params: Readonly<Record<string, number>>,
  series = DEMO_SERIES,
): Submission {
  return {
    reusePolicy: ReusePolicy.ALWAYS_NEW,
    spec: { case: "backtest", value: base(name, params, series) },
  };
}

type Range = readonly [name: string, min: number, max: number];

/** A search over whole numbers; of the axes the last moves fastest. */
export function search(
  name: string,
  ranges: readonly Range[],
  series = DEMO_SERIES,
  constraints: readonly { readonly metric: string; readonly maxValue: number }[] = [],
): Submission {
  const axes = ranges.map(([axis, min, max]) => ({
    name: axis,
    domain: {
      case: "intRange",
      value: { minValue: BigInt(min), maxValue: BigInt(max), step: 1n },
    } as const,
  }));
  return {
    reusePolicy: ReusePolicy.ALWAYS_NEW,
    spec: {
      case: "optimization",
      value: {
        base: base(name, {}, series),
        axes,
        objective: { metric: "total_return" },
        constraints: [...constraints],
      },
    },
  };
}

/** Trials that wait for a gate each eight of them: those of key `first` come first. */
export function gatedSearch(first: number): Submission {
  return search("gate", [
    ["key", first, first + 4],
    ["bars", 1, 8],
  ]);
}

export const GATED_TRIALS = 40;
/** Trials behind one gate. They fill whole chunks, so they land without those behind the next. */
export const TRIALS_PER_GATE = 8;
export const GATES = GATED_TRIALS / TRIALS_PER_GATE;

/** Once the search computes. A gate that is open sooner teaches the server that trials take no time,
 * and then it may cut all that is left as one chunk, behind the other gates. */
export async function openFirstGate(page: Page, server: TestServer, first: number): Promise<void> {
  await expect(stateBadge(page)).toHaveAttribute("data-state", "RUNNING");
  await server.openGate(first);
}

/** All at once: how much lands behind each of them alone is for the server to say. */
export async function openOtherGates(server: TestServer, first: number): Promise<void> {
  for (let key = first + 1; key < first + GATES; key += 1) {
    await server.openGate(key);
  }
}

export async function submit(api: Api, submission: Submission): Promise<string> {
  return (await api.runs.submit(submission)).runId;
}

/** The last status of a run, once it is over. */
export async function whenFinal(api: Api, runId: string): Promise<RunStatus> {
  const { status } = await api.runs.getStatus({ runId, wait: { seconds: 60n } });
  if (!status) {
    throw new Error(`no status of ${runId}`);
  }
  return status;
}

export async function finished(api: Api, submission: Submission): Promise<string> {
  const runId = await submit(api, submission);
  const { state } = await whenFinal(api, runId);
  expect([RunState.COMPLETED, RunState.FAILED]).toContain(state);
  return runId;
}

let lastKey = 0;

/** Keys of gates that no other test of this worker opens: `count` in a row. */
export function freshKeys(count: number): number {
  const first = lastKey + 1;
  lastKey += count;
  return first;
}

export function heatMap(page: Page): Locator {
  return page.locator("[data-chart=heatmap]");
}

export function stateBadge(page: Page): Locator {
  return page.getByRole("main").locator("header [data-state]");
}
