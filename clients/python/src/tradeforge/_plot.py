"""Figures of matplotlib. Imported only when one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradeforge._table import import_module
from tradeforge._tables import Equity

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from tradeforge._heatmap import Heatmap

_TICKS_MAX = 12


def new_figure(width: float, height: float) -> Figure:
    """Make a figure that no global list holds, so that none has to be closed."""
    import_module("matplotlib.figure")
    from tradeforge._picture import Picture

    return Picture(figsize=(width, height), layout="constrained")


def equity_figure(equity: Equity, run_id: str, trial_index: int | None) -> Figure:
    """Draw equity above and drawdown below."""
    figure = new_figure(9, 5)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    time: Any = equity["time"]
    above.plot(time, equity["equity"], linewidth=1)
    above.set_ylabel("equity")
    above.set_title(f"run {run_id}" + ("" if trial_index is None else f", trial {trial_index}"))
    drawdown = [-100 * value for value in equity["drawdown"]]
    below.fill_between(time, drawdown, 0, alpha=0.4, linewidth=0)
    below.set_ylabel("drawdown, %")
    for axes in (above, below):
        axes.grid(visible=True, alpha=0.3)
    return figure


def heatmap_figure(heatmap: Heatmap) -> Figure:
    """Draw the map as it is and smoothed, side by side, on one scale."""
    is_line = heatmap.height == 1
    figure = new_figure(11, 2.6 if is_line else 5)
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    draw_heatmap(heatmap, left, is_smooth=False)
    draw_heatmap(heatmap, right, is_smooth=True)
    figure.colorbar(left.images[0], ax=[left, right], label=heatmap.metric)
    return figure


def draw_heatmap(heatmap: Heatmap, axes: Axes, *, is_smooth: bool) -> None:
    """Draw one of the two on these axes."""
    from matplotlib.colors import Normalize, TwoSlopeNorm

    cells = heatmap.smooth if is_smooth else heatmap.values
    nan = float("nan")
    rows = [[nan if value is None else value for value in line] for line in cells]
    low, high = heatmap.scale
    # The good end is that of the bright colours, and 0 is the middle where there is both.
    colors = ("BrBG" if heatmap.is_diverging else "viridis") + (
        "" if heatmap.is_maximized else "_r"
    )
    norm = TwoSlopeNorm(0, low, high) if heatmap.is_diverging else Normalize(low, high)
    axes.imshow(rows, origin="lower", aspect="auto", norm=norm, cmap=colors)
    _label(axes.xaxis, heatmap.x.name, heatmap.x.labels)
    if heatmap.height > 1:
        _label(axes.yaxis, heatmap.y.name, heatmap.y.labels)
    else:
        axes.set_yticks([])
    axes.set_title("plateau: median of its neighbours" if is_smooth else heatmap.metric)
    cell = heatmap.plateau if is_smooth else heatmap.best
    if cell is not None:
        axes.plot(cell.x, cell.y, marker="s", markersize=11, fillstyle="none", color="black")
    for fragile in () if is_smooth else heatmap.fragile:
        axes.plot(fragile.x, fragile.y, marker="x", markersize=7, color="black")


def _label(axis: Any, name: str, labels: tuple[str, ...]) -> None:
    step = -(-len(labels) // _TICKS_MAX)
    axis.set_ticks(range(0, len(labels), step), labels[::step])
    axis.set_label_text(name)
