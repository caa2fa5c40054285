"""Strategies as text from Python: checked, run and swept like any other."""

from __future__ import annotations

from pathlib import Path

import pytest

import tradeforge

TEXT = """strategy "Two averages"
param fast = 3 from 1 to 50
param slow = 8 from 2 to 200
enter long when crosses_above(sma(close, fast), sma(close, slow))
exit long when crosses_below(sma(close, fast), sma(close, slow))
"""


def test_a_text_runs_as_the_shipped_strategy(
    client: tradeforge.Client, bars: tradeforge.Series, tmp_path: Path
) -> None:
    file = tmp_path / "cross.rules"
    file.write_text(TEXT, encoding="utf-8")
    params = {"fast": 5, "slow": 30}
    text = client.backtest(tradeforge.rules(file), on=bars.subscription, params=params)
    shipped = client.backtest("sma_cross", on=bars.subscription, params=params)
    assert text.wait().result_sha256 == shipped.wait().result_sha256


def test_a_check_tells_mistakes_with_their_places(client: tradeforge.Client) -> None:
    good = client.check(TEXT)
    assert good.is_valid
    assert (good.name, good.params) == ("Two averages", ("fast", "slow"))
    assert (good.warmup_bars, good.is_leaping) == (8, True)
    assert (good.speed_class, good.markets, good.auxes) == ("LEAP", (), {})
    beside = client.check(
        "market btc\naux mood\nenter long when close@btc > 1 and mood.score > 0\n"
        "exit long when mood.risk == 1"
    )
    assert (beside.markets, beside.auxes) == (("btc",), {"mood": ("score", "risk")})
    assert (beside.speed_class, beside.is_leaping) == ("BARS", False)
    priced = client.check("enter long at limit low when close > open\nexit long when close < open")
    assert (priced.speed_class, priced.is_leaping) == ("REST", False)
    bad = client.check("enter long when closs > 1\nexit long when close < 1")
    assert not bad.is_valid
    told = bad.diagnostics[0]
    assert (told.line, told.column, told.suggestion) == (1, 17, "close")


def test_what_a_text_went_by_is_a_frame(client: tradeforge.Client, bars: tradeforge.Series) -> None:
    text = TEXT + "mean = sma(close, fast)\nabove = close > mean\n"
    run = client.backtest(tradeforge.rules(text), on=bars.subscription)
    facts = {fact.name: fact for fact in run.wait().rule_facts}
    values = run.rule_values(["mean", "above", "enter long:4"], max_points=10_000)
    assert values.columns == ("time", "mean", "above", "enter long:4")
    assert not values.is_thinned
    closes = client.bars(bars.subscription)["close"]
    assert values["mean"][:2] == [None, None]
    assert values["mean"][2] == pytest.approx(sum(closes[:3]) / 3, rel=1e-12)
    expected = [
        None if mean is None else close > mean
        for close, mean in zip(closes, values["mean"], strict=True)
    ]
    assert values["above"] == expected
    assert facts["above"].true_bars == expected.count(True)
    assert (facts["mean"].first_defined_bar, facts["mean"].true_bars) == (2, None)
    assert facts["enter long:4"].true_bars == values["enter long:4"].count(True)
    frame = values.to_pandas()
    assert frame["above"].sum() == facts["above"].true_bars
    assert len(run.rule_values(max_points=7)) <= 7
    with pytest.raises(tradeforge.Invalid, match="mean"):
        run.rule_values(["maen"])


def test_the_language_is_told(client: tradeforge.Client) -> None:
    functions = {function.name: function for function in client.language()}
    assert functions["sma"].definition == "sum(x, n) / n"


def test_a_saved_text_is_run_by_its_name(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    saved = client.save_strategy("two_averages", TEXT)
    assert (saved.version, saved.is_saved, saved.source) == ("1", True, TEXT)
    assert client.save_strategy("two_averages", TEXT).version == "1"
    listed = {item.name: item for item in client.strategies()}
    assert (listed["two_averages"].is_saved, listed["sma_cross"].is_saved) == (True, False)
    run = client.backtest("two_averages", on=bars.subscription, params={"fast": 5})
    text = client.backtest(tradeforge.rules(TEXT), on=bars.subscription, params={"fast": 5})
    assert run.wait().result_sha256 == text.wait().result_sha256
    assert client.strategy("two_averages").source == TEXT
    client.delete_strategy("two_averages")
    with pytest.raises(tradeforge.NotFound):
        client.strategy("two_averages")
