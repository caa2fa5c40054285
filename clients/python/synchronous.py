"""Write the blocking client anew from the one for asyncio.

    .venv/bin/python synchronous.py                 # into src/
    .venv/bin/python synchronous.py --into FOLDER   # somewhere else, as the test does

There is one text for both, in `src/tradeforge/aio`. What this writes beside that folder is the same
without its waiting. Needs ruff, of the extra `test`, for the lines that get shorter.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGE = Path("tradeforge")
SOURCE = HERE / "src" / PACKAGE / "aio"
NAMES = (
    "_aux_series.py",
    "_bars.py",
    "_client.py",
    "_hooks.py",
    "_results.py",
    "_run.py",
    "_study.py",
    "_wire.py",
)
HEADING = "# Written by synchronous.py from aio/{name}: change that, and run it again.\n"

# In this order. The block that only asyncio needs ends with the first line that is not indented.
CHANGES = (
    (r"(?m)^.*# async only\n(?:[ ]+.*\n)*\n", ""),
    (r"\basync (def|for|with)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\bAsyncIterator\b", "Iterator"),
    (r"\bAsyncGenerator\b", "Generator"),
    (r"Generator\[(\w+), None\]", r"Generator[\1, None, None]"),
    (r"\baclosing\b", "closing"),
    (r"\b__aenter__\b", "__enter__"),
    (r"\b__aexit__\b", "__exit__"),
    (r"\bAsyncStub\b|(?<=Service)AsyncStub\b", "Stub"),
    (r"\bgrpc\.aio\.", "grpc."),
    (r"\btradeforge\.aio\b", "tradeforge"),
    (r"(?m)^import asyncio$", "import time"),
    (r"\basyncio\.sleep\b", "time.sleep"),
    (r"\basyncio\.to_thread\(([\w.]+)\)", r"\1()"),
)


def synchronous(text: str, name: str) -> str:
    """Return the blocking form of a module for asyncio."""
    for pattern, replacement in CHANGES:
        text = re.sub(pattern, replacement, text)
    return HEADING.format(name=name) + text


def generate(into: Path) -> None:
    """Write each module, formatted and with its imports in order."""
    folder = into / PACKAGE
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in NAMES:
        target = folder / name
        target.write_text(synchronous((SOURCE / name).read_text(), name))
        written.append(target)
    ruff = [str(Path(sys.executable).parent / "ruff")]
    settings = ["--quiet", "--config", str(HERE / "pyproject.toml")]
    fix = [*ruff, "check", *settings, "--fix-only", "--select", "I,F401", *map(str, written)]
    subprocess.run(fix, check=True)
    subprocess.run([*ruff, "format", *settings, *map(str, written)], check=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, default=HERE / "src", help="default: src")
    generate(parser.parse_args().into)
