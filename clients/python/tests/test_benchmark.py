"""A market to be measured against, and what prices are in, against a real server."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import tradeforge as tf


def bars(folder: Path, seed: int) -> Path:
    """Write 400 hours of a walk to a file."""
    chance, close = random.Random(seed), 1_000
    rows = ["time,open,high,low,close,volume"]
    for hour in range(400):
        opened, close = close, close + chance.randint(-9, 9)
        high, low = max(opened, close), min(opened, close)
        rows.append(f"{1_704_067_200 + hour * 3_600},{opened},{high},{low},{close},1")
    file = folder / f"{seed}.csv"
    file.write_text("\n".join(rows))
    return file


def test_a_benchmark_fills_what_is_measured_against_it(client: tf.Client, tmp_path: Path) -> None:
    for name, seed in (("OWN", 1), ("INDEX", 2)):
        client.import_file(bars(tmp_path, seed), f"MEASURED:{name}@1h")
    params = {"fast": 3, "slow": 9}
    alone = client.backtest("sma_cross", on="MEASURED:OWN@1h", params=params).wait()
    measured = client.backtest(
        "sma_cross", on="MEASURED:OWN@1h", params=params, benchmark="MEASURED:INDEX@1h"
    ).wait()
    names = {"alpha", "beta", "information_ratio"}
    assert names <= set(measured.metrics)
    assert not names & set(alone.metrics)
    with pytest.raises(tf.Invalid, match="benchmark"):
        client.sweep(
            "sma_cross", on="MEASURED:OWN@1h", params={"fast": range(2, 5)}, objective="alpha"
        )


def test_an_account_of_two_currencies_is_refused(client: tf.Client, tmp_path: Path) -> None:
    for name, currency in (("EURUSD", "USD"), ("USDJPY", "JPY")):
        file = bars(tmp_path, 3)
        told = client.import_file(file, f"FX:{name}@1h", quote_currency=currency)
        assert told.series.quote_currency == currency
    with pytest.raises(tf.Invalid, match="JPY"):
        client.backtest("sma_cross", on=["FX:EURUSD@1h", "FX:USDJPY@1h"])
