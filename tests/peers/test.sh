#!/bin/sh
# Runs backtesting.py and vectorbt beside the engine and compares fill by fill; then scipy,
# statsmodels, arch, jsharpe and moocore beside the statistics; then TA-Lib, pandas-ta and tulip
# beside the functions of the rule language.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-"$root/target"}
. "$here/venv.sh"

# with_packages ends the script where pip cannot install them: each part in a shell of its own.
(
    venv=${TRADEFORGE_PEERS_VENV:-"$target/peers-venv"}
    with_packages test-peers "$venv" "$here/requirements.txt" "backtesting, vectorbt"
    # With the features of the other tests, which have built it.
    cargo build --quiet --manifest-path "$root/Cargo.toml" --features test-strategies \
        --example peer_run
    "$venv/bin/python" "$here/run.py" --engine "$target/debug/examples/peer_run" "$@"
)
(
    venv=${TRADEFORGE_LUCK_VENV:-"$target/luck-venv"}
    with_packages test-peers "$venv" "$here/luck.txt" "arch, jsharpe, moocore, scipy, statsmodels"
    cargo build --quiet --manifest-path "$root/Cargo.toml" --package tradeforge-core \
        --example peer_statistics
    "$venv/bin/python" "$here/luck.py" --statistics "$target/debug/examples/peer_statistics"
)
(
    venv=${TRADEFORGE_FUNCTIONS_VENV:-"$target/functions-venv"}
    with_packages test-peers "$venv" "$here/functions.txt" "talib, pandas_ta_classic, tulipy"
    cargo build --quiet --manifest-path "$root/Cargo.toml" --package tradeforge-core \
        --example peer_functions
    "$venv/bin/python" "$here/functions.py" \
        --functions "$target/debug/examples/peer_functions"
)
