#!/usr/bin/env bash
# Tries the files of deploy/ and packaging/ as far as this machine can, with the server $1 as the
# program; what it has no tools for is named and left out.
set -euo pipefail
server=$(realpath -- "$1")
cd "$(dirname "$0")/.."
. packaging/tools.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
target=$(uname -m)-unknown-linux-musl
release=$work/release

left_out() {
  echo "left out: $1: $2 is not at hand"
}

has() {
  command -v "$1" >/dev/null
}

is_static() {
  ! LC_ALL=C readelf --program-headers "$1" | grep -q INTERP
}

has_debug_info() {
  LC_ALL=C readelf --sections "$1" | grep -q '\.debug_info'
}

check_scripts() {
  if ! has shellcheck; then
    left_out "the scripts" shellcheck
    return
  fi
  shellcheck --external-sources deploy/install.sh packaging/*.sh clients/npm/build.sh
  (cd clients && shellcheck --external-sources test.sh generate.sh)
  echo "scripts: nothing found"
}

# The units, with a program that is there.
check_units() {
  if ! has systemd-analyze; then
    left_out "the units" systemd-analyze
    return
  fi
  local unit said
  for unit in tradeforge tradeforge-worker; do
    sed "s|/usr/local/bin/tradeforge|$server|" "deploy/$unit.service" >"$work/$unit.service"
    said=$(systemd-analyze verify "$work/$unit.service" 2>&1)
    # Other units of this machine are not ours to mend.
    if grep "$unit.service" <<<"$said"; then
      return 1
    fi
    systemd-analyze security --offline=true --threshold=20 "$work/$unit.service" | tail -1
  done
}

# What `fleet init` writes, by the broker itself; the manifests, by what puts them together.
check_fleet() {
  "$server" fleet init "$work/fleet" --worker worker >/dev/null
  local broker=${NATS_SERVER:-$(command -v nats-server || echo target/tools/nats-server)}
  if [[ -x $broker ]]; then
    "$broker" -c "$work/fleet/nats.conf" -t 2>&1 | grep "is valid"
  else
    left_out "the broker's file" nats-server
  fi
  if has kubectl; then
    kubectl kustomize deploy/k8s/fleet | grep --count '^kind: ' | sed 's/$/ manifests/'
  else
    left_out "the manifests" kubectl
  fi
}

check_workflow() {
  if ! has actionlint; then
    left_out "the workflow" actionlint
    return
  fi
  actionlint .github/workflows/release.yml
  echo "workflow: nothing found"
}

check_compose() {
  local file compose
  if has docker-compose; then
    compose=(docker-compose)
  elif has docker && docker compose version >/dev/null 2>&1; then
    compose=(docker compose)
  else
    left_out "the services of compose" "docker compose"
    return
  fi
  for file in deploy/compose.yaml deploy/compose.fleet.yaml; do
    "${compose[@]}" --file "$file" config --quiet
  done
  echo "compose: nothing found"
}

# An archive is installed; one that was changed on its way is not, and leaves what was there.
check_installer() {
  packaging/archive.sh "$server" "$target" "$release"
  if ! TRADEFORGE_RELEASE=file://$release sh deploy/install.sh "$work/bin"; then
    echo "what is whole was not installed" >&2
    return 1
  fi
  mkdir "$work/changed"
  cp "$release"/* "$work/changed"
  echo more >>"$work/changed/tradeforge-$target.tar.gz"
  if TRADEFORGE_RELEASE=file://$work/changed sh deploy/install.sh "$work/bin" 2>"$work/refusal"
  then
    echo "what was changed was installed" >&2
    return 1
  fi
  grep "nothing is installed" "$work/refusal"
  "$work/bin/tradeforge" --version >/dev/null
}

# What cargo-binstall would fetch, and look for in it, is what the archive is called and holds.
check_binstall() {
  python3 - "$release/tradeforge-$target.tar.gz" "$target" <<'END'
import pathlib, sys, tarfile, tomllib
archive, target = sys.argv[1:]
cargo = tomllib.loads(pathlib.Path("Cargo.toml").read_text())
values = {
    "repo": cargo["workspace"]["package"]["repository"],
    "version": cargo["workspace"]["package"]["version"],
    "target": target, "bin": "tradeforge", "binary-ext": "",
}
def filled(text):
    for name, value in values.items():
        text = text.replace("{ %s }" % name, value)
    assert "{" not in text, text
    return text
told = cargo["package"]["metadata"]["binstall"]
assert told["pkg-fmt"] == "tgz", told
name = filled(told["pkg-url"]).rpartition("/")[2]
assert name == pathlib.Path(archive).name, name
member = tarfile.open(archive).getmember(filled(told["bin-dir"]))
assert member.isreg() and member.mode == 0o755, member
print(f"binstall: finds {member.name} in {name}")
END
}

# The package is installed, by dpkg itself, into a folder; and it is the same whenever it is made.
check_deb() {
  if ! has dpkg-deb; then
    left_out "the package for Debian" dpkg-deb
    return
  fi
  # A server with all that debuggers ask for is packed for the sake of the trial alone.
  if has_debug_info "$server"; then
    export DEB_LEVEL=0
  fi
  packaging/deb.sh "$server" "$target" "$release"
  packaging/deb.sh "$server" "$target" "$work/again"
  local deb root=$work/debian
  deb=$(echo "$release"/*.deb)
  cmp "$deb" "$work/again/${deb##*/}"
  mkdir -p "$root/var/lib/dpkg"
  touch "$root/var/lib/dpkg/status"
  dpkg --root="$root" --log=/dev/null --force-not-root --force-script-chrootless \
    --install "$deb" >/dev/null 2>"$work/dpkg" || { cat "$work/dpkg" >&2; return 1; }
  "$root/usr/bin/tradeforge" --version
  (cd "$root" && md5sum --quiet --check var/lib/dpkg/info/tradeforge.md5sums)
  # The units start what the package brings.
  local program
  program=$(sed -n 's/^ExecStart=\(\S*\) .*/\1/p' "$root"/usr/lib/systemd/system/*.service | sort -u)
  [[ $program == /usr/bin/tradeforge ]]
  dpkg --root="$root" --log=/dev/null --force-not-root --force-script-chrootless \
    --purge tradeforge >/dev/null 2>&1
  [[ ! -e $root/usr/bin/tradeforge ]]
  if has lintian; then
    # One file that needs nothing, with the names of its functions: that is what it is meant to be.
    local meant=statically-linked-binary,embedded-library,unstripped-binary-or-object
    lintian --allow-root --fail-on error --suppress-tags "$meant" "$deb"
  else
    left_out "what Debian asks of packages" lintian
  fi
  echo "deb: installed, whole, and gone again"
}

# The formula names each archive with its sum; one that is not there makes no formula.
check_formula() {
  local each sums=$work/formula
  mkdir "$sums"
  for each in {aarch64,x86_64}-{apple-darwin,unknown-linux-musl}; do
    printf '%s  %s\n' "$(sha256sum <<<"$each" | cut -d ' ' -f 1)" "tradeforge-$each.tar.gz"
  done >"$sums/SHA256SUMS"
  packaging/formula.sh "$sums/SHA256SUMS" >"$sums/tradeforge.rb"
  grep -v x86_64-apple "$sums/SHA256SUMS" >"$sums/less"
  if packaging/formula.sh "$sums/less" >/dev/null 2>"$work/refusal"; then
    echo "a formula without an archive was made" >&2
    return 1
  fi
  grep -q "tradeforge-x86_64-apple-darwin.tar.gz has no sum" "$work/refusal"
  if ! has ruby; then
    left_out "the formula" ruby
    return
  fi
  ruby -c "$sums/tradeforge.rb" >/dev/null
  ruby packaging/formula_check.rb "$sums/tradeforge.rb" "$sums/SHA256SUMS"
}

# What is listed is what Cargo builds, in a form that its readers know.
check_sbom() {
  if ! cargo --version >/dev/null 2>&1; then
    left_out "the SBOM" cargo
    return
  fi
  local bill=$release/tradeforge-$target.cdx.json
  packaging/sbom.sh "$target" "$release"
  diff <(cargo tree --locked --package tradeforge --target "$target" --prefix none \
    --edges normal,no-proc-macro --format '{p}' | sed 's/ (.*//; s/ v/ /' | sort -u) \
    <(python3 -c '
import json, sys
bill = json.load(open(sys.argv[1]))
for each in [*bill["components"], bill["metadata"]["component"]]:
    if each["purl"].startswith("pkg:cargo/"):
        print(each["name"], each["version"])' "$bill" | sort -u)
  if ! set_up_checks; then
    left_out "the form of the SBOM" "cyclonedx-python-lib, of PyPI,"
    return
  fi
  "$PACKAGING_CHECKS/bin/python" - "$bill" <<'END'
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
text = open(sys.argv[1]).read()
validator = JsonStrictValidator(SchemaVersion.V1_6)
fault = validator.validate_str(text)
if fault:
    sys.exit(f"the SBOM is not as CycloneDX has it: {fault}")
assert validator.validate_str(text.replace('"SHA-256"', '"SHA-25"')), "it would pass anything"
print(f"sbom: {text.count('bom-ref') - 1} components, as CycloneDX 1.6 has them")
END
}

# In a copy: the project is given a home, and nothing of it says another.
check_home() {
  if ! has go || ! has git || [[ ! -d clients/web/node_modules ]]; then
    left_out "a home" "Go, git, or what clients/test.sh installs"
    return
  fi
  local copy=$work/home
  git clone --quiet . "$copy"
  ln -s "$PWD/clients/web/node_modules" "$copy/clients/web/node_modules"
  "$copy/packaging/home.sh" https://github.com/Some-One/tradeforge 2>"$work/said" ||
    { cat "$work/said" >&2; return 1; }
  if git -C "$copy" grep --line-number -e "example.com/tradeforge" -e "com.example.tradeforge" \
    -e "no home yet" -- ':!packaging/check.sh' ':!packaging/home.sh'; then
    echo "home: what stands there was left" >&2
    return 1
  fi
}

# What the crates would hold for others: what builds them, and nothing that is ours alone.
check_crates() {
  if ! cargo --version >/dev/null 2>&1; then
    left_out "the crates" cargo
    return
  fi
  local files
  files=$(cargo package --package tradeforge --list --allow-dirty)
  grep -qx "clients/web/dist/index.html" <<<"$files"
  grep -qx "proto/tradeforge/v1/types.proto" <<<"$files"
  if grep -E '^(tests|target|docs|benches|clients/python)/' <<<"$files"; then
    echo "the crate holds more than it is built from" >&2
    return 1
  fi
  echo "crate: $(wc -l <<<"$files") files"
}

# What the image would be, without what makes images: an empty root that nobody can write, a user
# without rights, no environment but that of the Dockerfile.
check_image() {
  if ! is_static "$server"; then
    echo "left out: the image: $server needs libraries"
    return
  fi
  if ! unshare --mount true 2>/dev/null; then
    left_out "the image" "the right to mount"
    return
  fi
  mkdir -p "$work/root/data"
  cp "$server" "$work/root/tradeforge"
  chown 65532:65532 "$work/root/data"
  chmod 700 "$work/root/data"
  # As its one layer, which holds no more than the archive that was made of it.
  local bytes
  bytes=$(stat -c %s "$release/tradeforge-$target.tar.gz")
  awk '{ printf "image: %.1f MB packed\n", $1 / 1e6 }' <<<"$bytes"
  if ((bytes > 15000000)) && ! has_debug_info "$server"; then
    echo "image: more than 15 MB" >&2
    return 1
  fi
  unshare --mount packaging/image_run.sh "$work/root"
}

check_scripts
check_units
check_fleet
check_workflow
check_compose
check_installer
check_binstall
check_deb
check_formula
check_sbom
check_home
check_crates
check_image
