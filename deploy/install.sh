#!/bin/sh
# Installs the program for whoever runs this, without root:
#
#     sh install.sh [FOLDER]     ~/.local/bin unless said otherwise
#
# TRADEFORGE_RELEASE is where the archives and SHA256SUMS of a release are, as a URL. What does not
# have the sum that stands there is not installed.
set -eu

# The project has no home yet; this is what will change when it has.
release=${TRADEFORGE_RELEASE:-https://example.com/tradeforge/releases/latest/download}
folder=${1:-$HOME/.local/bin}

fail() {
  echo "install.sh: $1" >&2
  exit 1
}

[ "$(uname -s)" = Linux ] || fail "there are programs for Linux only; build it: cargo install"
case $(uname -m) in
  x86_64 | amd64) target=x86_64-unknown-linux-musl ;;
  aarch64 | arm64) target=aarch64-unknown-linux-musl ;;
  *) fail "there is no program for $(uname -m)" ;;
esac
archive=tradeforge-$target.tar.gz

if command -v curl >/dev/null; then
  fetch() { curl --fail --silent --show-error --location --output "$2" "$1"; }
elif command -v wget >/dev/null; then
  fetch() { wget --quiet --output-document "$2" "$1"; }
else
  fail "it takes curl or wget"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fetch "$release/$archive" "$work/$archive" || fail "cannot get $release/$archive"
fetch "$release/SHA256SUMS" "$work/SHA256SUMS" || fail "cannot get $release/SHA256SUMS"
(cd "$work" && grep " [ *]\{0,1\}$archive\$" SHA256SUMS >wanted && sha256sum -c wanted >/dev/null 2>&1) ||
  fail "$archive does not have the sum that SHA256SUMS says: nothing is installed"
tar -xzf "$work/$archive" -C "$work"

mkdir -p "$folder"
# By a rename, so that a server that runs keeps its program.
cp "$work/tradeforge-$target/tradeforge" "$folder/.tradeforge.new"
chmod 755 "$folder/.tradeforge.new"
mv -f "$folder/.tradeforge.new" "$folder/tradeforge"
"$folder/tradeforge" --version
case :$PATH: in
  *:"$folder":*) ;;
  *) echo "add $folder to PATH to call it as tradeforge" ;;
esac
