// The packages as somebody has them who installed them: run by test.sh in a fresh project.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import {
  Code,
  ConnectError,
  connect,
  explain,
  fieldViolations,
  finished,
  listRuns,
  listTrades,
  listTrials,
  RunCancelled,
  RunFailed,
  reasonOf,
  watch,
} from "@tradeforge/client";
import { create, ReusePolicy, RunState, SubmitRequestSchema } from "@tradeforge/client/v1";

const COMMAND = "node_modules/.bin/tradeforge";
const SERIES = { exchange: "SYN", symbol: "DEMO", timeframe: "1h" };

let folder;
let server;
let api;

/** `tradeforge serve` by the installed command, and where it listens. */
async function serve(...words) {
  const args = ["serve", "--exit-with-stdin", ...words];
  const child = spawn(COMMAND, args, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, TRADEFORGE_GATE_DIR: join(folder, "gates"), RUST_LOG: "error" },
  });
  const [line] = await once(createInterface(child.stdout), "line");
  assert.match(line, /^listening on /);
  return { child, url: line.slice("listening on ".length) };
}

async function ended(child) {
  return child.exitCode ?? (await once(child, "exit"))[0];
}

function backtest(name, params) {
  const values = Object.entries(params).map(([key, value]) => [
    key,
    { kind: { case: "intValue", value } },
  ]);
  return create(SubmitRequestSchema, {
    reusePolicy: ReusePolicy.ALWAYS_NEW,
    spec: {
      case: "backtest",
      value: {
        strategy: { name },
        params: Object.fromEntries(values),
        subscriptions: [SERIES],
        simulation: { initialCash: "10000" },
      },
    },
  });
}

/** All that a list gives. */
async function all(list) {
  const items = [];
  for await (const item of list) {
    items.push(item);
  }
  return items;
}

async function rejection(promise) {
  return promise.then(
    () => assert.fail("it was taken"),
    (error) => error,
  );
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tradeforge-npm-"));
  await mkdir(join(folder, "gates"));
  server = await serve("--temporary", "--listen", "127.0.0.1:0");
  api = connect(server.url);
  const source = { case: "synthetic", value: { barCount: 2_000n, seed: 42n } };
  await api.marketData.importBars({ series: SERIES, source });
});

after(async () => {
  server.child.kill("SIGTERM");
  assert.equal(await ended(server.child), 0, "the command ends as the server does");
  await rm(folder, { recursive: true });
});

test("the command is the program, its exit codes included", async () => {
  const run = promisify(execFile);
  const { stdout } = await run(COMMAND, ["--version"]);
  const { version } = await api.system.getServerInfo({});
  assert.equal(stdout.trim(), `tradeforge ${version}`);
  const failure = await rejection(run(COMMAND, ["no-such-command"]));
  assert.equal(failure.code, 2);
});

test("the packages are of the version of the server that they carry", async () => {
  const { version } = await api.system.getServerInfo({});
  for (const name of ["@tradeforge/client", "tradeforge"]) {
    const manifest = JSON.parse(await readFile(join("node_modules", name, "package.json"), "utf8"));
    assert.equal(manifest.version, version);
    const carried = Object.values(manifest.optionalDependencies ?? {});
    assert.deepEqual(
      carried,
      carried.map(() => version),
    );
  }
});

test("a run is watched to its one final status, each newer than the one before", async () => {
  const { runId } = await api.runs.submit(backtest("sma_cross", { fast: 5n, slow: 20n }));
  const seen = [];
  for await (const status of watch(api, runId)) {
    seen.push(status);
  }
  const rising = seen.every((status, at) => at === 0 || status.sequence > seen[at - 1].sequence);
  assert.ok(rising);
  assert.equal(seen.at(-1).state, RunState.COMPLETED);
  const status = await finished(api, runId);
  assert.ok(status.result.value.metrics.trade_count > 0);
  // From where another watch was: nothing older, and the final one in any case.
  const { sequence } = seen.at(-1);
  for await (const again of watch(api, runId, { afterSequence: sequence })) {
    assert.equal(again.sequence, sequence);
  }
});

test("lists fetch their pages by themselves, and no more than is read", async () => {
  const range = (minValue, maxValue) => ({ case: "intRange", value: { minValue, maxValue } });
  const base = backtest("sma_cross", {}).spec.value;
  const search = create(SubmitRequestSchema, {
    labels: { of: "lists" },
    spec: {
      case: "optimization",
      value: {
        base,
        axes: [
          { name: "fast", domain: range(2n, 31n) },
          { name: "slow", domain: range(40n, 49n) },
        ],
      },
    },
  });
  const { runId } = await api.runs.submit(search);
  await finished(api, runId);
  const indices = (await all(listTrials(api, runId))).map((trial) => trial.trialIndex);
  assert.deepEqual(
    indices,
    Array.from({ length: 300 }, (_, index) => BigInt(index)),
  );
  const few = await all(listTrials(api, runId, { filter: "fast < 4", orderBy: "slow desc" }));
  assert.equal(few.length, 20);
  assert.equal(few[0].params.slow.kind.value, 49n);
  const { trialIndex } = few[0];
  const trades = await all(listTrades(api, runId, { trialIndex }));
  assert.ok(trades.length > 0);
  const runs = await all(listRuns(api, { filter: "labels.of = lists" }));
  assert.deepEqual(
    runs.map((run) => run.runId),
    [runId],
  );
  const given = new AbortController();
  given.abort();
  const ended = await rejection(listRuns(api, { signal: given.signal }).next());
  assert.equal(ConnectError.from(ended).code, Code.Canceled);
});

test("what is refused names every faulty field, and is not asked for again", async () => {
  const request = backtest("sma_cross", { fats: 5n });
  request.spec.value.simulation.initialCash = "ten thousand";
  const refusal = await rejection(api.runs.submit(request));
  assert.ok(refusal instanceof ConnectError);
  assert.equal(refusal.code, Code.InvalidArgument);
  assert.equal(reasonOf(refusal), "INVALID_SPEC");
  const fields = fieldViolations(refusal).map(({ field }) => field);
  assert.ok(fields.includes("backtest.simulation.initial_cash"), fields.join());
  assert.ok(
    fields.some((field) => field.includes("fats")),
    fields.join(),
  );
  const told = explain(refusal);
  assert.match(told, /initial_cash: .*ten thousand/);
  assert.match(told, /fats: .*did you mean "fast"\?/);
  const single = await rejection(api.runs.submit(backtest("sma_cross", { fats: 5n })));
  assert.equal(explain(single).split("\n").length, 1, explain(single));
  const unknown = "01938f00-0000-7000-8000-000000000000";
  assert.equal(reasonOf(await rejection(finished(api, unknown))), "RUN_NOT_FOUND");
});

test("an address that is none is refused by what it should be", () => {
  for (const address of ["http://a/b", "ftp://a", "a b", ""]) {
    assert.throws(() => connect(address), /HOST:PORT/);
  }
});

test("a server that is not there is given up when patience ends", async () => {
  const nobody = connect("127.0.0.1:1");
  const lost = await rejection(finished(nobody, "any", { patienceMs: 0 }));
  assert.ok(lost instanceof ConnectError);
});

test("a watch goes on over a server that ended and came again", async (context) => {
  if (!(await hasGate())) {
    context.skip("the server was built without the feature test-strategies");
    return;
  }
  const data = ["--data-dir", join(folder, "data")];
  const first = await serve(...data, "--listen", "127.0.0.1:0");
  const mine = connect(first.url);
  const source = { case: "synthetic", value: { barCount: 200n, seed: 1n } };
  await mine.marketData.importBars({ series: SERIES, source });
  const { runId } = await mine.runs.submit(backtest("gate", { bars: 100n, key: 7n }));
  const attempts = [];
  let second;
  let last;
  for await (const status of watch(mine, runId)) {
    last = status;
    attempts.push(status.attempt);
    if (status.state === RunState.RUNNING && second === undefined) {
      // The end of its input is the end of the server, and a run stays as it is.
      first.child.stdin.end();
      await ended(first.child);
      second = await serve(...data, "--listen", new URL(first.url).host);
    } else if (status.state === RunState.RUNNING && status.attempt === 2) {
      await writeFile(join(folder, "gates", "7"), "");
    }
  }
  assert.equal(last.state, RunState.COMPLETED);
  assert.deepEqual([...new Set(attempts)], [1, 2]);
  second.child.kill("SIGTERM");
  assert.equal(await ended(second.child), 0);
});

test("runs that do not complete are errors of their own, and a signal ends only the watch", async (context) => {
  if (!(await hasGate())) {
    context.skip("the server was built without the feature test-strategies");
    return;
  }
  const { runId } = await api.runs.submit(backtest("gate", { bars: 100n, key: 8n }));
  const leaving = new AbortController();
  const left = await rejection(
    (async () => {
      for await (const _ of watch(api, runId, { signal: leaving.signal })) {
        leaving.abort();
      }
    })(),
  );
  assert.equal(ConnectError.from(left).code, Code.Canceled);
  assert.equal((await api.runs.getStatus({ runId })).status.state === RunState.CANCELLED, false);
  await api.runs.cancel({ runId, reason: "enough" });
  const cancelled = await rejection(finished(api, runId));
  assert.ok(cancelled instanceof RunCancelled);
  assert.match(cancelled.message, /enough/);

  const unlucky = await api.runs.submit(backtest("unlucky", { number: 13n }));
  const failed = await rejection(finished(api, unlucky.runId));
  assert.ok(failed instanceof RunFailed, String(failed));
  assert.notEqual(failed.reason, "");
});

async function hasGate() {
  const { strategies } = await api.strategies.listStrategies({});
  return strategies.some(({ name }) => name === "gate");
}

test("the code of the client's page runs as it stands", async () => {
  const page = await readFile("node_modules/@tradeforge/client/README.md", "utf8");
  const [, code] = /```ts\n(.*?)```/s.exec(page);
  await writeFile("readme.mjs", code.replace("127.0.0.1:50051", server.url));
  const { stdout } = await promisify(execFile)("node", ["readme.mjs"]);
  assert.match(stdout, /\b1\n-?\d+\.\d+\nrun \S+ is COMPLETED already\n$/);
});

test("a token is shown to a server that asks, and never in the open", async () => {
  const data = join(folder, "asking");
  const asking = await serve("--listen", "127.0.0.1:0", "--data-dir", data, "--access", "on");
  const token = (await readFile(join(data, "first-admin-token"), "utf8")).trim();
  await assert.rejects(connect(asking.url).system.getServerInfo({}), (error) => {
    assert.equal(ConnectError.from(error).code, Code.Unauthenticated);
    return reasonOf(error) === "TOKEN_MISSING";
  });
  const known = connect(asking.url, { token });
  assert.equal((await known.access.whoAmI({})).owner, "admin");
  assert.throws(() => connect("http://box:1", { token }), /not sent to box over http/);
  asking.child.stdin.end();
  assert.equal(await ended(asking.child), 0);
});
