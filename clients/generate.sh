#!/usr/bin/env bash
# Writes all generated code of the clients anew from ../proto, and the baseline that breaking changes
# are found by. It refuses a breaking change: one that is meant needs contract.binpb removed first.
# Needs python3, node and go.
set -euo pipefail
cd "$(dirname "$0")"
. ./setup.sh

set_up_python
python/.venv/bin/python python/generate.py
python/.venv/bin/python python/api_page.py
set_up_web
(cd web && npm run --silent generate)
(cd go && "$BUF" generate)
if [[ -f contract.binpb ]]; then
  "$BUF" breaking ../proto --against contract.binpb
fi
"$BUF" build ../proto --exclude-source-info --output contract.binpb
