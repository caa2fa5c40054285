#!/usr/bin/env bash
# Whether it compiles for systems other than this one: macOS on Apple's processors, and Windows. Nothing
# is linked, for that needs what only those systems have; tests run on Linux alone.
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/tools.sh

set_up_packaging >&2
for target in aarch64-apple-darwin x86_64-pc-windows-gnu; do
  rustup target add "$target" >&2
  CARGO_INCREMENTAL=0 RUSTFLAGS=-Dwarnings cargo-zigbuild check --locked --target "$target" \
    --bin tradeforge >&2
  echo "$target: compiles"
done
