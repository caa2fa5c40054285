// The blocks of docs/node.md, as one program, print what stands below them.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

const BORDER = "--- the next block";

/** The page as a program of TypeScript, and what it is to print. */
function program(page) {
  const expected = [];
  let imports = "";
  let code = "";
  for (const [, language, text] of page.matchAll(/^```(\w+)\n(.*?)^```$/gms)) {
    if (language === "ts") {
      code += `console.log("${BORDER}");\n`;
      for (const line of text.split("\n")) {
        if (line.startsWith("import ")) {
          imports += `${line}\n`;
        } else {
          code += `${line}\n`;
        }
      }
      expected.push(undefined);
    } else if (language === "text") {
      expected[expected.length - 1] = text;
    }
  }
  return { text: imports + code, expected };
}

test("every block of the page does what stands there, and its types hold", async (context) => {
  const web = process.env.TRADEFORGE_WEB;
  if (web === undefined) {
    context.skip("TRADEFORGE_WEB does not name the web client, beside which the page is");
    return;
  }
  const page = await readFile(join(web, "../../docs/node.md"), "utf8");
  const { text, expected } = program(page);
  assert.ok(expected.length >= 4, `only ${expected.length} blocks`);
  await writeFile("docs.mts", text);
  const run = promisify(execFile);
  const checks = ["--noEmit", "--strict", "--target", "es2023", "--lib", "es2023,dom"];
  const modules = ["--module", "nodenext", "--moduleResolution", "nodenext", "--ignoreConfig"];
  await run(join(web, "node_modules/.bin/tsc"), [...checks, ...modules, "docs.mts"]).catch(
    (error) => assert.fail(error.stdout),
  );
  const vite = createRequire(join(web, "package.json")).resolve("vite");
  const { transformWithOxc } = await import(pathToFileURL(vite));
  await writeFile("docs.mjs", (await transformWithOxc(text, "docs.mts")).code);

  const words = ["serve", "--temporary", "--exit-with-stdin", "--listen", "127.0.0.1:0"];
  const server = spawn("node_modules/.bin/tradeforge", words, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, RUST_LOG: "error" },
  });
  const [line] = await once(createInterface(server.stdout), "line");
  const TRADEFORGE_SERVER = line.slice("listening on ".length);
  const env = { ...process.env, TRADEFORGE_SERVER, NO_COLOR: "1" };
  const { stdout } = await run("node", ["docs.mjs"], { env });
  server.stdin.end();
  const printed = stdout.split(`${BORDER}\n`).slice(1);
  assert.equal(printed.length, expected.length);
  for (const [index, text] of expected.entries()) {
    // One without a text below it prints what is not worth showing.
    assert.equal(printed[index], text ?? printed[index]);
  }
});
