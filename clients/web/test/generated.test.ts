// The generated code is what the proto files of this repository give.

import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

async function sources(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true });
  const names = entries.filter((name) => name.endsWith(".ts")).sort();
  const texts = names.map(async (name) => [name, await readFile(join(folder, name), "utf8")]);
  return Object.fromEntries(await Promise.all(texts)) as Record<string, string>;
}

test("generating again changes nothing; if not: npm run generate", {
  timeout: 60_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "tradeforge-gen-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await promisify(execFile)("npm", ["run", "generate", "--", "--output", folder]);
  const fresh = await sources(join(folder, "src/gen"));
  const stored = await sources("src/gen");
  expect(Object.keys(stored)).toEqual(Object.keys(fresh));
  const stale = Object.keys(fresh).filter((name) => fresh[name] !== stored[name]);
  expect(stale).toEqual([]);
});
