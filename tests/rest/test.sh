#!/usr/bin/env bash
# Thousands of made-up requests, by what /openapi.json says of each call, against the real server,
# which has something of most kinds: none may be answered by a 5xx.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-"$root/target"}
server=${TRADEFORGE_BIN:-"$target/debug/tradeforge"}
seconds=${REST_SECONDS:-20}
. "$here/../peers/venv.sh"

venv=${TRADEFORGE_REST_VENV:-"$target/rest-venv"}
with_packages test-rest "$venv" "$here/requirements.txt" schemathesis
if [[ ! -x $server ]]; then
  echo "test-rest: no server at $server: cargo build" >&2
  exit 1
fi

folder=$(mktemp -d)
"$server" serve --listen 127.0.0.1:0 --data-dir "$folder/data" > "$folder/out" 2> "$folder/log" &
pid=$!
trap 'kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; rm -rf "$folder"' EXIT
for _ in $(seq 100); do
  url=$(sed -n 's/^listening on //p' "$folder/out")
  [[ -n $url ]] && break
  kill -0 "$pid" || { cat "$folder/log" >&2; exit 1; }
  sleep 0.1
done
[[ -n $url ]] || { echo "test-rest: the server does not say where it listens" >&2; exit 1; }

export TRADEFORGE_SERVER=$url
"$server" data generate TEST:MADE@1h --bars 500 > /dev/null
"$server" backtest sma_cross --on TEST:MADE@1h > /dev/null
"$server" optimize sma_cross --on TEST:MADE@1h -p fast=5..10 > /dev/null

# A watch does not end by itself.
cd "$folder"
"$venv/bin/st" run "$url/openapi.json" --checks not_a_server_error --phases coverage,fuzzing \
  --max-examples 20 --max-time "$seconds" --request-timeout 20 \
  --exclude-path-regex ':watch$' "$@"
# Whoever asks for anything is still answered.
"$server" health > /dev/null
