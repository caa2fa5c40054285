"""Pictures: what is drawn is what was computed."""

from __future__ import annotations

import sys
from typing import Any

import pytest

import tradeforge

WAIT_SECONDS = 60
PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def search(
    client: tradeforge.Client, bars: tradeforge.Series
) -> tradeforge.Run[tradeforge.SweepResult]:
    run = client.sweep(
        "sma_cross",
        on=bars.subscription,
        params={"fast": range(5, 31, 5), "slow": range(40, 81, 10)},
    )
    run.wait(timeout=WAIT_SECONDS)
    return run


def test_a_curve_is_drawn_with_its_drawdown(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    run = client.backtest("buy_and_hold", on=bars.subscription)
    run.wait(timeout=WAIT_SECONDS)
    figure: Any = run.plot(max_points=500)
    above, below = figure.axes
    equity = run.equity(max_points=500)
    assert list(above.lines[0].get_ydata()) == equity["equity"]
    assert run.id in above.get_title()
    assert below.get_ylabel() == "drawdown, %"
    assert figure._repr_png_().startswith(PNG)


def test_a_trial_of_a_search_is_drawn_as_well(
    search: tradeforge.Run[tradeforge.SweepResult],
) -> None:
    assert "trial 3" in search.plot(3).axes[0].get_title()


def test_a_map_is_drawn_as_it_is_and_smoothed(
    search: tradeforge.Run[tradeforge.SweepResult],
) -> None:
    heatmap = search.heatmap("slow", "fast")
    best = search.result().best_trial
    assert best is not None
    assert heatmap.best is not None
    assert (heatmap.best.trial_index, heatmap.best.value) == (best.index, best.objective)
    assert heatmap.best.at == {"slow": str(best.params["slow"]), "fast": str(best.params["fast"])}
    figure: Any = heatmap.plot()
    raw, smooth = figure.axes[:2]
    assert raw.images[0].get_array().tolist() == heatmap.values
    assert smooth.images[0].get_array().tolist() == heatmap.smooth
    assert (raw.get_xlabel(), raw.get_ylabel()) == ("slow", "fast")
    shown = heatmap._repr_png_()
    assert shown is not None
    assert shown.startswith(PNG)


def test_a_metric_with_a_goal_of_its_own_has_its_own_best(
    search: tradeforge.Run[tradeforge.SweepResult],
) -> None:
    heatmap = search.heatmap(metric="max_drawdown")
    assert not heatmap.is_maximized
    assert heatmap.best is not None
    assert heatmap.best.value == min(value for line in heatmap.values for value in line if value)
    with pytest.raises(ValueError, match="did you mean 'max_drawdown'"):
        search.heatmap(metric="max_drawdwon")


def test_a_backtest_has_no_map(client: tradeforge.Client, bars: tradeforge.Series) -> None:
    run = client.backtest("buy_and_hold", on=bars.subscription)
    with pytest.raises(tradeforge.Precondition) as caught:
        run.heatmap()
    assert caught.value.reason == "NOT_AN_OPTIMIZATION"


def test_without_matplotlib_the_numbers_are_there_and_the_picture_says_what_is_missing(
    search: tradeforge.Run[tradeforge.SweepResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    heatmap = search.heatmap()
    assert heatmap.best is not None
    assert heatmap._repr_png_() is None
    with pytest.raises(ImportError) as caught:
        heatmap.plot()
    assert "pip install matplotlib" in caught.value.__notes__[0]
