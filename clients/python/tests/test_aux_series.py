"""Auxiliary series: what was computed in pandas trades as the shipped strategy does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas
import polars
import pytest

import tradeforge

ON = "SYN:AUX@1h"
FAST, SLOW = 10, 50


@pytest.fixture(scope="module")
def bars(client: tradeforge.Client) -> Any:
    client.generate(ON, bars=3_000, seed=5, price_tick="0.01")
    return client.bars(ON).to_pandas()


def crossings(bars: Any) -> Any:
    """Compute an SMA cross as anyone would in pandas, stamped by the opens of its bars."""
    # In whole cents, so that a tie is one.
    cents = (bars["close"] * 100).round()
    difference = cents.rolling(FAST).sum() * SLOW - cents.rolling(SLOW).sum() * FAST
    before = difference.shift()
    up, down = (difference > 0) & (before <= 0), (difference < 0) & (before >= 0)
    return pandas.DataFrame(
        {"enter_long": up, "exit_long": down, "enter_short": down, "exit_short": up}
    )


def test_a_cross_computed_in_pandas_trades_as_the_shipped_one(
    client: tradeforge.Client, bars: Any
) -> None:
    imported = client.import_aux(crossings(bars), "cross@SYN:AUX", known="1h")
    assert imported.created
    assert "of 1h bars at whose ends a row was known" in imported.understood
    assert imported.series.columns == ("enter_long", "exit_long", "enter_short", "exit_short")
    options: dict[str, Any] = {"on": ON, "cash": "10000", "commission": "0.001"}
    shipped = client.backtest(
        "sma_cross", params={"fast": FAST, "slow": SLOW, "direction": "both"}, **options
    ).wait()
    run = client.backtest("follow_series", aux="cross@SYN:AUX", **options)
    result = run.wait()
    assert isinstance(result, tradeforge.BacktestResult)
    assert isinstance(shipped, tradeforge.BacktestResult)
    assert shipped.trade_count > 20
    assert result.result_sha256 == shipped.result_sha256
    assert result.stale_rows == 0
    assert result.acted_rows is not None
    assert result.acted_rows >= shipped.trade_count
    assert shipped.acted_rows is None


def test_rows_come_back_from_polars_and_pandas_as_they_were(client: tradeforge.Client) -> None:
    times = [datetime(2025, 1, day, tzinfo=UTC) for day in (1, 2, 3)]
    values: list[float | None] = [0.5, None, -0.25]
    frame = polars.DataFrame({"known_at": times, "weight": values})
    first = client.import_aux(frame, "rows", known="known_at")
    again = client.import_aux(frame.to_pandas(), "rows", known="known_at")
    assert first.created
    assert not again.created
    rows = client.aux_rows(first.series)
    assert rows["known_at"] == times
    assert rows["weight"] == values
    named = [str(series) for series in client.aux_series() if series.name == "rows"]
    assert named == ["rows"]
    later = client.import_aux(
        frame.rename({"known_at": "time"}), "rows", known=timedelta(minutes=5), time="time"
    )
    assert later.series.first_time == times[0] + timedelta(minutes=5)
    client.delete_aux(later.series)
    assert [each.data_sha256 for each in client.aux_series() if each.name == "rows"] == [
        first.series.data_sha256
    ]


def test_when_a_row_was_known_has_no_default_and_is_refused_where_it_contradicts(
    client: tradeforge.Client,
) -> None:
    frame = pandas.DataFrame({"known_at": ["2025-01-01"], "weight": [1.0]})
    with pytest.raises(TypeError, match="known"):
        client.import_aux(frame, "rows")  # type: ignore[call-arg]
    with pytest.raises(tradeforge.Invalid, match="leave out"):
        client.import_aux(frame, "rows", known="1h")
    with pytest.raises(ValueError, match="NAME@EXCHANGE:SYMBOL"):
        client.import_aux(frame, "rows@SYN", known="known_at")
    with pytest.raises(tradeforge.Invalid, match="follow_series does"):
        client.backtest("buy_and_hold", on=ON, aux="rows")
