# shellcheck shell=bash
# Sourced in this folder's parent: the tools that packages are built with, each in a version known to
# work, in a folder that git ignores.

PACKAGING_TOOLS=$PWD/target/packaging-tools

# hatchling makes wheels; zig brings a C compiler and the musl library for every Linux, so that
# neither a cross compiler nor a container is needed.
set_up_packaging() {
  local stamp=$PACKAGING_TOOLS/set-up-with wanted="build==1.6.1 cargo-zigbuild==0.24.1 ziglang==0.17.1"
  if [[ $(cat "$stamp" 2>/dev/null) != "$wanted" ]]; then
    python3 -m venv "$PACKAGING_TOOLS"
    # shellcheck disable=SC2086
    "$PACKAGING_TOOLS/bin/pip" install --quiet $wanted
    echo "$wanted" >"$stamp"
  fi
  export PATH=$PACKAGING_TOOLS/bin:$PATH
}

PACKAGING_CHECKS=$PWD/target/packaging-checks

# What knows the form of an SBOM: the library of the CycloneDX project itself.
set_up_checks() {
  local stamp=$PACKAGING_CHECKS/set-up-with wanted="cyclonedx-python-lib[json-validation]==11.12.0"
  [[ $(cat "$stamp" 2>/dev/null) == "$wanted" ]] && return
  python3 -m venv "$PACKAGING_CHECKS" &&
    "$PACKAGING_CHECKS/bin/pip" install --quiet "$wanted" && echo "$wanted" >"$stamp"
}
