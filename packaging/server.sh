#!/usr/bin/env bash
# Builds the server as one file that needs nothing of its system, and prints where it is:
#
#     server.sh [TARGET]      x86_64-unknown-linux-musl or aarch64-unknown-linux-musl; this machine's
#
# The names of functions stay in it: they are what the stack trace of a failed trial consists of.
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/tools.sh

target=${1:-$(uname -m)-unknown-linux-musl}
set_up_packaging >&2
rustup target add "$target" >&2
${CARGO:-cargo} zigbuild --release --locked --target "$target" --bin tradeforge >&2
echo "${CARGO_TARGET_DIR:-$PWD/target}/$target/release/tradeforge"
