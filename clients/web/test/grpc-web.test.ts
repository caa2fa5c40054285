// The wire a browser speaks, gRPC-Web over HTTP/1.1, against the real server.

import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Api, createApi } from "../src/api";
import { fieldViolations, reasonOf } from "../src/errors";
import { ReusePolicy, type SubmitRequestSchema } from "../src/gen/tradeforge/v1/run_service_pb";
import { RunState, type RunStatus } from "../src/gen/tradeforge/v1/types_pb";
import { startServer, type TestServer } from "./server";

const BARS = 5_000n;
const SERIES = { exchange: "SYN", symbol: "WEB", timeframe: "1h" };
const NOBODY = "01938f00-0000-7000-8000-000000000000";
const FINAL = [RunState.COMPLETED, RunState.FAILED, RunState.CANCELLED];

let server: TestServer;
let api: Api;

beforeAll(async () => {
  server = await startServer();
  api = createApi(createGrpcWebTransport({ baseUrl: server.baseUrl }));
  const source = { case: "synthetic", value: { barCount: BARS, seed: 42n } } as const;
  const imported = await api.marketData.importBars({ series: SERIES, source });
  expect(imported.created).toBe(true);
  expect(imported.series?.barCount).toBe(BARS);
});

afterAll(async () => {
  expect(await server.stop()).toBe(0);
});

/** A backtest on the bars of these tests, always as a new run. */
function backtest(
  name: string,
  params: Record<string, bigint>,
  initialCash = "10000",
): MessageInitShape<typeof SubmitRequestSchema> {
  const values = Object.entries(params).map(([key, value]) => [
    key,
    { kind: { case: "intValue", value } } as const,
  ]);
  return {
    reusePolicy: ReusePolicy.ALWAYS_NEW,
    spec: {
      case: "backtest",
      value: {
        strategy: { name },
        params: Object.fromEntries(values),
        subscriptions: [SERIES],
        simulation: { initialCash, commissionRate: "0.001" },
      },
    },
  };
}

/** The statuses of a run up to its end; `onStatus` sees each as it comes. */
async function watch(
  runId: string,
  onStatus: (status: RunStatus) => Promise<void> = async () => {},
): Promise<RunStatus[]> {
  const seen: RunStatus[] = [];
  for await (const { event } of api.runs.watchProgress({ runId })) {
    if (event.case === "snapshot") {
      seen.push(event.value);
      await onStatus(event.value);
    }
  }
  return seen;
}

async function refusalOf(call: Promise<unknown>): Promise<ConnectError> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(ConnectError);
  return outcome as ConnectError;
}

test("the server tells what it is", async () => {
  const info = await api.system.getServerInfo({});
  expect(info.version).toMatch(/^\d+\.\d+\.\d+/);
  expect(info.engineVersion).not.toBe("");
  expect(info.workerThreads).toBeGreaterThan(0);
});

test("a watch starts with a snapshot, rises, and ends after the one final status", async () => {
  const { runId, total } = await api.runs.submit(backtest("sma_cross", { fast: 10n, slow: 50n }));
  expect(total).toBe(BARS);
  const seen = await watch(runId);

  const sequences = seen.map((status) => status.sequence);
  expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => Number(a - b)));
  const final = seen.filter((status) => FINAL.includes(status.state));
  expect(final).toEqual(seen.slice(-1));

  const [last] = final;
  expect(last?.state).toBe(RunState.COMPLETED);
  expect(last?.progress?.completed).toBe(BARS);
  if (last?.result.case !== "backtest") {
    throw new Error("a completed backtest has the result of a backtest");
  }
  expect(last.result.value.metrics["trade_count"]).toBeGreaterThan(0);
  expect((await api.runs.getStatus({ runId })).status).toEqual(last);
});

test("snapshots come while the run is live, not only once it is over", async (context) => {
  const { strategies } = await api.strategies.listStrategies({});
  if (!strategies.some((strategy) => strategy.name === "gate")) {
    context.skip("the server was built without the feature test-strategies");
  }
  const key = 7;
  const { runId } = await api.runs.submit(backtest("gate", { bars: 100n, key: BigInt(key) }));
  // The run can not end before this client has seen that it is running.
  const seen = await watch(runId, async (status) => {
    if (status.state === RunState.RUNNING) {
      await server.openGate(key);
    }
  });
  expect(seen.map((status) => status.state)).toContain(RunState.RUNNING);
  expect(seen.at(-1)?.state).toBe(RunState.COMPLETED);
});

test("a watch that is given up leaves the run alone", async () => {
  const { runId } = await api.runs.submit(backtest("sma_cross", {}));
  for await (const { event } of api.runs.watchProgress({ runId })) {
    expect(event.case).toBe("snapshot");
    break;
  }
  const wait = { seconds: 60n };
  const { status } = await api.runs.getStatus({ runId, wait });
  expect(status?.state).toBe(RunState.COMPLETED);
});

test("a refused request names every faulty field", async () => {
  const request = backtest("sma_cross", { fats: 5n }, "ten thousand");
  const refusal = await refusalOf(api.runs.submit(request));
  expect(refusal.code).toBe(Code.InvalidArgument);
  expect(reasonOf(refusal)).toBe("INVALID_SPEC");
  const violations = fieldViolations(refusal);
  const fields = violations.map((violation) => violation.field);
  expect(fields).toContain("backtest.simulation.initial_cash");
  expect(fields).toContainEqual(expect.stringMatching(/^backtest\.params.*fats/));
  expect(violations.every((violation) => violation.description !== "")).toBe(true);
});

test("an unknown run is not found, by a call and by a stream", async () => {
  for (const call of [() => api.runs.getStatus({ runId: NOBODY }), () => watch(NOBODY)]) {
    const refusal = await refusalOf(call());
    expect(refusal.code).toBe(Code.NotFound);
    expect(reasonOf(refusal)).toBe("RUN_NOT_FOUND");
    expect(fieldViolations(refusal)).toEqual([]);
  }
});
