"""Walk-forwards by windows of many shapes, and over several series together."""

from __future__ import annotations

import math
from typing import Any

import pytest

import tradeforge

WAIT_SECONDS = 60
WORK: dict[str, Any] = {
    "params": {"fast": range(5, 16, 5), "slow": [30, 60]},
    "commission": "0.001",
    "cash": 50_000,
}


def test_every_shape_is_a_walk_forward_of_its_own_and_one_more_try(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    shapes = client.walk_forward_shapes(
        "sma_cross",
        on=bars.subscription,
        in_sample_days=[60, 90, 5_000],
        out_of_sample_days=[20, 40],
        timeout=WAIT_SECONDS,
        **WORK,
    )
    rows = shapes.matrix()
    assert {inside: list(row) for inside, row in rows.items()} == {
        60: [20, 40],
        90: [20, 40],
        5_000: [20, 40],
    }
    alone = client.walk_forward(
        "sma_cross", on=bars.subscription, in_sample_days=90, out_of_sample_days=20, **WORK
    ).wait(timeout=WAIT_SECONDS)
    shape = next(
        it for it in shapes.shapes if (it.in_sample_days, it.out_of_sample_days) == (90, 20)
    )
    assert shape.result is not None
    assert shape.result.result_sha256 == alone.result_sha256
    days = alone.metrics["return_days"]
    above = math.log1p(alone.metrics["total_return"]) - math.log1p(alone.baselines["all_trials"])
    assert rows[90][20] == pytest.approx(above / days)
    # What does not fit has no result, and says why.
    assert rows[5_000] == {20: None, 40: None}
    assert all("days" in it.refused for it in shapes.shapes if it.in_sample_days == 5_000)
    assert shapes.sentence.startswith("Of 6 shapes of windows 4 could be compared")
    with pytest.raises(ValueError, match="sharp"):
        shapes.matrix("sharp")


def test_what_no_shape_can_be_walked_with_is_refused_at_once(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    wrong = {**WORK, "params": {"fats": [1, 2]}}
    with pytest.raises(tradeforge.Invalid, match="fats"):
        client.walk_forward_shapes(
            "sma_cross", on=bars.subscription, in_sample_days=[60], out_of_sample_days=[20], **wrong
        )
    with pytest.raises(ValueError, match="81 shapes"):
        client.walk_forward_shapes(
            "sma_cross",
            on=bars.subscription,
            in_sample_days=range(30, 39),
            out_of_sample_days=range(10, 19),
            **WORK,
        )


def test_a_choice_for_several_series_has_an_account_on_each(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    other = client.generate("SYN:OTHER@1h", bars=5_000, seed=31).series
    run = client.walk_forward(
        "sma_cross",
        on_each=[bars.subscription, other.subscription],
        across="mean",
        in_sample_days=60,
        out_of_sample_days=30,
        **WORK,
    )
    result = run.wait(timeout=WAIT_SECONDS)
    assert [it.series.split(":")[0] for it in result.series] == ["SYN", "SYN"]
    assert result.carried is None
    assert result.series[1].carried is not None
    for window in run.windows():
        cash = [float(own.initial_cash) for own in window.series]
        assert float(window.initial_cash) == pytest.approx(sum(cash))
        earned = [own.out_of_sample_metrics["total_return"] for own in window.series]
        together = sum(each * (1 + part) for each, part in zip(cash, earned, strict=True)) / sum(
            cash
        )
        assert window.out_of_sample_metrics["total_return"] == pytest.approx(together - 1)
