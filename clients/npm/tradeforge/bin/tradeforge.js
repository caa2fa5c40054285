#!/usr/bin/env node
// `npx tradeforge COMMAND`: the program, out of the package for this system.

import { spawn } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

/** The program: what TRADEFORGE_BIN names, else that of the package for this system. */
function program() {
  const named = process.env.TRADEFORGE_BIN;
  if (named) {
    return named;
  }
  const carrier = `@tradeforge/server-${process.platform}-${process.arch}`;
  try {
    return fileURLToPath(import.meta.resolve(`${carrier}/tradeforge`));
  } catch {
    console.error(
      `error: ${carrier} is not installed. It is an optional dependency of this package, for Linux ` +
        "and macOS on x64 and arm64: install without --omit=optional, or set TRADEFORGE_BIN to a program " +
        "that was built elsewhere.",
    );
    process.exit(1);
  }
}

const path = program();
const child = spawn(path, process.argv.slice(2), { stdio: "inherit" });
child.on("error", (error) => {
  console.error(`error: ${path} cannot be run: ${error.message}`);
  process.exit(1);
});
// A terminal's Ctrl-C reaches both; whoever ends only this one means the program.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) {
  process.on(signal, () => child.kill(signal));
}
child.on("exit", (code, signal) => {
  process.exit(code ?? 128 + constants.signals[signal]);
});
