#!/usr/bin/env bash
# What a machine computes, on other processors: the digests of `tradeforge golden` on aarch64 and on an
# x86-64 without AVX, emulated, beside those that are committed. What is not at hand is named.
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/tools.sh

committed=tests/it/golden.txt

# same PROCESSOR COMMAND...: whether the command prints the committed digests.
same() {
  local processor=$1
  shift
  if ! "$@" golden | diff "$committed" - >&2; then
    echo "$processor computes other bits" >&2
    return 1
  fi
  echo "$processor: $(tail -n 1 "$committed")"
}

target=aarch64-unknown-linux-musl
if ! command -v qemu-aarch64 >/dev/null; then
  echo "golden: left out, qemu-aarch64 is not at hand (Debian's qemu-user)"
  exit 0
fi
set_up_packaging >&2
rustup target add "$target" >&2
CARGO_INCREMENTAL=0 "${CARGO:-cargo}" zigbuild --locked --target "$target" --bin tradeforge >&2
same aarch64 qemu-aarch64 "${CARGO_TARGET_DIR:-$PWD/target}/$target/debug/tradeforge"

here=${CARGO_TARGET_DIR:-$PWD/target}/debug/tradeforge
if [[ ! -x $here ]]; then
  echo "golden: this machine is left out, $here is not built"
elif [[ $(uname -m) == x86_64 ]]; then
  same "x86-64 without AVX" qemu-x86_64 -cpu Nehalem "$here"
fi
