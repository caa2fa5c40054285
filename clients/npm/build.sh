#!/usr/bin/env bash
# Builds the packages for npm as archives into the folder $2: the client, the command `tradeforge`,
# and the server $1 as the package for this system. What the web client has already (the generated
# code, the services, how errors are read) is taken from there.
set -euo pipefail
server=$(realpath -- "$1")
mkdir -p "$2"
out=$(realpath -- "$2")
cd "$(dirname "$0")"
web=$(realpath ../web)

staged=$(mktemp -d)
trap 'rm -rf "$staged"' EXIT
licences=(../../LICENSE-MIT ../../LICENSE-APACHE)

# One version for all of them: that of the server.
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' ../../Cargo.toml | head -1)
for package in client tradeforge; do
  if [[ $(node -p "require('./$package/package.json').version") != "$version" ]]; then
    echo "clients/npm/$package/package.json is not of version $version" >&2
    exit 1
  fi
done

mkdir -p "$staged/client/src/rpc"
cp -r client/package.json client/README.md client/src "${licences[@]}" "$staged/client"
cp -r "$web/src/api.ts" "$web/src/errors.ts" "$web/src/gen" "$staged/client/src"
cp "$web/src/rpc/requestId.ts" "$staged/client/src/rpc"
cp client/tsconfig.json "$staged/client"
ln -s "$web/node_modules" "$staged/client/node_modules"
(cd "$staged/client" && node_modules/.bin/tsc --project tsconfig.json)
node client/extensions.mjs "$staged/client/dist"
rm "$staged/client/node_modules"

cp -r tradeforge "$staged/tradeforge"
cp "${licences[@]}" "$staged/tradeforge"

# shellcheck disable=SC2016
system=$(node -p '`${process.platform}-${process.arch}`')
mkdir "$staged/server"
cp "$server" "$staged/server/tradeforge"
# The names of functions stay, for stack traces.
if command -v strip >/dev/null; then
  strip -S "$staged/server/tradeforge"
fi
cp "${licences[@]}" "$staged/server"
node server.mjs "$system" "$version" >"$staged/server/package.json"

for package in client tradeforge server; do
  (cd "$staged/$package" && npm pack --silent --pack-destination "$out")
done
