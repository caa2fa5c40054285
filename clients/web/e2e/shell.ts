// A terminal beside the browser, in which `tradeforge` is the binary under test.

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const BINARY = resolve(process.env["TRADEFORGE_BIN"] ?? "../../target/debug/tradeforge");
const AS_INSTALLED = 'tradeforge() { "$BINARY" "$@"; }';

/** Runs what was pasted, in a folder with these files; throws unless it succeeds. */
export async function paste(
  text: string,
  files: Readonly<Record<string, string>> = {},
): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "tradeforge-shell-"));
  try {
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(cwd, name), content);
    }
    const env = { ...process.env, BINARY };
    await promisify(execFile)("bash", ["-c", `${AS_INSTALLED}\n${text}`], { cwd, env });
  } finally {
    await rm(cwd, { recursive: true });
  }
}
