#!/bin/sh
# Measures raptorbt, vectorbt and backtesting.py beside TradeForge, in one run over the same bars.
# They live in a venv of their own; where pip cannot install them it says so and ends.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-"$root/target"}
venv=${TRADEFORGE_BENCH_VENV:-"$target/bench-peers-venv"}

if ! "$venv/bin/python" -c 'import raptorbt, vectorbt, backtesting' 2>/dev/null; then
    mkdir -p "$target"
    log="$target/bench-peers-pip.log"
    if ! { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet \
        --requirement "$here/requirements.txt"; } >"$log" 2>&1; then
        echo "bench-peers: left out, pip cannot install the peers (see $log)"
        exit 0
    fi
fi

cd "$root"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
TRADEFORGE_BENCH_PEERS="$work" cargo bench --quiet --bench bench -- peers
exec "$venv/bin/python" "$here/run.py" "$work"
