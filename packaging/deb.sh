#!/usr/bin/env bash
# Packs a static server for Debian and Ubuntu, one package for all of their releases:
#
#     deb.sh SERVER TARGET FOLDER      TARGET as in x86_64-unknown-linux-musl
#
# It brings the units, and starts nothing: that is for whoever keeps the machine to say. DEB_LEVEL is
# how much work it is to pack, from 0 to 9.
set -euo pipefail
server=$(realpath -- "$1")
case ${2%%-*} in
  x86_64) architecture=amd64 ;;
  aarch64) architecture=arm64 ;;
  *)
    echo "deb.sh: no package for $2: there are x86_64 and aarch64" >&2
    exit 2
    ;;
esac
mkdir -p "$3"
folder=$(realpath -- "$3")
cd "$(dirname "$0")/.."
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1577836800}

version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
repository=$(sed -n 's/^repository = "\(.*\)"/\1/p' Cargo.toml)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
units=$root/usr/lib/systemd/system
papers=$root/usr/share/doc/tradeforge
mkdir -p "$root/DEBIAN" "$units" "$papers"
chmod 755 "$root"

install -D -m 755 "$server" "$root/usr/bin/tradeforge"
for unit in tradeforge tradeforge-worker; do
  sed 's|/usr/local/bin/|/usr/bin/|' "deploy/$unit.service" >"$units/$unit.service"
done
complete() {
  mkdir -p "$root/usr/share/$2"
  "$server" completions "$1" >"$root/usr/share/$2/$3"
}
complete bash bash-completion/completions tradeforge
complete zsh zsh/vendor-completions _tradeforge
complete fish fish/vendor_completions.d tradeforge.fish

maintainer="The TradeForge authors <tradeforge@example.com>"
gzip -9n <CHANGELOG.md >"$papers/NEWS.md.gz"
gzip -9n >"$papers/changelog.gz" <<END
tradeforge ($version) stable; urgency=medium

  * What is new stands in NEWS.md.gz.

 -- $maintainer  $(LC_ALL=C date --utc --date="@$SOURCE_DATE_EPOCH" '+%a, %d %b %Y %T +0000')
END
cat >"$papers/copyright" <<END
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: TradeForge
Source: $repository

Files: *
Copyright: the TradeForge authors
License: Expat or Apache-2.0

License: Expat
$(sed 's/^$/./; s/^/ /' LICENSE-MIT)

License: Apache-2.0
 On Debian systems it is in /usr/share/common-licenses/Apache-2.0.
END

cat >"$root/DEBIAN/control" <<END
Package: tradeforge
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du --summarize --block-size=1024 --apparent-size "$root/usr" | cut -f 1)
Recommends: ca-certificates
Section: science
Priority: optional
Homepage: $repository
Description: backtest and optimization server
 Runs strategies over bars, or thousands of their parameter sets at once, and
 keeps every result, through crashes and the same to the last bit. One program
 holds the server, its web client and the command line.
 .
 systemctl enable --now tradeforge starts it at http://127.0.0.1:50051.
END
# A service that runs goes on with the new program, as after any restart.
cat >"$root/DEBIAN/postinst" <<'END'
#!/bin/sh
set -e
if [ "$1" = configure ] && [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  if [ -n "$2" ]; then
    systemctl try-restart tradeforge.service tradeforge-worker.service
  fi
fi
END
cat >"$root/DEBIAN/prerm" <<'END'
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
  systemctl disable --now tradeforge.service tradeforge-worker.service
fi
END
# Results are not a package's to remove: they stay in /var/lib/private/tradeforge.
cat >"$root/DEBIAN/postrm" <<'END'
#!/bin/sh
set -e
if [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload
fi
END
find "$root" -type d -exec chmod 755 {} +
find "$root" -type f ! -path '*/bin/*' -exec chmod 644 {} +
chmod 755 "$root"/DEBIAN/{postinst,prerm,postrm}
(cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) \
  >"$root/DEBIAN/md5sums"
chmod 644 "$root/DEBIAN/md5sums"
dpkg-deb --root-owner-group -Zxz "-z${DEB_LEVEL:-6}" --build "$root" \
  "$folder/tradeforge_${version}_$architecture.deb" >/dev/null
