#!/usr/bin/env bash
# In mounts of its own: runs the root $1 as the image would be run, asks its health, and ends it.
set -euo pipefail
root=$1
mount --bind "$root" "$root"
mount --bind "$root/data" "$root/data"
mount -o remount,bind,ro "$root"

# As the Dockerfile says, on a port that is free.
within() {
  env -i TRADEFORGE_DATA_DIR=/data TRADEFORGE_LISTEN=0.0.0.0:0 TRADEFORGE_ALLOW_PUBLIC=true "$@"
}
in_root() {
  within chroot --userspec=65532:65532 "$root" /tradeforge "$@"
}

coproc SERVER { in_root serve 2>"$root/../log"; }
read -r _ _ url <&"${SERVER[0]}" || { cat "$root/../log" >&2; exit 1; }
url=${url/0.0.0.0/127.0.0.1}
in_root health --server "$url"
in_root data generate SYN:DEMO@1h --bars 1000 --server "$url" >/dev/null
in_root backtest buy_and_hold --on SYN:DEMO@1h --server "$url" >/dev/null
owner=$(stat -c %u "$root/data/tradeforge.db")
pid=$SERVER_PID
kill "$pid"
wait "$pid"
echo "image: a backtest as user $owner in a root that is read only, and a clean end"
[[ $owner == 65532 ]]
