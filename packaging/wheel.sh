#!/usr/bin/env bash
# Builds the wheels of the Python package into target/wheels: one with the server in it, for every
# Linux of its processor, and one of Python alone, for all other systems. Then the first is installed
# in a fresh environment, without Rust, and must give a search as a frame within 20 seconds.
#
#     wheel.sh [SERVER]       the program to put into it; without one it is built
set -euo pipefail
called_from=$PWD
cd "$(dirname "$0")/.."
. packaging/tools.sh

if (($# > 0)); then
  server=$(cd "$called_from" && realpath -- "$1")
else
  server=$(packaging/server.sh)
fi
set_up_packaging
rm -rf target/wheels
for carried in "$server" ""; do
  TRADEFORGE_WHEEL_SERVER=$carried \
    python -m build --wheel --outdir target/wheels clients/python >/dev/null
done
ls -l target/wheels
packaging/minute.sh target/wheels
