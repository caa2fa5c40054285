#!/usr/bin/env bash
# Prints the formula for Homebrew, on macOS and Linux, for the archives of a release:
#
#     formula.sh SHA256SUMS [URL]      URL is where the archives are
#
# It goes into the tap, as Formula/tradeforge.rb.
set -euo pipefail
sums=$(realpath -- "$1")
given=${2:-}
cd "$(dirname "$0")/.."
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
repository=$(sed -n 's/^repository = "\(.*\)"/\1/p' Cargo.toml)
from=${given:-$repository/releases/download/v$version}

# archive TARGET: its lines of the formula.
archive() {
  local name=tradeforge-$1.tar.gz sum
  sum=$(awk -v name="$name" '$2 == name || $2 == "*" name { print $1 }' "$sums")
  if [[ ! $sum =~ ^[0-9a-f]{64}$ ]]; then
    echo "formula.sh: $name has no sum in $sums" >&2
    exit 1
  fi
  printf '      url "%s/%s"\n      sha256 "%s"' "$from" "$name" "$sum"
}
mac_arm=$(archive aarch64-apple-darwin)
mac_intel=$(archive x86_64-apple-darwin)
linux_arm=$(archive aarch64-unknown-linux-musl)
linux_intel=$(archive x86_64-unknown-linux-musl)

cat <<END
# Made by packaging/formula.sh.
class Tradeforge < Formula
  desc "Backtest and optimization server: every result kept, the same to the last bit"
  homepage "$repository"
  version "$version"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
$mac_arm
    end
    on_intel do
$mac_intel
    end
  end

  on_linux do
    on_arm do
$linux_arm
    end
    on_intel do
$linux_intel
    end
  end

  def install
    bin.install "tradeforge"
    generate_completions_from_executable(bin/"tradeforge", "completions")
  end

  service do
    run [opt_bin/"tradeforge", "serve", "--data-dir", var/"tradeforge"]
    keep_alive true
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/tradeforge --version")
    system bin/"tradeforge", "demo", "--exit", "--listen", "127.0.0.1:0"
  end
end
END
