#!/usr/bin/env bash
# The time of whole imports, upload and gRPC included, of two builds of the program beside each other:
#
#     benches/whole_import.sh BEFORE AFTER [ROWS]
#
# BEFORE and AFTER are release builds, as `cargo build --release` makes them of two commits. Each
# imports the same file of clean CSV five times under new names, in turns, and the least time counts:
# what else runs on the machine only makes it more. The contents must have one hash.
set -euo pipefail

before=$1 after=$2 rows=${3:-1000000} rounds=5
dir=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2>/dev/null || true; rm -rf "$dir"' EXIT

python3 - "$rows" > "$dir/bars.csv" <<'PYTHON'
import sys
print("time,open,high,low,close,volume")
for bar in range(int(sys.argv[1])):
    cents = 10_000 + bar * 7919 % 977
    price = f"{cents // 100}.{cents % 100:02}"
    print(f"{1_500_000_000_000 + bar * 60_000},{price},{cents // 100 + 1}.5,99,{price},{bar % 1000}.25")
PYTHON

start() { # PROGRAM NAME: a server of its own; its address goes to NAME.url
  local out line
  mkdir "$dir/$2"
  # What it says first is where it listens; a server that ends instead ends the line as well.
  exec {out}< <(exec "$1" serve --data-dir "$dir/$2" --listen 127.0.0.1:0 2> "$dir/$2.log")
  servers+=($!)
  read -r line <&"$out" || { cat "$dir/$2.log" >&2; exit 1; }
  echo "${line#listening on }" > "$dir/$2.url"
}

import() { # PROGRAM NAME ROUND: seconds, and the hash of the bars
  python3 - "$1" "$(cat "$dir/$2.url")" "$dir/bars.csv" "BENCH:R$3@1m" <<'PYTHON'
import subprocess, sys, time
program, url, file, series = sys.argv[1:]
began = time.perf_counter()
told = subprocess.run([program, "data", "import", file, "--as", series, "--server", url],
                      check=True, capture_output=True, text=True).stdout
print(f"{time.perf_counter() - began:.3f}", told.split("sha ")[1].split()[0])
PYTHON
}

start "$before" before
start "$after" after
for round in $(seq "$rounds"); do
  import "$before" before "$round" >> "$dir/before.times"
  import "$after" after "$round" >> "$dir/after.times"
done
hashes=$(cut -d' ' -f2 "$dir"/*.times | sort -u | wc -l)
[ "$hashes" = 1 ] || { echo "the builds made other bars of the file" >&2; exit 1; }
least() { cut -d' ' -f1 "$dir/$1.times" | sort -n | head -1; }
b=$(least before) a=$(least after)
echo "$rows rows   before $b s   after $a s   $(python3 -c "print(f'{$a / $b:.2f}')") of the time"
