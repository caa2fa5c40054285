"""Walk-forwards of one search by windows of many shapes, side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from tradeforge._errors import Invalid
from tradeforge._values import WalkForwardResult

SHAPES_MAX = 64
_FIGURES = ("above_all_trials", "growth_per_day", "efficiency", "rank_correlation")
_SCHEMES = ("walk_forward.rolling.", "walk_forward.anchored.")


@dataclass(frozen=True, slots=True)
class Shape:
    """Windows of one length to choose by and one to be judged by."""

    in_sample_days: int
    out_of_sample_days: int
    result: WalkForwardResult | None
    """None where there are too few days for two windows."""
    refused: str
    """Why there is none; else empty."""

    @property
    def growth_per_day(self) -> float | None:
        """The account's, as a logarithm: other shapes are judged by other days, and by fewer."""
        return None if self.result is None else self._growth(self.result.metrics)

    @property
    def above_all_trials(self) -> float | None:
        """The same less that of all trials together over the same days: what choosing brought."""
        if self.result is None:
            return None
        own = self.growth_per_day
        total = self.result.baselines.get("all_trials")
        metrics = self.result.metrics
        beside = None if total is None else self._growth({**metrics, "total_return": total})
        return None if own is None or beside is None else own - beside

    @staticmethod
    def _growth(metrics: Mapping[str, float]) -> float | None:
        total, days = metrics.get("total_return"), metrics.get("return_days", 0.0)
        if total is None or total <= -1 or days < 1:
            return None
        return math.log1p(total) / days


@dataclass(frozen=True, slots=True)
class Shapes:
    """What `Client.walk_forward_shapes` found."""

    shapes: Sequence[Shape]
    """By the days to choose by, then by those to be judged by."""

    @property
    def sentence(self) -> str:
        """What a person should read first."""
        told = [it.above_all_trials for it in self.shapes]
        known = [value for value in told if value is not None]
        better = sum(value > 0 for value in known)
        return (
            f"Of {len(self.shapes)} shapes of windows {len(known)} could be compared, and in "
            f"{better} of them choosing brought more than all trials together. Each is one more "
            "try over the same days: what the best of them earned says nothing of days to come."
        )

    def matrix(self, name: str = "above_all_trials") -> dict[int, dict[int, float | None]]:
        """Return one figure by the days to choose by, then by those to be judged by.

        Args:
            name: above_all_trials, growth_per_day, efficiency or rank_correlation.
        """
        if name not in _FIGURES:
            message = f"{name!r} is no figure of a shape; there are {', '.join(_FIGURES)}"
            raise ValueError(message)
        rows: dict[int, dict[int, float | None]] = {}
        for shape in self.shapes:
            of = shape.result if name in {"efficiency", "rank_correlation"} else shape
            value = None if of is None else getattr(of, name)
            rows.setdefault(shape.in_sample_days, {})[shape.out_of_sample_days] = value
        return rows


def lengths(inside: Sequence[int], outside: Sequence[int]) -> list[tuple[int, int]]:
    """Pair every length to choose by with every one to be judged by."""
    for name, days in (("in_sample_days", inside), ("out_of_sample_days", outside)):
        if not days or min(days) < 1 or len(set(days)) < len(days):
            message = f"{name} is {list(days)!r}; must be different numbers of days from 1 on"
            raise ValueError(message)
    pairs = list(product(inside, outside))
    if len(pairs) > SHAPES_MAX:
        message = f"these are {len(pairs)} shapes of windows; at most {SHAPES_MAX} are walked"
        raise ValueError(message)
    return pairs


def only_too_long(refused: Invalid) -> bool:
    """Whether nothing is wrong but that so long windows do not fit."""
    return bool(refused.fields) and all(path.startswith(_SCHEMES) for path, _ in refused.fields)
