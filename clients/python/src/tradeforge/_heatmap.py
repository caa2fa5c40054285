"""The trials of a search laid on two of its axes, and what each axis explains.

The same numbers as on the run's page: `clients/heat-map-cases.json` holds both to them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tradeforge._axes import GridAxis, grid_axes, is_counted, places
from tradeforge._call import nearest
from tradeforge._plateau import (
    Reach,
    best_cell,
    fragile_peaks,
    is_fragile,
    loss_around,
    smoothed,
)
from tradeforge._table import Table
from tradeforge._values import Trial
from tradeforge.v1 import strategy_service_pb2, types_pb2

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# What may be won or lost has its middle at 0 in a picture.
_DIVERGING = re.compile(r"sharpe|sortino|calmar|return|profit$|cagr|expectancy|sqn")
_COMPLETED = "COMPLETED"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a heat map."""

    x: int
    y: int
    trial_index: int
    """The trial that stands for it."""
    value: float
    """What the cell shows: the metric, or the median around it."""
    at: Mapping[str, str]
    """Where it lies: the labels of the two axes by their names."""


@dataclass(frozen=True, slots=True)
class Importance:
    """What one parameter explains of a metric."""

    name: str
    eta_squared: float | None
    """The share of all variance that lies between the means of its values; None if none varies."""
    labels: Sequence[str]
    means: Sequence[float | None]
    """The mean at each of its values, over all others."""
    bests: Sequence[float | None]


class Search:
    """What a search went through and what it was after, for one of its metrics."""

    def __init__(
        self,
        spec: types_pb2.OptimizationSpec,
        metric: str,
        strategies: Iterable[strategy_service_pb2.Strategy],
    ) -> None:
        objective = spec.objective.metric or "sharpe"
        self.metric = metric or objective
        self.axes = grid_axes(spec)
        goals = {each.name: each.natural_goal for one in strategies for each in one.metrics}
        if self.metric not in goals and self.metric != objective:
            raise ValueError(_unknown("metric", self.metric, goals))
        goal = spec.objective.goal if self.metric == objective else goals[self.metric]
        self.is_maximized = goal != types_pb2.GOAL_MINIMIZE

    @property
    def columns(self) -> list[str]:
        """The columns of trials that are needed."""
        told = [] if is_counted(self.axes) else [axis.column for axis in self.axes]
        return [f"metrics.{self.metric}", *told]

    def rows(self, trials: Table[Trial]) -> list[tuple[int, float | None, tuple[int | None, ...]]]:
        """Return each trial's index, its value if it may be chosen, and its places."""
        indices: list[int] = trials["trial_index"]
        columns = {name: trials[name] for name in trials.columns}
        usable = (
            value if state == _COMPLETED and value is not None and math.isfinite(value) else None
            for state, value in zip(trials["state"], trials[f"metrics.{self.metric}"], strict=True)
        )
        return list(zip(indices, usable, places(self.axes, indices, columns), strict=True))

    def importance(self, trials: Table[Trial]) -> list[Importance]:
        """Return what each axis explains, the most important first."""
        rows = [(value, at) for _, value, at in self.rows(trials) if value is not None]
        mean, squares = _spread(value for value, _ in rows)
        found = [
            self._of_axis(place, [(value, at[place]) for value, at in rows], mean, squares)
            for place in range(len(self.axes))
        ]
        return sorted(
            found, key=lambda it: -1.0 if it.eta_squared is None else it.eta_squared, reverse=True
        )

    def axis(self, name: str) -> int:
        """Return the place of an axis by its name."""
        names = [axis.name for axis in self.axes]
        if name not in names:
            raise ValueError(_unknown("axis", name, names))
        return names.index(name)

    def _of_axis(
        self, place: int, rows: Sequence[tuple[float, int | None]], mean: float, squares: float
    ) -> Importance:
        axis = self.axes[place]
        steps: list[list[float]] = [[] for _ in axis.labels]
        for value, at in rows:
            if at is not None and at < len(steps):
                steps[at].append(value)
        means = [_sum(values) / len(values) if values else None for values in steps]
        between = 0.0
        for values, each in zip(steps, means, strict=True):
            if each is not None:
                between += len(values) * (each - mean) * (each - mean)
        best = max if self.is_maximized else min
        return Importance(
            name=axis.name,
            eta_squared=min(1.0, between / squares) if squares > 0 else None,
            labels=axis.labels,
            means=means,
            bests=[best(values) if values else None for values in steps],
        )


class Heatmap:
    """A metric over two parameters of a search: its values, its plateau, its lonely peaks."""

    def __init__(
        self,
        search: Search,
        trials: Table[Trial],
        x: str = "",
        y: str = "",
        fixed: Mapping[str, object] | None = None,
    ) -> None:
        self.metric = search.metric
        """What the cells show."""
        self.is_maximized = search.is_maximized
        """Whether more of it is better."""
        across, up = _chosen(search, x, y)
        self.x: GridAxis = search.axes[across]
        """The axis from left to right."""
        self.y: GridAxis = search.axes[up]
        """The axis from below to above."""
        self.width = len(self.x.labels)
        self.height = 1 if across == up else len(self.y.labels)
        self.values: list[list[float | None]] = [[None] * self.width for _ in range(self.height)]
        """`values[y][x]`, the lowest y first; None where no trial has a value."""
        self.trial_indices: list[list[int | None]] = [
            [None] * self.width for _ in range(self.height)
        ]
        """The trial that stands for each cell: the best, of equals the lowest index."""
        held = _fixed(search, fixed or {}, {across, up})
        for index, value, at in search.rows(trials):
            if value is not None and all(at[axis] == step for axis, step in held.items()):
                self._lay(index, value, at[across], 0 if across == up else at[up])
        self._reach = Reach(self.x.is_ordered, self.y.is_ordered)
        self.smooth = smoothed(self.values, self._reach)
        """The median of each neighbourhood where an axis has an order: not what luck alone made."""
        self.best = self._cell(self._best(), self.values)
        """The best cell; None while there is none."""
        self.plateau = self._cell(best_cell(self.smooth, self.is_maximized), self.smooth)
        """The cell whose neighbourhood is best; None while there is none."""
        peaks = fragile_peaks(self.values, self._reach, self.is_maximized)
        self.fragile = [cell for peak in peaks if (cell := self._cell(peak, self.values))]
        """Of the five best peaks those that stand alone."""

    @property
    def peak_loss(self) -> float | None:
        """What the neighbours of the best cell lose, as a share of it; None if it says nothing."""
        if self.best is None:
            return None
        x, y = self.best.x, self.best.y
        return loss_around(self.values, self._reach, x, y, self.is_maximized)

    @property
    def is_peak_fragile(self) -> bool:
        """Whether the neighbours of the best cell lose more than half of it."""
        return is_fragile(self.peak_loss)

    @property
    def is_diverging(self) -> bool:
        """Whether it was won by some and lost by others, so that 0 is the middle of its colours."""
        low, high = self.scale
        return _DIVERGING.search(self.metric) is not None and low < 0 < high

    @property
    def scale(self) -> tuple[float, float]:
        """The values at the ends of the colours: the worst hundredth does not stretch them."""
        known = sorted(value for line in self.values for value in line if value is not None)
        if not known:
            return -1.0, 1.0
        shares = (0.01, 1.0) if self.is_maximized else (0.0, 0.99)
        low, high = (known[math.floor(share * (len(known) - 1) + 0.5)] for share in shares)
        return (low, high) if high > low else (low - 1, low + 1)

    def plot(self) -> Figure:
        """Draw it as it is and smoothed, side by side. Raises ImportError without matplotlib.

        The square marks the best cell and the best plateau, a cross what stands alone.
        """
        from tradeforge._plot import heatmap_figure

        return heatmap_figure(self)

    def __repr__(self) -> str:
        size = f"{self.width} by {self.height}"
        names = f"{self.x.name} and {self.y.name}" if self.height > 1 else self.x.name
        if self.best is None or self.plateau is None:
            return f"Heatmap({self.metric} over {names}, {size})"
        return (
            f"Heatmap({self.metric} over {names}, {size}: best {self.best.value:.4g} at "
            f"{_where(self.best)}, plateau {self.plateau.value:.4g} at {_where(self.plateau)})"
        )

    def _repr_png_(self) -> bytes | None:
        try:
            figure = self.plot()
        except ImportError:
            return None
        from tradeforge._picture import png

        return png(figure)

    def _lay(self, index: int, value: float, x: int | None, y: int | None) -> None:
        if x is None or y is None or x >= self.width or y >= self.height:
            return
        held, by = self.values[y][x], self.trial_indices[y][x]
        if held is not None and by is not None:
            is_better = value > held if self.is_maximized else value < held
            if not is_better and not (value == held and index < by):
                return
        self.values[y][x], self.trial_indices[y][x] = value, index

    def _best(self) -> tuple[int, int] | None:
        """Return the best cell; of equals that of the lowest index, as the server has it."""
        sign = -1 if self.is_maximized else 1
        known = [
            (sign * value, index, x, y)
            for y, line in enumerate(self.values)
            for x, value in enumerate(line)
            if value is not None and (index := self.trial_indices[y][x]) is not None
        ]
        return min(known)[2:] if known else None

    def _cell(
        self, place: tuple[int, int] | None, cells: Sequence[Sequence[float | None]]
    ) -> Cell | None:
        if place is None:
            return None
        x, y = place
        value, index = cells[y][x], self.trial_indices[y][x]
        if value is None or index is None:
            return None
        at = {self.x.name: self.x.labels[x]}
        if self.height > 1:
            at[self.y.name] = self.y.labels[y]
        return Cell(x, y, index, value, at)


def _chosen(search: Search, x: str, y: str) -> tuple[int, int]:
    """Return the axes asked for; else the two longest, in their order; of one axis, that one."""
    if not search.axes:
        raise ValueError("the search varies no parameter, so there is nothing to lay it on")
    sizes = [len(axis.labels) for axis in search.axes]
    longest = sorted(range(len(sizes)), key=lambda place: -sizes[place])
    if x and y:
        return search.axis(x), search.axis(y)
    if x or y:
        given = search.axis(x or y)
        other = next((place for place in longest if place != given), given)
        return (given, other) if x else (other, given)
    two = sorted(longest[:2])
    return two[0], two[-1]


def _fixed(search: Search, fixed: Mapping[str, object], shown: set[int]) -> dict[int, int]:
    """Return the step that each of these axes is held at."""
    held: dict[int, int] = {}
    for name, value in fixed.items():
        place = search.axis(name)
        axis = search.axes[place]
        step = axis.place_of(value)
        if place in shown:
            raise ValueError(f"{name!r} is an axis of the map, so it can not be held at a value")
        if step is None:
            raise ValueError(f"{name!r} has no value {value!r}, but {', '.join(axis.labels)}")
        held[place] = step
    return held


def _spread(values: Iterable[float]) -> tuple[float, float]:
    """Return mean and sum of squared distances, by Welford: it loses nothing to cancellation."""
    mean, squares = 0.0, 0.0
    for count, value in enumerate(values, start=1):
        distance = value - mean
        mean += distance / count
        squares += distance * (value - mean)
    return mean, squares


def _sum(values: Iterable[float]) -> float:
    """Add in order, as the page does: `sum` makes up for rounding, and the last bits differ."""
    total = 0.0
    for value in values:
        total += value
    return total


def _where(cell: Cell) -> str:
    return " ".join(f"{name}={label}" for name, label in cell.at.items())


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    meant = nearest(name, names)
    hint = f"did you mean {meant!r}?" if meant else f"there are {', '.join(names)}"
    return f"no {what} {name!r}: {hint}"
