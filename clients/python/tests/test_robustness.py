"""Backtests under stress: run again with each of their details changed."""

from __future__ import annotations

from typing import Any

import pytest

import tradeforge

WAIT_SECONDS = 60
ACCOUNT: dict[str, Any] = {"commission": "0.001", "cash": 50_000}
STRESS = tradeforge.Stress(
    paths=500,
    box=5,
    start_shift_days=3,
    fees_times=[0, 1, 2.5],
    noise_draws=6,
    late_bars=[1, 4],
    random_entries=7,
    seed=4,
)


@pytest.fixture(scope="module")
def examined(
    client: tradeforge.Client, bars: tradeforge.Series
) -> tradeforge.Run[tradeforge.RobustnessResult]:
    """Itself, neighbours, fees, ticks, days, noise, delays and random times."""
    run = client.robustness(
        "sma_cross",
        on=bars.subscription,
        params={"fast": 12, "slow": 40},
        stress=STRESS,
        **ACCOUNT,
    )
    assert run.total == 1 + 12 + 5 + 3 + 5 + 3 + 6 + 2 + 7
    run.wait(timeout=WAIT_SECONDS)
    return run


def test_it_tells_in_words_what_was_found(
    examined: tradeforge.Run[tradeforge.RobustnessResult],
) -> None:
    info = examined.info()
    assert (info.kind, info.strategy) == (tradeforge.RunKind.ROBUSTNESS, "sma_cross")
    result = examined.result()
    assert "resampled histories" in result.sentence
    assert result.sentence == result.pb.sentence
    assert (result.completed, result.failed, result.path_count) == (44, 0, 500)
    assert (result.neighbour_count, result.start_count) == (17, 3)
    assert set(result.ruin) == {0.5}
    assert (result.noise_count, result.random_entry_count) == (6, 7)
    assert len(examined.distribution("random.total_return")) == 7
    spread = result.spreads["max_drawdown"]
    assert list(spread.quantiles) == sorted(spread.quantiles)
    assert result.drawdown_p95 == spread.quantiles[-1]
    total = result.spreads["total_return"].observed
    assert total == pytest.approx(result.metrics["total_return"])
    fan = [examined.distribution(name) for name in ("fan.p05", "fan.p50", "fan.p95")]
    assert all(low <= middle <= high for low, middle, high in zip(*fan, strict=True))


def test_every_variant_is_a_backtest(
    client: tradeforge.Client,
    bars: tradeforge.Series,
    examined: tradeforge.Run[tradeforge.RobustnessResult],
) -> None:
    variants = examined.variants()
    assert [variant.place for variant in variants] == list(range(44))
    assert variants[0].part == tradeforge.RobustnessPart.UNSPECIFIED
    near = next(it for it in variants if it.name == "slow" and it.amount == -2)
    assert (near.part, near.params) == (tradeforge.RobustnessPart.NEIGHBOURS, {"slow": 38})
    params: dict[str, Any] = {"fast": 12, "slow": 40}
    for variant in (variants[0], near):
        run = client.backtest(
            "sma_cross", on=bars.subscription, params=params | dict(variant.params), **ACCOUNT
        )
        assert run.wait(timeout=WAIT_SECONDS).metrics == variant.metrics
    plain = client.backtest("sma_cross", on=bars.subscription, params=params, **ACCOUNT)
    result = examined.result()
    assert plain.wait(timeout=WAIT_SECONDS).result_sha256 == result.backtest_sha256
    # The same of the backtest that is there, and of the trial of a search that is it.
    assert plain.robustness(STRESS).wait(timeout=WAIT_SECONDS).result_sha256 == (
        result.result_sha256
    )
    sweep = client.sweep(
        "sma_cross", on=bars.subscription, params={"fast": [11, 12], "slow": 40}, **ACCOUNT
    )
    sweep.wait(timeout=WAIT_SECONDS)
    again = sweep.robustness(STRESS, trial=1).wait(timeout=WAIT_SECONDS)
    assert again.result_sha256 == result.result_sha256


def test_what_is_no_backtest_is_refused(
    client: tradeforge.Client,
    bars: tradeforge.Series,
    examined: tradeforge.Run[tradeforge.RobustnessResult],
) -> None:
    with pytest.raises(tradeforge.Precondition) as refused:
        examined.robustness()
    assert refused.value.reason == "NOT_A_BACKTEST"
    plain = client.backtest("buy_and_hold", on=bars.subscription)
    with pytest.raises(tradeforge.Precondition) as refused:
        plain.variants()
    assert refused.value.reason == "NOT_A_ROBUSTNESS_RUN"


def test_settings_out_of_range_are_refused_by_their_names(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    stress = tradeforge.Stress(steps=21, ruin_levels=[1.5], parts=["costs", "neighbours"])
    with pytest.raises(tradeforge.Invalid) as refused:
        client.robustness("sma_cross", on=bars.subscription, stress=stress)
    assert [path for path, _ in refused.value.fields] == [
        "robustness.neighbour_steps",
        "robustness.ruin_levels[0]",
    ]
    with pytest.raises(ValueError, match="COSTS"):
        client.robustness("sma_cross", on=bars.subscription, stress=tradeforge.Stress(parts=["no"]))
