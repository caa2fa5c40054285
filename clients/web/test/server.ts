// The real server, on a free port, in a folder of its own.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const READY = "listening on ";
const BINARY = process.env["TRADEFORGE_BIN"] ?? "../../target/debug/tradeforge";

export interface TestServer {
  /** As in `http://127.0.0.1:41234`. */
  readonly baseUrl: string;
  /** Lets runs of the strategy `gate` with this key go on. */
  openGate(key: number): Promise<void>;
  /** Ends it by SIGTERM and gives its exit code. */
  stop(): Promise<number | null>;
}

export async function startServer(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), "tradeforge-web-"));
  const gates = join(folder, "gates");
  await mkdir(gates);
  const process_ = spawn(
    resolve(BINARY),
    ["serve", "--listen", "127.0.0.1:0", "--data-dir", join(folder, "data")],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, TRADEFORGE_GATE_DIR: gates },
    },
  );
  const exited = once(process_, "exit");
  let log = "";
  process_.stderr.on("data", (bytes: Buffer) => (log += bytes.toString()));
  // Rejects if there is no such file; empty if it ended before it said anything.
  const said = await new Promise<string>((settle, fail) => {
    process_.once("error", fail);
    const lines = createInterface({ input: process_.stdout });
    lines.once("line", settle);
    lines.once("close", () => settle(""));
  });
  if (!said.startsWith(READY)) {
    process_.kill("SIGKILL");
    throw new Error(`the server said ${JSON.stringify(said)}\n${log}`);
  }
  return {
    baseUrl: said.slice(READY.length).trim(),
    openGate: (key) => writeFile(join(gates, String(key)), ""),
    stop: async () => {
      process_.kill("SIGTERM");
      const [code] = (await exited) as [number | null];
      await rm(folder, { recursive: true });
      return code;
    },
  };
}
