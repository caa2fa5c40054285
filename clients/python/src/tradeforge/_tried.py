"""What became of points that a program proposed, and how its space is said to Optuna."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tradeforge._inputs import ParamInput, Steps, Swept

Point = Mapping[str, ParamInput]
"""A value for each parameter that is varied."""

VALUES_MAX = 20_000
"""How many values the points of one run may have together."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A point, and what its trial came to."""

    point: dict[str, ParamInput]
    state: str
    """COMPLETED, INFEASIBLE or FAILED."""
    values: tuple[float | None, ...]
    """The metrics of the study, in their order; None where one is not defined."""
    run_id: str
    """The run of its batch."""
    trial_index: int
    """Its place in the batch."""
    metrics: dict[str, float | None]
    """The same by name."""

    @property
    def value(self) -> float | None:
        """The first metric."""
        return self.values[0]

    @property
    def is_good(self) -> bool:
        """Whether it can be compared: it keeps the constraints and has every metric."""
        return self.state == "COMPLETED" and None not in self.values


class Optimizer(Protocol):
    """Whatever proposes and learns as a study of Optuna does."""

    def ask(self, fixed_distributions: Any) -> Any:
        """Propose a trial, whose `params` are a point."""

    def tell(self, trial: Any, values: Any = None, state: Any = None) -> Any:
        """Learn what became of it."""


def key_of(point: Point) -> tuple[tuple[str, str, ParamInput], ...]:
    """Return what a point is equal by: 1 and 1.0 and True are three values."""
    return tuple(sorted((name, type(value).__name__, value) for name, value in point.items()))


def batches(points: Sequence[dict[str, ParamInput]]) -> Iterable[list[dict[str, ParamInput]]]:
    """Cut points into lists that one run takes."""
    size = VALUES_MAX // max((len(point) for point in points), default=1)
    size = min(size, 10_000)
    return (list(points[first : first + size]) for first in range(0, len(points), size))


def distributions(space: Mapping[str, Swept]) -> dict[str, Any]:
    """Say a space as Optuna does: ranges and Steps by their ends and steps, else choices."""
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    def distribution(values: Swept) -> Any:
        match values:
            case range():
                return IntDistribution(values[0], values[-1], step=values.step)
            case Steps(first, last, step):
                return FloatDistribution(first, last, step=step or None)
            case _:
                return CategoricalDistribution(list(values))

    return {name: distribution(values) for name, values in space.items()}


def failed_state() -> Any:
    """Return how Optuna calls a trial that tells it nothing."""
    from optuna.trial import TrialState

    return TrialState.FAIL
