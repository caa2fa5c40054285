// Gives every relative import below a folder the extension that Node and browsers ask for; the
// sources are shared with a bundler, which asks for none.

import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const RELATIVE = /(\b(?:from|import)\s*\(?\s*")(\.{1,2}\/[^"]+?)(?:\.js)?(")/g;

const folder = process.argv[2];
for (const name of await readdir(folder, { recursive: true })) {
  if (name.endsWith(".js") || name.endsWith(".d.ts")) {
    const path = join(folder, name);
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replaceAll(RELATIVE, "$1$2.js$3"));
  }
}
