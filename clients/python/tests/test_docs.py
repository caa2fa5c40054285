"""The pages are true: their blocks run, in order, and print what stands below them."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import io
import re
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
BLOCK = re.compile(r"(?m)^```(\w*)\n(.*?)^```$", re.DOTALL)


def blocks(page: Path) -> list[tuple[str, str]]:
    """Return each block of code, and what is said to be printed by it."""
    found = BLOCK.findall(page.read_text())
    after = [*found[1:], ("", "")]
    return [
        (text, then if kind == "text" else "")
        for (language, text), (kind, then) in zip(found, after, strict=True)
        if language == "python"
    ]


def run(text: str, names: dict[str, Any], place: str) -> str:
    """Run a block as a notebook would, which may await, and return what it printed."""
    code: CodeType = compile(text, place, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        if code.co_flags & inspect.CO_COROUTINE:
            asyncio.run(eval(code, names))
        else:
            exec(code, names)
    return printed.getvalue()


def pattern(text: str) -> str:
    """Return what is printed: `...` stands for anything."""
    parts = [re.escape(part) for part in text.rstrip().split("...")]
    return "(?s)" + ".*".join(parts) + r"\s*"


@pytest.mark.parametrize("page", ["docs/python.md", "clients/python/README.md"])
def test_every_block_of_a_page_prints_what_stands_below_it(
    page: str, own_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRADEFORGE_SERVER", own_server)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "page"}
    found = blocks(ROOT / page)
    assert len(found) > 1
    for number, (text, expected) in enumerate(found):
        printed = run(text, names, f"{page}, block {number}")
        printed = "\n".join(line.rstrip() for line in printed.splitlines())
        if expected:
            assert re.fullmatch(pattern(expected), printed), f"{text}\nprinted\n{printed}"
