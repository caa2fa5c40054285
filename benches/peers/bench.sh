#!/bin/sh
# Measures raptorbt, vectorbt and backtesting.py beside TradeForge, in one run over the same bars.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-"$root/target"}
venv=${TRADEFORGE_BENCH_VENV:-"$target/bench-peers-venv"}
. "$root/tests/peers/venv.sh"

with_packages bench-peers "$venv" "$here/requirements.txt" "raptorbt, vectorbt, backtesting"
cd "$root"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
TRADEFORGE_BENCH_PEERS="$work" cargo bench --quiet --bench bench -- peers
"$venv/bin/python" "$here/run.py" "$work"
