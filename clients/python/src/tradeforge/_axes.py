"""The axes of a search as a grid has them: so many steps, each with a label, and a trial's place.

The run's page has the same definitions in `charts/axes.ts`; `clients/heat-map-cases.json` holds
both to the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context
from itertools import pairwise
from typing import Any

from tradeforge._convert import from_param_value
from tradeforge.v1 import types_pb2

SUBSCRIPTION_AXIS = "instrument@timeframe"
"""What the axis of instruments is called; no parameter can have this name."""

# Into so many parts an axis is cut at most and at least, if it is cut.
_PARTS_MAX = 24
_PARTS_MIN = 4
_NO_VALUE = "–"  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class GridAxis:
    """One parameter of a search, and its steps."""

    name: str
    labels: tuple[str, ...]
    numbers: tuple[float, ...] | None
    """The steps, where they are numbers."""
    is_ordered: bool = False
    """Whether what lies side by side is alike: the values rise or fall, and are no names."""
    span: tuple[float, float] | None = None
    """Set for an axis that is cut into equal parts: a value tells its part."""
    is_by_value: bool = False
    """Whether a trial's value tells its place, and its index does not."""

    @property
    def column(self) -> str:
        """The column of a trial that tells its place."""
        return "subscription" if self.name == SUBSCRIPTION_AXIS else f"params.{self.name}"

    def place_of(self, value: object) -> int | None:
        """Return the step that a value lies on; None if it lies on none."""
        if isinstance(value, bool):
            value = "true" if value else "false"
        if not isinstance(value, int | float) or self.numbers is None:
            text = number_text(value) if isinstance(value, int | float) else str(value)
            return self.labels.index(text) if text in self.labels else None
        if self.span is not None:
            low, high = self.span
            part = math.floor((value - low) / (high - low) * len(self.labels))
            return min(len(self.labels) - 1, max(0, part))
        number = _tidy(value)
        return self.numbers.index(number) if number in self.numbers else None


def grid_axes(spec: types_pb2.OptimizationSpec) -> list[GridAxis]:
    """Read the axes of a search, the slowest first."""
    counts = {
        "random": spec.random.trial_count,
        "genetic": spec.genetic.trial_count,
        "tpe": spec.tpe.trial_count,
    }
    drawn = counts.get(spec.WhichOneof("search") or "")
    if spec.WhichOneof("search") == "points":
        axes = _axes_of_points(spec.points.points)
    else:
        axes = [_grid_axis(axis, drawn) for axis in spec.axes]
    if len(spec.subscription_axis) < 2:
        return axes
    labels = tuple(
        f"{each.exchange}:{each.symbol}@{each.timeframe}" for each in spec.subscription_axis
    )
    return [GridAxis(SUBSCRIPTION_AXIS, labels, None), *axes]


def is_counted(axes: Sequence[GridAxis]) -> bool:
    """Whether an index alone tells the place of a trial."""
    return all(axis.span is None and not axis.is_by_value for axis in axes)


def places_of(trial_index: int, axes: Sequence[GridAxis]) -> tuple[int, ...]:
    """Return the place of a trial on each axis: the last axis counts fastest."""
    places: list[int] = []
    for axis in reversed(axes):
        trial_index, place = divmod(trial_index, len(axis.labels))
        places.append(place)
    return tuple(reversed(places))


def places(
    axes: Sequence[GridAxis], indices: Sequence[int], columns: Mapping[str, Sequence[Any]]
) -> list[tuple[int | None, ...]]:
    """Return the place of each trial on each axis, by its index, or else by its parameters."""
    if is_counted(axes):
        return [places_of(index, axes) for index in indices]
    by_axis = [[axis.place_of(value) for value in columns[axis.column]] for axis in axes]
    return list(zip(*by_axis, strict=True))


def number_text(number: float) -> str:
    """Write a number as the page does: its shortest digits, and whole ones without a dot."""
    if abs(number) < 1e21 and number == math.trunc(number):
        return str(math.trunc(number))
    text = repr(float(number))
    mantissa, has_exponent, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent):+d}" if has_exponent else text


def _grid_axis(axis: types_pb2.Axis, drawn: int | None) -> GridAxis:
    """`drawn` is how many combinations are drawn at random; None means that all are tried."""
    parts = _parts_for(drawn)
    match axis.WhichOneof("domain"):
        case "int_range":
            whole = axis.int_range
            step = max(1, whole.step)
            first, last = whole.min_value, whole.max_value
            return _stepped(axis.name, first, last, step, drawn and parts, is_whole=True)
        case "double_range":
            span = axis.double_range
            low, high = span.min_value, span.max_value
            if span.step > 0:
                return _stepped(axis.name, low, high, span.step, drawn and parts)
            return _cut(axis.name, low, high, parts)
        case "values":
            values = [from_param_value(value) for value in axis.values.values]
            numbers = tuple(
                float(value)
                for value in values
                if isinstance(value, int | float) and not isinstance(value, bool)
            )
            labels = tuple(_value_text(value) for value in values)
            if len(numbers) < len(values):
                return GridAxis(axis.name, labels, None)
            return GridAxis(axis.name, labels, numbers, _is_monotonic(numbers))
        case _:
            return GridAxis(axis.name, (_NO_VALUE,), None)


def _axes_of_points(points: Sequence[types_pb2.Point]) -> list[GridAxis]:
    """Make of each parameter the values that it has somewhere, or parts of their span."""
    return [_axis_of_points(name, points) for name in sorted(points[0].params)]


def _axis_of_points(name: str, points: Sequence[types_pb2.Point]) -> GridAxis:
    values = [from_param_value(point.params[name]) for point in points]
    kinds = {type(value) for value in values}
    if kinds not in ({int}, {float}):
        labels = tuple(sorted({_value_text(value) for value in values}))
        return GridAxis(name, labels, None, is_by_value=True)
    numbers = tuple(sorted({_tidy(float(value)) for value in values if value is not None}))
    parts = _parts_for(len(points))
    if len(numbers) > parts:
        return _cut(name, numbers[0], numbers[-1], parts, is_whole=kinds == {int})
    labels = tuple(number_text(number) for number in numbers)
    return GridAxis(name, labels, numbers, True, is_by_value=True)


def _is_monotonic(numbers: Sequence[float]) -> bool:
    steps = [after - before for before, after in pairwise(numbers)]
    return all(step > 0 for step in steps) or all(step < 0 for step in steps)


def _value_text(value: float | str | None) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return _NO_VALUE
        case int() | float():
            return number_text(value)
        case _:
            return value


def _parts_for(drawn: int | None) -> int:
    """Such that of the cells of two axes most are hit by a draw."""
    if drawn is None:
        return _PARTS_MAX
    return min(_PARTS_MAX, max(_PARTS_MIN, math.floor(math.sqrt(drawn / 2) + 0.5)))


def _stepped(
    name: str,
    low: float,
    high: float,
    step: float,
    parts_max: int | None,
    *,
    is_whole: bool = False,
) -> GridAxis:
    """Make its steps, or parts of several where a search at random leaves most of them out."""
    count = max(1, math.floor((high - low) / step + 1e-9) + 1)
    if parts_max and count > parts_max:
        return _cut(name, low, high, parts_max, is_whole=is_whole)
    numbers = tuple(_tidy(low + place * step) for place in range(count))
    return GridAxis(name, tuple(number_text(number) for number in numbers), numbers, True)


def _cut(name: str, low: float, high: float, parts: int, *, is_whole: bool = False) -> GridAxis:
    """Cut into equal parts; of whole numbers a part is written as its first and its last."""
    width = (high - low) / parts
    numbers = tuple(_tidy(low + (part + 0.5) * width) for part in range(parts))
    if is_whole:
        starts = [math.ceil(_tidy(low + part * width)) for part in range(parts)]
        ends = [*(start - 1 for start in starts[1:]), math.trunc(high)]
        labels = tuple(map(_part_text, starts, ends))
    else:
        labels = tuple(f"≈{number_text(_rounded(number, 3))}" for number in numbers)
    return GridAxis(name, labels, numbers, True, (low, high))


def _part_text(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"  # noqa: RUF001


def _tidy(number: float) -> float:
    """Drop the dust of binary fractions: 0.30000000000000004 is 0.3."""
    return _rounded(number, 12)


def _rounded(number: float, digits: int) -> float:
    """Round to so many digits; what lies in the middle goes away from 0, as on the page."""
    return float(Context(digits, ROUND_HALF_UP).create_decimal_from_float(float(number)))
