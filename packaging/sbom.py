"""Print what the server is made of, as an SBOM in the form of CycloneDX 1.6.

    sbom.py TARGET      as in x86_64-unknown-linux-musl

The crates are those that Cargo.lock builds into the program for the target, with the C libraries
that some of them carry; the packages of npm are those that the web client in it is bundled from. The
same sources give the same bytes; SOURCE_DATE_EPOCH is its time, if that is set.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import tomllib
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[1]
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://example.com/tradeforge")

# C libraries within crates: where their version stands, and under which names it goes.
CARRIED = {
    "libsqlite3-sys": (
        "sqlite",
        "sqlite3/sqlite3.h",
        r'#define SQLITE_VERSION\s+"([0-9.]+)"',
        "cpe:2.3:a:sqlite:sqlite:{}:*:*:*:*:*:*:*",
        "blessing",
    ),
    "zstd-sys": (
        "zstd",
        "zstd/lib/zstd.h",
        r"#define ZSTD_VERSION_(?:MAJOR|MINOR|RELEASE)\s+([0-9]+)",
        "cpe:2.3:a:facebook:zstandard:{}:*:*:*:*:*:*:*",
        "BSD-3-Clause",
    ),
}

Component = dict[str, Any]


Crate = tuple[str, str]
"""Its name and version."""


def cargo(*words: str) -> str:
    """Return what Cargo says."""
    told = subprocess.run(
        ["cargo", *words, "--locked"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return told.stdout


def packages() -> dict[Crate, dict[str, Any]]:
    """Return what Cargo knows of each package that may be needed."""
    found = json.loads(cargo("metadata", "--format-version", "1"))
    return {(each["name"], each["version"]): each for each in found["packages"]}


def checksums() -> dict[Crate, str]:
    """Return the SHA-256 of the archive of each crate that comes from a registry."""
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
    return {
        (each["name"], each["version"]): each["checksum"]
        for each in lock["package"]
        if "checksum" in each
    }


def needed(target: str) -> dict[Crate, set[Crate]]:
    """Return all crates that the program is built from, the root first, each with those it needs.

    What only builds or tests it is not in it. The tree is that of a build: `cargo metadata` has what
    other parts of the workspace switch on as well.
    """
    edges = ("--edges", "normal,no-proc-macro", "--prefix", "depth", "--format", " {p}")
    reached: dict[Crate, set[Crate]] = {}
    path: list[Crate] = []
    for line in cargo("tree", "--package", "tradeforge", "--target", target, *edges).splitlines():
        depth, name, version, *_ = line.split()
        at = (name, version.removeprefix("v"))
        reached.setdefault(at, set())
        del path[int(depth) :]
        if path:
            reached[path[-1]].add(at)
        path.append(at)
    return reached


def licences(text: str | None) -> list[dict[str, Any]]:
    """Return a licence as SPDX has it; old crates write a slash for OR."""
    if not text:
        return []
    return [{"expression": re.sub(r"\s*/\s*", " OR ", text)}]


def component_of(package: dict[str, Any], sums: dict[Crate, str]) -> Component:
    """Return a crate as a component."""
    name, version = package["name"], package["version"]
    purl = f"pkg:cargo/{quote(name)}@{quote(version)}"
    component: Component = {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "licenses": licences(package["license"]),
    }
    if checksum := sums.get((name, version)):
        component["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if repository := package["repository"]:
        component["externalReferences"] = [{"type": "vcs", "url": repository}]
    return component


def carried(package: dict[str, Any]) -> Iterator[Component]:
    """Yield the C library that a crate carries, if it does."""
    if package["name"] not in CARRIED:
        return
    name, header, pattern, cpe, licence = CARRIED[package["name"]]
    text = (Path(package["manifest_path"]).parent / header).read_text()
    version = ".".join(re.findall(pattern, text))
    if not re.fullmatch(r"\d+(\.\d+){2,3}", version):
        sys.exit(f"{package['name']}: no version of {name} stands in {header}: {version!r}")
    purl = f"pkg:generic/{name}@{version}"
    yield {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "cpe": cpe.format(version),
        "purl": purl,
        "licenses": licences(licence),
    }


def web() -> Iterator[Component]:
    """Yield the packages that the web client is bundled from."""
    lock = json.loads((ROOT / "clients/web/package-lock.json").read_text())
    for path, package in lock["packages"].items():
        if not path or package.get("dev") or package.get("devOptional") or package.get("link"):
            continue
        # It may lie within another; scopes are part of a name.
        name = path.rpartition("node_modules/")[2]
        version = package["version"]
        purl = f"pkg:npm/{quote(name)}@{quote(version)}"
        component: Component = {
            "type": "library",
            "bom-ref": purl,
            "name": name,
            "version": version,
            "purl": purl,
            "licenses": licences(package.get("license")),
        }
        algorithm, _, content = package.get("integrity", "").partition("-")
        if algorithm == "sha512":
            digest = base64.b64decode(content).hex()
            component["hashes"] = [{"alg": "SHA-512", "content": digest}]
        yield component


def bill(target: str) -> dict[str, Any]:
    """Return the whole document."""
    known = packages()
    sums = checksums()
    edges = needed(target)
    made_of = {each: component_of(known[each], sums) for each in edges}
    components: dict[str, Component] = {}
    depends: dict[str, set[str]] = {}
    for each, component in made_of.items():
        ref = component["bom-ref"]
        components[ref] = component
        depends[ref] = {made_of[below]["bom-ref"] for below in edges[each]}
        for library in carried(known[each]):
            components[library["bom-ref"]] = library
            depends[ref].add(library["bom-ref"])
            depends[library["bom-ref"]] = set()
    root = components.pop(next(iter(made_of.values()))["bom-ref"])
    root["type"] = "application"
    for library in web():
        components[library["bom-ref"]] = library
        depends[root["bom-ref"]].add(library["bom-ref"])
        depends.setdefault(library["bom-ref"], set())
    made = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "1577836800")), UTC)
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": made.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": root,
            "properties": [{"name": "tradeforge:target", "value": target}],
        },
        "components": [components[ref] for ref in sorted(components)],
        "dependencies": [
            {"ref": ref, "dependsOn": sorted(depends[ref])} for ref in sorted(depends)
        ],
    }
    serial = uuid.uuid5(NAMESPACE, json.dumps(document, sort_keys=True))
    return {**document, "serialNumber": f"urn:uuid:{serial}"}


def main() -> None:
    """Print the SBOM of the target that is named."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    json.dump(bill(sys.argv[1]), sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
