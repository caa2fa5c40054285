"""Strategies as text in the server's rule language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tradeforge.v1 import strategy_service_pb2


class Rules(str):
    """A strategy as text; wherever a strategy's name is taken, this is, too."""

    __slots__ = ()


def rules(text: str | Path) -> Rules:
    """Return a strategy as text, to be run like any other.

    A `Path` is read. A `str` is the text itself, or, if it is one line that ends in `.rules`, the
    name of a file. Raises `OSError` if the file cannot be read.
    """
    if isinstance(text, Path) or (text.endswith(".rules") and "\n" not in text):
        return Rules(Path(text).read_text(encoding="utf-8"))
    return Rules(text)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake of a strategy as text. Lines and columns count from 1, in characters."""

    severity: Literal["ERROR", "WARNING"]
    code: str
    message: str
    line: int
    column: int
    length: int
    suggestion: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a strategy as text comes to: without an error it can be run.

    `warmup_bars` pass before all that its orders read has a value. `is_leaping` if a search
    computes its trials together; else `speed_reason` says what keeps it from that. `speed_class`
    is "LEAP", "WALK" (together, and through the bars of positions), "REST" (the values together,
    the orders bar by bar), "BARS" (each by itself), or empty with an error. `markets` are read and
    never traded: a run gives their bars behind its first, in this order. `auxes` are the auxiliary
    series that it reads, with their columns.
    """

    diagnostics: Sequence[Diagnostic]
    name: str
    params: Sequence[str]
    node_count: int
    warmup_bars: int
    is_leaping: bool
    speed_reason: str
    timeframes: Sequence[str]
    rule_sha256: str
    speed_class: str
    markets: Sequence[str]
    auxes: Mapping[str, Sequence[str]]
    pb: strategy_service_pb2.CheckStrategyResponse = field(repr=False, compare=False)

    @property
    def is_valid(self) -> bool:
        """Whether it can be run."""
        return not any(item.severity == "ERROR" for item in self.diagnostics)


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language, or a name that has a value."""

    name: str
    signature: str
    description: str
    category: str
    definition: str
