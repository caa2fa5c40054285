// The real server, on a free port, in a folder of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

export const BINARY = resolve(process.env["TRADEFORGE_BIN"] ?? "../../target/debug/tradeforge");

export interface TestServer {
  /** As in `http://127.0.0.1:41234`. */
  readonly baseUrl: string;
  /** Lets runs of the strategy `gate` with this key go on. */
  openGate(key: number): Promise<void>;
  /** Ends it by SIGKILL, as a power cut does. */
  kill(): Promise<void>;
  /** Starts it again after a kill: on the same port, with the same data. */
  restart(): Promise<void>;
  /** The first token, of a server that asks for them. */
  firstToken(): Promise<string>;
  /** Ends it by SIGTERM and gives its exit code. */
  stop(): Promise<number | null>;
}

export async function startServer(more: readonly string[] = []): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), "tradeforge-web-"));
  const gates = join(folder, "gates");
  await mkdir(gates);
  const serve = (address: string) =>
    launch(
      ["serve", "--listen", address, "--data-dir", join(folder, "data"), ...more],
      gates,
      "listening",
    );
  let running = await serve("127.0.0.1:0");
  const { baseUrl } = running;
  return {
    baseUrl,
    openGate: (key) => writeFile(join(gates, String(key)), ""),
    kill: async () => {
      await ended(running.child, "SIGKILL");
    },
    restart: async () => {
      running = await serve(new URL(baseUrl).host);
    },
    firstToken: async () =>
      (await readFile(join(folder, "data", "first-admin-token"), "utf8")).trim(),
    stop: async () => {
      const code = await ended(running.child, "SIGTERM");
      await rm(folder, { recursive: true });
      return code;
    },
  };
}

/** `tradeforge demo`, once it serves. */
export async function startDemo(): Promise<Pick<TestServer, "baseUrl" | "stop">> {
  const { child, baseUrl } = await launch(["demo", "--listen", "127.0.0.1:0"], "", "serving");
  return { baseUrl, stop: () => ended(child, "SIGTERM") };
}

/** Runs the binary until it prints a line of this word and its address. */
async function launch(args: readonly string[], gates: string, word: string) {
  const child = spawn(BINARY, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TRADEFORGE_GATE_DIR: gates },
  });
  let log = "";
  // Rejects if there is no such file; undefined if it ended before it said so.
  const baseUrl = await new Promise<string | undefined>((settle, fail) => {
    child.once("error", fail);
    child.once("close", () => settle(undefined));
    // A command that has something to print tells of its server on stderr.
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on("line", (line) => {
        log += `${line}\n`;
        if (line.startsWith(word)) {
          settle(line.match(/http:\/\/\S+/)?.[0]);
        }
      });
    }
  });
  if (!baseUrl) {
    child.kill("SIGKILL");
    throw new Error(`the server did not say that it is ${word}\n${log}`);
  }
  return { child, baseUrl };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return child.exitCode;
  }
  const exited = once(child, "exit");
  child.kill(signal);
  const [code] = (await exited) as [number | null];
  return code;
}
