#!/usr/bin/env bash
# Says that everything here is of the version $1, or what is not.
set -euo pipefail
cd "$(dirname "$0")/.."
wanted=$1
wrong=0

holds() {
  if [[ $2 != "$wanted" ]]; then
    echo "$1 says ${2:-nothing}, not $wanted" >&2
    wrong=1
  fi
}

holds Cargo.toml "$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)"
holds "Cargo.toml, of core," \
  "$(sed -n 's/^tradeforge-core = .*version = "\([^"]*\)".*/\1/p' Cargo.toml)"
version=clients/python/src/tradeforge/_version.py
holds "$version" "$(sed -n 's/^__version__ = "\(.*\)"/\1/p' "$version")"
for package in clients/npm/client clients/npm/tradeforge; do
  holds "$package/package.json" "$(sed -n 's/^  "version": "\(.*\)",/\1/p' "$package/package.json")"
done
# The first one there is the project's own.
holds clients/java/pom.xml \
  "$(sed -n 's|^  <version>\(.*\)</version>$|\1|p' clients/java/pom.xml | head -1)"
holds "CHANGELOG.md, its newest release," \
  "$(sed -n 's/^## \[\([0-9].*\)\].*/\1/p' CHANGELOG.md | head -1)"
exit "$wrong"
