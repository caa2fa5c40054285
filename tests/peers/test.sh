#!/bin/sh
# Runs backtesting.py and vectorbt beside the engine and compares fill by fill. They live in a venv
# of their own; where pip cannot install them the test says so and is skipped.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-"$root/target"}
venv=${TRADEFORGE_PEERS_VENV:-"$target/peers-venv"}

if ! "$venv/bin/python" -c 'import backtesting, vectorbt' 2>/dev/null; then
    mkdir -p "$target"
    log="$target/peers-pip.log"
    if ! { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet \
        --requirement "$here/requirements.txt"; } >"$log" 2>&1; then
        echo "test-peers: skipped, pip cannot install backtesting.py and vectorbt (see $log)"
        exit 0
    fi
fi

# With the features of the other tests, which have built it.
cargo build --quiet --manifest-path "$root/Cargo.toml" --features test-strategies --example peer_run
exec "$venv/bin/python" "$here/run.py" --engine "$target/debug/examples/peer_run" "$@"
