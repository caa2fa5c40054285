"""A wheel with a server in it says where that runs; one without runs everywhere."""

from __future__ import annotations

import importlib.util
import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

import tradeforge

ROOT = Path(__file__).resolve().parents[1]
INTERPRETER, LOADED = 3, 1


def program(folder: Path, machine: int = 62, kinds: tuple[int, ...] = (LOADED,)) -> Path:
    """Write the head of an ELF program with segments of these kinds."""
    head = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    head += struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, 0, 64, 0, 0, 64, 56, len(kinds), 0, 0, 0)
    table = b"".join(struct.pack("<I", kind).ljust(56, b"\0") for kind in kinds)
    path = folder / "server"
    path.write_bytes(head + table)
    path.chmod(0o755)
    return path


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def wheel(into: Path, server: str) -> zipfile.ZipFile:
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)]
    environment = os.environ | {"TRADEFORGE_WHEEL_SERVER": server}
    subprocess.run(words, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=120)
    (built,) = into.iterdir()
    return zipfile.ZipFile(built)


def tags(built: zipfile.ZipFile) -> list[str]:
    (name,) = [name for name in built.namelist() if name.endswith(".dist-info/WHEEL")]
    lines = built.read(name).decode().splitlines()
    return [line.removeprefix("Tag: ") for line in lines if line.startswith("Tag: ")]


def test_a_wheel_without_a_server_is_for_every_system(tmp_path: Path) -> None:
    with wheel(tmp_path, "") as built:
        assert tags(built) == ["py3-none-any"]
        assert not [name for name in built.namelist() if "/scripts/" in name]
        assert "tradeforge/py.typed" in built.namelist()


def test_a_static_server_makes_one_wheel_for_every_linux_of_its_processor(tmp_path: Path) -> None:
    server = program(tmp_path)
    (tmp_path / "wheels").mkdir()
    with wheel(tmp_path / "wheels", str(server)) as built:
        assert sorted(tags(built)) == [
            "py3-none-manylinux2014_x86_64",
            "py3-none-manylinux_2_17_x86_64",
            "py3-none-musllinux_1_1_x86_64",
        ]
        name = f"tradeforge-{tradeforge.__version__}.data/scripts/tradeforge"
        assert built.read(name) == server.read_bytes()
        assert (built.getinfo(name).external_attr >> 16) & 0o111


def test_a_server_that_wants_libraries_is_for_systems_such_as_its_own(
    tmp_path: Path, hook: ModuleType
) -> None:
    both = (INTERPRETER, LOADED)
    assert hook.platforms(program(tmp_path, kinds=both)) == ["linux_x86_64"]
    assert hook.platforms(program(tmp_path, 183, both)) == ["linux_aarch64"]
    assert hook.platforms(program(tmp_path, 183))[-1] == "musllinux_1_1_aarch64"


def test_what_is_no_program_for_linux_goes_into_no_wheel(tmp_path: Path, hook: ModuleType) -> None:
    text = tmp_path / "text"
    text.write_text("#!/bin/sh\n")
    with pytest.raises(ValueError, match="no program for a 64-bit Linux"):
        hook.platforms(text)
    with pytest.raises(ValueError, match="ELF machine 40"):
        hook.platforms(program(tmp_path, 40))
