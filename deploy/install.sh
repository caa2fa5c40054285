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

case $(uname -s) in
  Linux) system=unknown-linux-musl ;;
  Darwin) system=apple-darwin ;;
  *) fail "there are programs for Linux and macOS, not for $(uname -s)" ;;
esac
case $(uname -m) in
  x86_64 | amd64) target=x86_64-$system ;;
  aarch64 | arm64) target=aarch64-$system ;;
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

if command -v sha256sum >/dev/null; then
  holds() { sha256sum -c "$1" >/dev/null 2>&1; }
elif command -v shasum >/dev/null; then
  holds() { shasum -a 256 -c "$1" >/dev/null 2>&1; }
else
  fail "it takes sha256sum or shasum"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fetch "$release/$archive" "$work/$archive" || fail "cannot get $release/$archive"
fetch "$release/SHA256SUMS" "$work/SHA256SUMS" || fail "cannot get $release/SHA256SUMS"
(cd "$work" && grep " [ *]\{0,1\}$archive\$" SHA256SUMS >wanted && holds wanted) ||
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
