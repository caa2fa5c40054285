"""Puts a built server into the wheel, and says where such a wheel runs.

    TRADEFORGE_WHEEL_SERVER=target/.../tradeforge python -m build --wheel

Without the variable the wheel is of Python alone and runs everywhere. What it may be tagged with is
read from the program: one that needs no library of its system runs on every Linux of its processor.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VARIABLE = "TRADEFORGE_WHEEL_SERVER"
MACHINES = {62: "x86_64", 183: "aarch64"}
# The oldest of each that pip still knows: manylinux_2_17 is glibc 2.17, of 2012.
STATIC = ("manylinux_2_17", "manylinux2014", "musllinux_1_1")
_INTERPRETER = 3  # PT_INTERP: the loader that a program with shared libraries asks for.


def platforms(program: Path) -> list[str]:
    """Return the platforms that a program runs on, in the words of wheels."""
    head = program.read_bytes()[: 64 << 10]
    if head[:6] != b"\x7fELF\x02\x01":
        raise ValueError(f"{program} is no program for a 64-bit Linux")
    (machine,) = struct.unpack_from("<H", head, 18)
    if machine not in MACHINES:
        raise ValueError(f"{program} is for the ELF machine {machine}, not {MACHINES}")
    (table,) = struct.unpack_from("<Q", head, 32)
    size, count = struct.unpack_from("<HH", head, 54)
    kinds = [struct.unpack_from("<I", head, table + size * row)[0] for row in range(count)]
    # With a loader it wants the libraries of the system that it was built on: only for such.
    systems = ["linux"] if _INTERPRETER in kinds else STATIC
    return [f"{system}_{MACHINES[machine]}" for system in systems]


class CustomBuildHook(BuildHookInterface[Any]):
    """Called by hatchling."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the server as the program `tradeforge`, which installers put among the scripts."""
        given = os.environ.get(VARIABLE)
        if not given or version == "editable":
            return
        program = Path(given).resolve()
        build_data["shared_scripts"] = {str(program): "tradeforge"}
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{'.'.join(platforms(program))}"
