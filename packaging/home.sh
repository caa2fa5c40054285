#!/usr/bin/env bash
# Gives the project its home: everything here that says where it is says URL from then on, the path of
# the Go module and the group of the Java client included. Go code is generated anew.
#
#     home.sh https://github.com/OWNER/tradeforge
set -euo pipefail
cd "$(dirname "$0")/.."
url=${1:-}
if [[ ! $url =~ ^https://([a-z0-9.-]+\.[a-z]+)(/[A-Za-z0-9._-]+)+$ ]]; then
  echo "home.sh: a home is as https://github.com/OWNER/tradeforge, not \"$url\"" >&2
  exit 2
fi
host=${BASH_REMATCH[1]}
place=${url#https://}

# The group that a repository of Java packages takes for it: of a forge's users, io.github.OWNER.
owner=$(cut -d / -f 2 <<<"$place" | tr '[:upper:]' '[:lower:]')
case $host in
  github.com | gitlab.com) group=io.${host%.com}.$owner ;;
  *) group=$(tr . '\n' <<<"$host" | tac | paste -s -d .).$owner ;;
esac

was=$(sed -n 's|^repository = "https://\(.*\)"|\1|p' Cargo.toml)
module=$(sed -n 's|^module ||p' clients/go/go.mod)
was_group=$(sed -n 's|^  <groupId>\(.*\)</groupId>|\1|p' clients/java/pom.xml | head -1)
if [[ -z $was || -z $module || -z $was_group ]]; then
  echo "home.sh: Cargo.toml, clients/go/go.mod or clients/java/pom.xml does not say where it is" >&2
  exit 1
fi
quoted() {
  echo "${1//./\\.}"
}

# The module first: it may begin as the place does, and lies in a folder of it.
git ls-files -z clients/go ':!clients/go/v1' | xargs -0 \
  sed -i "s|$(quoted "$module")\b|$place/clients/go|g"
git grep -lz -I -e "$was" -e "$was_group" -- ':!clients/go' ':!clients/web/dist' \
  ':!packaging/check.sh' | xargs -0 \
  sed -i -e "s|\b$(quoted "$was")\b|$place|g" -e "s|\b$(quoted "$was_group")\b|$group|g"
# What was said of having none.
git grep -lz -I -e "no home yet" -e "until it has a home" -- ':!packaging/check.sh' \
  ':!packaging/home.sh' | xargs -0 --no-run-if-empty sed -i -e '/no home yet/d' -e '/until it has a home/d'

cd clients
# shellcheck source=clients/setup.sh
. ./setup.sh
set_up_web
(cd go && "$BUF" generate && go vet ./...)
echo "home: https://$place, Go module $place/clients/go, Java group $group"
