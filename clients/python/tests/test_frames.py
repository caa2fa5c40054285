"""Frames in: bars from pandas, polars and Arrow are the bars of the same file."""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime
from typing import Any

import pandas
import polars
import pyarrow
import pytest

import tradeforge

COLUMNS = ["time", "open", "high", "low", "close", "volume"]


@pytest.fixture(scope="module")
def stored(client: tradeforge.Client) -> tradeforge.Bars:
    client.generate("SYN:FRAME@1h", bars=300, seed=9, price_tick="0.01")
    return client.bars("SYN:FRAME@1h")


def frames(stored: tradeforge.Bars) -> dict[str, Any]:
    frame = stored.to_pandas()
    return {
        "the table itself": stored,
        "pandas, by its index": frame,
        "pandas, the index without a name": frame.rename_axis(index=None),
        "pandas, by a column": frame.reset_index(),
        "pandas, with two levels of names": pandas.concat({"X": frame}, axis=1).swaplevel(axis=1),
        "pandas, grouped by the instrument": pandas.concat({"X": frame}, axis=1),
        "polars": stored.to_polars(),
        "polars, lazy": stored.to_polars().lazy(),
        "pyarrow": pyarrow.table(stored),
    }


@pytest.mark.parametrize("number", range(9))
def test_whatever_holds_the_bars_they_are_the_same(
    client: tradeforge.Client, stored: tradeforge.Bars, number: int
) -> None:
    name, frame = list(frames(stored).items())[number]
    on = f"TEST:FRAME{number}@1h"
    imported = client.import_frame(frame, on, price_tick="0.01")
    assert imported.created, name
    assert imported.rows_read == 300
    assert imported.series.source.endswith("frame")
    assert client.bars(on) == stored, name


def test_without_pyarrow_the_bars_are_the_same(
    client: tradeforge.Client, stored: tradeforge.Bars, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "pyarrow" else find(name)
    )
    for number, frame in enumerate((stored.to_pandas(), stored)):
        on = f"TEST:BARE{number}@1h"
        client.import_frame(frame, on, price_tick="0.01")
        assert client.bars(on) == stored


def test_with_nothing_that_writes_parquet_the_package_to_install_is_named(
    client: tradeforge.Client, stored: tradeforge.Bars, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ImportError, match="pip install pyarrow"):
        client.import_frame(stored, "TEST:NONE@1h")


def test_a_frame_of_several_instruments_is_refused_with_their_names(
    client: tradeforge.Client, stored: tradeforge.Bars
) -> None:
    frame = stored.to_pandas()
    both = pandas.concat({"AAA": frame, "BBB": frame}, axis=1).swaplevel(axis=1)
    with pytest.raises(ValueError, match=r"AAA, BBB.*frame\.xs\('AAA', axis=1, level=-1\)"):
        client.import_frame(both, "TEST:TWO@1h")
    grouped = both.swaplevel(axis=1)
    with pytest.raises(ValueError, match=r"AAA, BBB.*frame\.xs\('AAA', axis=1, level=0\)"):
        client.import_frame(grouped, "TEST:TWO@1h")
    client.import_frame(grouped.xs("BBB", axis=1, level=0), "TEST:TWO@1h", price_tick="0.01")
    assert client.bars("TEST:TWO@1h") == stored


@pytest.mark.parametrize(
    ("timeframe", "freq"), [("1h", "h"), ("1d", "D"), ("1w", "W"), ("1mo", "M")]
)
def test_periods_are_the_times_at_which_they_begin(
    client: tradeforge.Client, timeframe: str, freq: str
) -> None:
    periods = pandas.period_range("2024-01-10 09:00", periods=3, freq=freq)
    prices = {"open": [2.0] * 3, "high": [3.0] * 3, "low": [1.0] * 3, "close": [2.5] * 3}
    on = f"TEST:PERIOD@{timeframe}"
    client.import_frame(pandas.DataFrame(prices, index=periods), on)
    stored = client.bars(on).to_pandas().index.tz_localize(None)
    assert list(stored) == list(periods.to_timestamp())


def test_adjusted_closes_that_are_left_out_are_told(
    client: tradeforge.Client, stored: tradeforge.Bars
) -> None:
    frame = stored.to_pandas()
    frame.insert(0, "Adj Close", frame["close"] / 2)
    imported = client.import_frame(frame, "TEST:ADJUSTED@1h", price_tick="0.01")
    understood, step, calendar, days = imported.understood
    assert step.startswith("quantity step: ")
    assert calendar.startswith("calendar: always open")
    assert days.startswith("days: from 00:00 of UTC")
    assert "those adjusted are left out" in understood
    assert "open, high, low, close: columns 3, 4, 5, 6" in understood
    assert client.bars("TEST:ADJUSTED@1h") == stored


THINGS = [None, 7, [1, 2], {"open": [1]}, pandas.Series([1.0]), polars.Series([1.0])]


@pytest.mark.parametrize("thing", THINGS)
def test_what_is_no_frame_is_a_type_error(client: tradeforge.Client, thing: object) -> None:
    with pytest.raises(TypeError, match=f"not {type(thing).__name__}"):
        client.import_frame(thing, "TEST:NONE@1h")


def test_a_faulty_bar_of_a_frame_is_refused_and_nothing_is_kept(
    client: tradeforge.Client,
) -> None:
    frame = polars.DataFrame(
        {
            "time": [datetime(2024, 1, 2, hour, tzinfo=UTC) for hour in range(3)],
            "open": [1.0, 2.0, 3.0],
            "high": [1.0, 2.0, 2.5],
            "low": [1.0, 2.0, 2.0],
            "close": [1.0, 2.0, 2.0],
        }
    )
    with pytest.raises(tradeforge.Invalid, match="polars frame"):
        client.import_frame(frame, "TEST:FAULTY@1h")
    assert "FAULTY" not in [series.symbol for series in client.series()]
