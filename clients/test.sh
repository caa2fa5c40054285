#!/usr/bin/env bash
# Tests every client against the real server: TRADEFORGE_BIN, or target/debug/tradeforge. Sets up
# what it needs from PyPI, npm, the Go proxy and Maven Central, once. A part whose tools are not at hand is skipped
# and says so; without arguments all parts are run:
#
#     test.sh [python|contract|web|npm|go|java|grpcurl|readme]...
set -euo pipefail
called_from=$PWD
cd "$(dirname "$0")"
. ./setup.sh

# Build it with --features test-strategies: some tests hold a run still by the strategy `gate`.
export TRADEFORGE_BIN=${TRADEFORGE_BIN:-$(dirname "$PWD")/target/debug/tradeforge}
if [[ $TRADEFORGE_BIN != /* ]]; then
  TRADEFORGE_BIN=$called_from/$TRADEFORGE_BIN
fi
if [[ ! -x $TRADEFORGE_BIN ]]; then
  echo "no server at $TRADEFORGE_BIN: cargo build --features test-strategies" >&2
  exit 1
fi

# What is not at hand, as a sentence; nothing if it is.
missing_python() {
  if ! python3 -c 'import sys, venv; assert sys.version_info >= (3, 11)' 2>/dev/null; then
    echo "python3 of version 3.11 or newer, with venv, is not at hand"
  fi
}
missing_node() {
  if ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null ||
    ! command -v npm >/dev/null; then
    echo "node of version 20 or newer, with npm, is not at hand"
  fi
}
missing_go() {
  local wanted
  wanted=$(awk '$1 == "go" { print $2 }' go/go.mod)
  # An older go may know how to fetch the one that go.mod asks for.
  if ! (cd go && go list -m) >/dev/null 2>&1; then
    echo "go of version $wanted or newer is not at hand"
  fi
}

missing_java() {
  if ! has_java; then
    echo "Maven, with a JDK of version 17 or newer, is not at hand"
  fi
}

missing_cargo() {
  if ! cargo --version >/dev/null 2>&1; then
    echo "cargo, by rustup, is not at hand"
  fi
}

test_python() {
  set_up_python
  (cd python &&
    .venv/bin/python -m pytest --quiet &&
    .venv/bin/ruff format --quiet --config pyproject.toml --check . ../grpcurl &&
    .venv/bin/ruff check --quiet --config pyproject.toml . ../grpcurl &&
    .venv/bin/mypy --strict && .venv/bin/mypy --strict ../grpcurl/transcript.py &&
    .venv/bin/pyright --warnings)
}

# contract.binpb is the contract as it last was: what is in it must stay as it is. Being kept in the
# repository, it works in any copy of it, shallow or not. A contract that grew must be recorded
# there, so that the new part is kept from then on, too.
test_contract() {
  set_up_web
  "$BUF" lint ../proto
  "$BUF" breaking ../proto --against contract.binpb
  if ! "$BUF" build ../proto --exclude-source-info --output - | cmp --silent - contract.binpb; then
    echo "contract.binpb is behind ../proto: run generate.sh" >&2
    return 1
  fi
  echo "lint and breaking: nothing found"
}

test_web() {
  set_up_web
  (cd web && npm run --silent check && npm run --silent test)
  compare_dist
  if set_up_browser; then
    (cd web && npm run --silent e2e)
    return
  fi
  echo "left out: the flows in a browser: no Chromium can be had (CHROMIUM_BIN names one)"
  # What nobody looks at is not tested: where machines read the log, that is a failure.
  [[ ${CI:-} != true ]]
}

# web/dist is what the server embeds: it must be what its sources give.
compare_dist() {
  local fresh
  fresh=$(mktemp -d)
  (cd web && npx vite build --logLevel error --emptyOutDir --outDir "$fresh")
  if ! diff --recursive --brief "$fresh" web/dist >&2; then
    echo "web/dist is behind its sources: npm --prefix clients/web run build" >&2
    return 1
  fi
  rm -r "$fresh"
  (cd web && node scripts/budget.mjs)
}

# The packages as they would be published, installed in a fresh project: by the command and by the
# client that others will have.
test_npm() {
  set_up_web
  web/node_modules/.bin/biome check --config-path web npm
  set_up_browser || echo "left out: a page with the client: no Chromium can be had"
  local project web=$PWD/web
  project=$(mktemp -d)
  npm/build.sh "$TRADEFORGE_BIN" "$project/packages" >/dev/null
  cp npm/test/* "$project"
  (cd "$project" &&
    npm install --silent --no-audit --no-fund ./packages/*.tgz &&
    env -u TRADEFORGE_BIN TRADEFORGE_WEB="$web" node --test --test-reporter=dot)
  check_npm_types "$project"
  rm -r "$project"
}

# What the declarations say holds for both ways in which compilers find them.
check_npm_types() {
  local way page=$1/node_modules/@tradeforge/client/README.md
  # shellcheck disable=SC2016
  sed -n '/^```ts$/,/^```$/{/^```/d;p}' "$page" >"$1/page.mts"
  for way in "nodenext nodenext" "esnext bundler"; do
    # shellcheck disable=SC2086
    set -- "$1" $way
    web/node_modules/.bin/tsc --noEmit --strict --target es2023 --lib es2023,dom \
      --module "$2" --moduleResolution "$3" --ignoreConfig "$1/page.mts"
  done
}

# Not from the cache of test results: the server is no input that go knows of.
test_go() {
  (cd go && go vet ./... && go test -count=1 ./...)
  if [[ -n $(gofmt -l go) ]]; then
    echo "run gofmt -w on: $(gofmt -l go)" >&2
    return 1
  fi
  # Regenerating needs the compiler, which comes by npm.
  if [[ -x $BUF ]]; then
    local fresh
    fresh=$(mktemp -d)
    (cd go && "$BUF" generate --output "$fresh")
    if ! diff -r "$fresh/v1" go/v1 >&2; then
      echo "the generated Go code is stale: run generate.sh" >&2
      return 1
    fi
    rm -r "$fresh"
  fi
}

# Builds the client from ../proto, and tries it and its page. The compilers of the virtual machine
# itself are told to be quick, since nothing of it runs for long.
test_java() {
  local log
  log=$(mktemp)
  if (cd java && MAVEN_OPTS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC" \
    mvn --batch-mode --no-transfer-progress --quiet -Dmaven.wagon.http.retryHandler.count=3 \
    -Daether.connector.http.retryHandler.count=3 test fmt:check) >"$log" 2>&1; then
    sed -n 's/^.*testsuite .* name="\([^"]*\)" .* tests="\([0-9]*\)".*$/\2 tests of \1/p' \
      java/target/surefire-reports/TEST-*.xml
    rm "$log"
    return
  fi
  if ! grep --quiet -E "Could not (transfer|find) artifact|Unknown host|offline mode" "$log"; then
    cat "$log" >&2
    return 1
  fi
  grep --max-count 1 "Could not" "$log" >&2 || true
  echo "left out: what the client is built with cannot be had from Maven Central, nor is it in ~/.m2"
  # Unlike the browser: no page of ours is seen through it, and it is built from what others serve.
}

test_grpcurl() {
  set_up_grpcurl
  python3 grpcurl/transcript.py
}

# Every block of the README as printed, those of Python and grpcurl too, which the tests of Rust by
# themselves leave out where they have neither.
test_readme() {
  set_up_python
  set_up_grpcurl
  (cd .. &&
    cargo test --quiet --features test-strategies --no-run &&
    TRADEFORGE_README=whole TRADEFORGE_README_PYTHON=$PWD/clients/python/.venv/bin/python \
      cargo test --quiet --features test-strategies --test it readme)
}

# Runs the part $1 unless one of the tools after it is missing.
part() {
  local name=$1 tool reason
  shift
  for tool in "$@"; do
    reason=$("missing_$tool")
    if [[ -n $reason ]]; then
      echo "skipped: $name: $reason"
      return
    fi
  done
  echo "== $name"
  SECONDS=0
  "test_$name"
  echo "== $name passed in ${SECONDS} s"
}

if (($# == 0)); then
  set -- python contract web npm go java grpcurl readme
fi
for name in "$@"; do
  case $name in
    python) part python python ;;
    contract) part contract node ;;
    web) part web node ;;
    npm) part npm node ;;
    go) part go go ;;
    java) part java java ;;
    grpcurl) part grpcurl go python ;;
    readme) part readme go python cargo ;;
    *)
      echo "no such part: $name; there are python, contract, web, npm, go, java, grpcurl, readme" >&2
      exit 2
      ;;
  esac
done
