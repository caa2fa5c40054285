#!/usr/bin/env bash
# What a stranger does in his first minute, in an environment that has neither Rust nor this
# repository: installs the wheel from the folder $1 and makes a search a frame. Fails beyond
# MINUTE_SECONDS (20).
set -euo pipefail
wheels=$(realpath -- "$1")
here=$(dirname "$(realpath -- "$0")")
python=$(command -v python3)
limit=${MINUTE_SECONDS:-20}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
bare() {
  env -i HOME="$folder" PATH=/usr/bin:/bin TMPDIR="$folder" \
    ${PIP_INDEX_URL:+PIP_INDEX_URL="$PIP_INDEX_URL"} ${PIP_CERT:+PIP_CERT="$PIP_CERT"} \
    ${HTTPS_PROXY:+HTTPS_PROXY="$HTTPS_PROXY"} ${PIP_CACHE_DIR:+PIP_CACHE_DIR="$PIP_CACHE_DIR"} "$@"
}
# Not ours to make fast: an environment, and what pip does before it looks at a package.
bare "$python" -m venv venv

SECONDS=0
bare venv/bin/pip install --quiet --disable-pip-version-check \
  --find-links "$wheels" --no-index --no-deps tradeforge
installed=$SECONDS
bare venv/bin/pip install --quiet --disable-pip-version-check \
  --find-links "$wheels" 'tradeforge[polars]'
libraries=$SECONDS
bare venv/bin/python "$here/minute.py"
echo "the wheel $installed s, with polars and gRPC $libraries s, with a search $SECONDS s"
if ((SECONDS > limit)); then
  echo "more than $limit s" >&2
  exit 1
fi
# The program itself is on the path of the environment, and no other than the package's.
bare venv/bin/tradeforge --version
bare venv/bin/python -m tradeforge demo --exit --listen 127.0.0.1:0 >/dev/null 2>demo.log ||
  { cat demo.log >&2; exit 1; }
left=$(find . -maxdepth 1 -name '.tmp*' -o -maxdepth 1 -name 'tmp*')
if [[ -n $left ]]; then
  echo "left behind: $left" >&2
  exit 1
fi
