// Who computes besides the server: a real broker, where one is at hand, and a real worker.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY, startServer } from "../test/server";
import { expect, test } from "./fixtures";

const MADE = join(import.meta.dirname, "../../../target/tools/nats-server");
const BROKER = [process.env["NATS_SERVER"], "nats-server", MADE].find(
  (path) => path && spawnSync(path, ["--version"]).status === 0,
);

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => listener.once("listening", resolve));
  const address = listener.address();
  await new Promise((resolve) => listener.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}

test("the system tells which workers compute for it, and when one is gone", async ({ page }) => {
  test.skip(BROKER === undefined, "nats-server is not at hand");
  const folder = await mkdtemp(join(tmpdir(), "tradeforge-fleet-"));
  const children: ChildProcess[] = [];
  const start = (program: string, ...words: string[]) => {
    const child = spawn(program, words, { stdio: "ignore" });
    children.push(child);
    return child;
  };
  const port = String(await freePort());
  start(BROKER ?? "", "-a", "127.0.0.1", "-p", port, "-js", "-sd", join(folder, "broker"));
  const nats = `nats://127.0.0.1:${port}`;
  const server = await startServer(["--nats", nats, "--fleet", "page"]);
  const named = ["--nats", nats, "--fleet", "page", "--name", "w1", "--workers", "1"];
  const worker = start(BINARY, "worker", ...named, "--cache-dir", join(folder, "bars"));
  try {
    await page.goto(`${server.baseUrl}/system`);
    const row = page.locator("[data-worker=w1]");
    await expect(row).toContainText("ready", { timeout: 60_000 });
    await expect(row).toContainText("0 of 1");
    await expect(page.getByText("1 there, 0 of 1 threads busy.")).toBeVisible();
    worker.kill("SIGKILL");
    await expect(row).toContainText("silent", { timeout: 30_000 });
    await expect(page.getByText("0 there, 0 of 0 threads busy.")).toBeVisible();
  } finally {
    for (const child of children) {
      child.kill("SIGKILL");
    }
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
