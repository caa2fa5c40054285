#!/usr/bin/env bash
# In mounts of its own: runs the root $1 as the image would be run, asks its health, and ends it.
set -euo pipefail
root=$1
mount --bind "$root" "$root"
mount --bind "$root/data" "$root/data"
# Of the devices of a container, those that the server may read.
mkdir "$root/dev"
for device in random urandom; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mount -o remount,bind,ro "$root"

# As the Dockerfile says, on a port that is free.
variables=(TRADEFORGE_DATA_DIR=/data TRADEFORGE_LISTEN=0.0.0.0:0 TRADEFORGE_TLS_ELSEWHERE=true)
within=(env -i "${variables[@]}" "$(command -v chroot)" --userspec=65532:65532 "$root" /tradeforge)
in_root() {
  "${within[@]}" "$@"
}

# It is the process itself that is signalled, not a shell before it.
coproc SERVER { exec "${within[@]}" serve 2>"$root/../log"; }
pid=$SERVER_PID
trap 'kill "$pid" 2>/dev/null || true' EXIT
read -r _ _ url <&"${SERVER[0]}" || { cat "$root/../log" >&2; exit 1; }
url=${url/0.0.0.0/127.0.0.1}
in_root health --server "$url"
# It listens beyond the container, and so asks who calls.
if in_root runs --server "$url" 2>/dev/null; then
  echo "image: a caller without a token was let in" >&2
  exit 1
fi
variables+=(TRADEFORGE_TOKEN="$(in_root first-token)")
within=(env -i "${variables[@]}" "$(command -v chroot)" --userspec=65532:65532 "$root" /tradeforge)
in_root data generate SYN:DEMO@1h --bars 1000 --server "$url" >/dev/null
in_root backtest buy_and_hold --on SYN:DEMO@1h --server "$url" >/dev/null
owner=$(stat -c %u "$root/data/tradeforge.db")
kill "$pid"
wait "$pid"
echo "image: a backtest as user $owner in a root that is read only, and a clean end"
[[ $owner == 65532 ]]
