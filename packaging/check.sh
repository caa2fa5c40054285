#!/usr/bin/env bash
# Tries the files of deploy/ and packaging/ as far as this machine can, with the server $1 as the
# program; what it has no tools for is named and left out.
set -euo pipefail
server=$(realpath -- "$1")
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

left_out() {
  echo "left out: $1: $2 is not at hand"
}

is_static() {
  ! LC_ALL=C readelf --program-headers "$1" | grep -q INTERP
}

check_scripts() {
  if ! command -v shellcheck >/dev/null; then
    left_out "the scripts" shellcheck
    return
  fi
  shellcheck --external-sources deploy/install.sh packaging/*.sh clients/npm/build.sh
  echo "scripts: nothing found"
}

# The units, with a program that is there.
check_units() {
  if ! command -v systemd-analyze >/dev/null; then
    left_out "the units" systemd-analyze
    return
  fi
  check_unit tradeforge.service 20
  check_unit tradeforge-worker.service 20
}

check_unit() {
  sed "s|/usr/local/bin/tradeforge|$server|" "deploy/$1" >"$work/$1"
  local said
  said=$(systemd-analyze verify "$work/$1" 2>&1)
  # Other units of this machine are not ours to mend.
  if grep "$1" <<<"$said"; then
    return 1
  fi
  systemd-analyze security --offline=true --threshold="$2" "$work/$1" | tail -1
}

# What `fleet init` writes, by the broker itself; the manifests, by what puts them together.
check_fleet() {
  "$server" fleet init "$work/fleet" --worker worker >/dev/null
  local broker=${NATS_SERVER:-$(command -v nats-server || echo target/tools/nats-server)}
  if [[ -x $broker ]]; then
    "$broker" -c "$work/fleet/nats.conf" -t 2>&1 | grep "is valid"
  else
    left_out "the broker's file" nats-server
  fi
  if command -v kubectl >/dev/null; then
    kubectl kustomize deploy/k8s/fleet | grep --count '^kind: ' | sed 's/$/ manifests/'
  else
    left_out "the manifests" kubectl
  fi
}

check_workflow() {
  if ! command -v actionlint >/dev/null; then
    left_out "the workflow" actionlint
    return
  fi
  actionlint .github/workflows/release.yml
  echo "workflow: nothing found"
}

# An archive is installed; one that was changed on its way is not, and leaves what was there.
check_installer() {
  local release=$work/release target
  target=$(uname -m)-unknown-linux-musl
  packaging/archive.sh "$server" "$target" "$release"
  if ! TRADEFORGE_RELEASE=file://$release sh deploy/install.sh "$work/bin"; then
    echo "what is whole was not installed" >&2
    return 1
  fi
  cp "$release/tradeforge-$target.tar.gz" "$work/packed"
  echo more >>"$release/tradeforge-$target.tar.gz"
  if TRADEFORGE_RELEASE=file://$release sh deploy/install.sh "$work/bin" 2>"$work/refusal"; then
    echo "what was changed was installed" >&2
    return 1
  fi
  grep "nothing is installed" "$work/refusal"
  "$work/bin/tradeforge" --version >/dev/null
}

# What the image would be, without what makes images: an empty root that nobody can write, a user
# without rights, no environment but that of the Dockerfile.
check_image() {
  if ! is_static "$server"; then
    echo "left out: the image: $server needs libraries"
    return
  fi
  if ! unshare --mount true 2>/dev/null; then
    left_out "the image" "the right to mount"
    return
  fi
  mkdir -p "$work/root/data"
  cp "$server" "$work/root/tradeforge"
  chown 65532:65532 "$work/root/data"
  chmod 700 "$work/root/data"
  # As its one layer, which holds no more than the archive that was made of it.
  stat -c %s "$work/packed" | awk '{ printf "image: %.1f MB packed\n", $1 / 1e6 }'
  unshare --mount packaging/image_run.sh "$work/root"
}

check_scripts
check_units
check_fleet
check_workflow
check_installer
check_image
