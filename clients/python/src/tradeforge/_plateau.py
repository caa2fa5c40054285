"""Plateaus and peaks of a grid of cells; a cell without a value is None.

A single high cell is mostly luck; one whose neighbours are high as well is worth a look. The run's
page has the same definitions in `charts/plateau.ts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Reach(NamedTuple):
    """Along which axes cells side by side are alike: between names there are no neighbours."""

    across: bool = True
    up: bool = True


Cells = Sequence[Sequence[float | None]]
"""Lines of cells, all equally long; `cells[y][x]`."""

# Fewer known neighbours than this say nothing of a neighbourhood, but the corners must do.
_KNOWN_MIN = 4
_KNOWN_MIN_OF_LINE = 2
# A peak whose neighbours lose more than this share of it is fragile.
_FRAGILE_LOSS = 0.5
# Peaks that someone may be tempted by.
_PEAKS_LOOKED_AT = 5


def smoothed(cells: Cells, reach: Reach) -> list[list[float | None]]:
    """Return the median of each neighbourhood; None where the cell or most of it is unknown."""
    height, width = len(cells), len(cells[0])
    is_line = not (reach.across and width > 1 and reach.up and height > 1)
    known = _KNOWN_MIN_OF_LINE if is_line else _KNOWN_MIN
    result: list[list[float | None]] = [[None] * width for _ in cells]
    for y, line in enumerate(cells):
        for x, value in enumerate(line):
            near = [] if value is None else [value, *_neighbours(cells, reach, x, y)]
            if len(near) >= known:
                result[y][x] = _median(near)
    return result


def best_cell(cells: Cells, is_maximized: bool) -> tuple[int, int] | None:
    """Return x and y of the best cell, the first of equals; None if no cell has a value."""
    best: tuple[int, int] | None = None
    held = 0.0
    for y, line in enumerate(cells):
        for x, value in enumerate(line):
            if value is not None and (
                best is None or (value > held if is_maximized else value < held)
            ):
                best, held = (x, y), value
    return best


def loss_around(cells: Cells, reach: Reach, x: int, y: int, is_maximized: bool) -> float | None:
    """Return what the neighbours lose, as a share of the cell; None if that says nothing."""
    value = cells[y][x]
    near = _neighbours(cells, reach, x, y)
    if value is None or value == 0 or not near:
        return None
    around = _median(near)
    return (value - around if is_maximized else around - value) / abs(value)


def is_fragile(loss: float | None) -> bool:
    """Whether a peak with this loss around it stands alone."""
    return loss is not None and loss > _FRAGILE_LOSS


def fragile_peaks(cells: Cells, reach: Reach, is_maximized: bool) -> list[tuple[int, int]]:
    """Of the best peaks, which no neighbour exceeds, those that are fragile; the best first."""
    sign = 1 if is_maximized else -1
    peaks: list[tuple[float, int, int]] = []
    for y, line in enumerate(cells):
        for x, value in enumerate(line):
            near = _neighbours(cells, reach, x, y)
            if value is not None and near and max(sign * each for each in near) <= sign * value:
                peaks.append((-sign * value, y, x))
    best = sorted(peaks)[:_PEAKS_LOOKED_AT]
    return [(x, y) for _, y, x in best if is_fragile(loss_around(cells, reach, x, y, is_maximized))]


def _neighbours(cells: Cells, reach: Reach, x: int, y: int) -> list[float]:
    """Return the values of the cells around one, without its own."""
    lines = range(max(0, y - reach.up), min(len(cells), y + reach.up + 1))
    columns = range(max(0, x - reach.across), min(len(cells[0]), x + reach.across + 1))
    around = ((line, column) for line in lines for column in columns)
    found = (cells[line][column] for line, column in around if (line, column) != (y, x))
    return [value for value in found if value is not None]


def _median(values: list[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle] + ordered[middle - 1]) / 2
