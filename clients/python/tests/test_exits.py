"""Distances as texts, and what exits and limits become on the wire."""

from __future__ import annotations

import pytest

from tradeforge import Exits, Limits, _exits, _request


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [("2%", "percent", "0.02"), ("0.5%", "percent", "0.005"), ("150t", "ticks", "150")],
)
def test_a_distance_is_a_percentage_or_ticks(text: str, field: str, value: str) -> None:
    message = _exits.distance(text)
    assert message.WhichOneof("kind") == field
    assert getattr(message, field) == value


def test_a_distance_in_ranges_may_say_over_how_many_bars() -> None:
    found = [_exits.distance(text).atr for text in ("2.5atr", "3atr20")]
    assert [(atr.multiple, atr.period) for atr in found] == [("2.5", 0), ("3", 20)]


@pytest.mark.parametrize("text", ["2", "%", "-1%", "atr", "2 %", "1.5t"])
def test_what_is_no_distance_is_refused_with_what_would_be(text: str) -> None:
    with pytest.raises(ValueError, match="2atr20"):
        _exits.distance(text)


def test_exits_and_limits_reach_the_request() -> None:
    request = _request.backtest_request(
        "sma_cross",
        on="A:B@1h",
        params={},
        exits=Exits(stop="2%", targets=["4%:0.5", "8%"], trail="3%@1%", exit_at="21:00"),
        limits=Limits(max_entries=3),
    )
    simulation = request.backtest.simulation
    assert simulation.exits.stop_loss.percent == "0.02"
    assert [target.portion for target in simulation.exits.take_profits] == ["0.5", ""]
    assert simulation.exits.trailing_stop.activation.percent == "0.01"
    assert simulation.exits.daily_exit_time == "21:00"
    assert simulation.limits.max_entries == 3


def test_a_chandelier_needs_a_trailing_stop() -> None:
    with pytest.raises(ValueError, match="trail"):
        _exits.exits(Exits(chandelier=True))


def test_a_warm_up_reaches_the_request_and_is_none_unless_asked_for() -> None:
    request = _request.backtest_request("sma_cross", on="A:B@1h", params={}, warmup=200)
    assert request.backtest.warmup_bars == 200
    plain = _request.backtest_request("sma_cross", on="A:B@1h", params={})
    assert plain.backtest.warmup_bars == 0
