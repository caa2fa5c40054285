#!/usr/bin/env bash
# Writes what the server of a target is made of, as CycloneDX has it, beside the archives:
#
#     sbom.sh TARGET FOLDER      TARGET as in x86_64-unknown-linux-musl
set -euo pipefail
mkdir -p "$2"
python3 "$(dirname "$0")/sbom.py" "$1" >"$2/tradeforge-$1.cdx.json"
