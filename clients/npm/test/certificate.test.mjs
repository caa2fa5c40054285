// A client that its server knows by a certificate, as somebody has it who installed the packages.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { ConnectError, connect, reasonOf } from "@tradeforge/client";

const COMMAND = "node_modules/.bin/tradeforge";
const FOLDER = join(process.env.TRADEFORGE_WEB ?? "", "../../tests/it/certificates");
const file = (name) => join(FOLDER, name);

let folder;
let child;
let url;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tradeforge-"));
  const words = ["serve", "--exit-with-stdin", "--listen", "127.0.0.1:0", "--access", "on"];
  words.push("--data-dir", join(folder, "data"), "--tls-client-required");
  words.push("--tls-cert", file("server.pem"), "--tls-key", file("server.key"));
  words.push("--tls-client-ca", file("clients.pem"));
  const stdio = ["pipe", "pipe", "inherit"];
  child = spawn(COMMAND, words, { stdio, env: { ...process.env, RUST_LOG: "error" } });
  const [line] = await once(createInterface(child.stdout), "line");
  url = line.replace("listening on ", "");
  assert.match(url, /^https:/);
});

after(async () => {
  child.stdin.end();
  await once(child, "exit");
  await rm(folder, { recursive: true });
});

const whoAmI = async (options) => await connect(url, options).access.whoAmI({});

async function refusal(options) {
  return await whoAmI(options).then(
    () => assert.fail("it was answered"),
    (cause) => cause,
  );
}

test("a caller is known by its certificate, by files that are named or in the environment", async () => {
  const tls = { ca: file("ca.pem"), cert: file("ann.pem"), key: file("ann.key") };
  assert.ok((await refusal({ tls: { ca: tls.ca } })) instanceof ConnectError, "it shows none");
  assert.match((await refusal({ tls: { ...tls, ca: file("other.pem") } })).message, /certificate/);
  assert.match((await refusal({ tls: { ...tls, key: "/none" } })).message, /ENOENT/);
  assert.equal(reasonOf(await refusal({ tls })), "TOKEN_INVALID", "nobody said whose it is");

  const token = (await readFile(join(folder, "data/first-admin-token"), "utf8")).trim();
  const words = ["token", "add", "ann", "--role", "submitter", "--certificate", tls.cert];
  words.push("--server", url);
  words.push("--tls-ca", tls.ca, "--client-cert", tls.cert, "--client-key", tls.key);
  const env = { ...process.env, TRADEFORGE_TOKEN: token };
  await promisify(execFile)(COMMAND, words, { env });
  assert.equal((await whoAmI({ tls })).owner, "ann");

  const both = join(folder, "both.pem");
  await writeFile(both, (await readFile(tls.cert, "utf8")) + (await readFile(tls.key, "utf8")));
  process.env.TRADEFORGE_TLS_CA = tls.ca;
  process.env.TRADEFORGE_CLIENT_CERT = both;
  assert.equal((await whoAmI()).owner, "ann");
  // An answer in parts comes the same way.
  const source = { case: "synthetic", value: { barCount: 9_000n, seed: 1n } };
  const series = { exchange: "SYN", symbol: "DEMO", timeframe: "1h" };
  const api = connect(url);
  const imported = await api.marketData.importBars({ series, source });
  let rows = 0;
  for await (const part of api.marketData.exportBars({ dataSha256: imported.series.dataSha256 })) {
    rows += part.rowCount;
  }
  assert.equal(rows, 9_000);
});
