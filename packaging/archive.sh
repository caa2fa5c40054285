#!/usr/bin/env bash
# Packs a static server as a release has it, and writes SHA256SUMS of all archives in the folder:
#
#     archive.sh SERVER TARGET FOLDER      TARGET as in x86_64-unknown-linux-musl
#
# cargo-binstall and deploy/install.sh know these names.
set -euo pipefail
server=$(realpath -- "$1")
target=$2
mkdir -p "$3"
folder=$(realpath -- "$3")
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packed=$work/tradeforge-$target
mkdir "$packed"
cp "$server" "$packed/tradeforge"
cp LICENSE-MIT LICENSE-APACHE CHANGELOG.md "$packed"
if [[ $target == *-linux-* ]]; then
  cp deploy/tradeforge.service "$packed"
fi
# The same bytes whoever packs it, and when.
tar=$(command -v gtar || command -v tar) # macOS has GNU's by another name
"$tar" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@${SOURCE_DATE_EPOCH:-1577836800}" \
  -cf - -C "$work" "tradeforge-$target" | gzip -9n >"$folder/tradeforge-$target.tar.gz"
sum=(sha256sum)
if ! command -v sha256sum >/dev/null; then
  sum=(shasum -a 256)
fi
(cd "$folder" && "${sum[@]}" -- *.tar.gz >SHA256SUMS)
