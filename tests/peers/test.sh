#!/bin/sh
# Runs backtesting.py and vectorbt beside the engine and compares fill by fill.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-"$root/target"}
venv=${TRADEFORGE_PEERS_VENV:-"$target/peers-venv"}
. "$here/venv.sh"

with_packages test-peers "$venv" "$here/requirements.txt" "backtesting, vectorbt"
# With the features of the other tests, which have built it.
cargo build --quiet --manifest-path "$root/Cargo.toml" --features test-strategies --example peer_run
exec "$venv/bin/python" "$here/run.py" --engine "$target/debug/examples/peer_run" "$@"
