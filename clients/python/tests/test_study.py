"""Searches that another program drives, Optuna among them."""

from __future__ import annotations

import optuna
import pytest

import tradeforge
from tradeforge import Steps, aio


def test_points_are_computed_once_and_told_in_the_order_asked(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    study = client.study(
        "by hand",
        "sma_cross",
        on=bars.subscription,
        params={"direction": "both"},
        metrics=("sharpe", "max_drawdown"),
        commission="0.001",
    )
    one, other = {"fast": 5, "slow": 40}, {"fast": 9, "slow": 30}
    told = study.try_points([one, other, one])
    assert [each.point for each in told] == [one, other, one]
    assert told[0] == told[2]
    assert told[0].is_good
    again = study.try_points([other, {"fast": 50, "slow": 20}])
    assert again[0] == told[1]
    assert again[1].state == "FAILED"
    assert not again[1].is_good
    assert len(study.tried) == 3
    assert len(study.run_ids) == 2

    trial = client.run(told[1].run_id).trial(told[1].trial_index)
    assert trial.params == {"direction": "both", **other}
    assert told[1].metrics == {name: trial.metrics[name] for name in ("sharpe", "max_drawdown")}
    assert told[1].value == trial.metrics["sharpe"]
    labelled = client.runs('labels.study = "by hand"')
    assert sorted(labelled["run_id"]) == sorted(study.run_ids)


def test_optuna_drives_a_search_and_the_same_seed_finds_it_done(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)

    def searched() -> tuple[optuna.Study, list[tradeforge.Tried], list[str]]:
        study = client.study(
            "by optuna",
            "rsi_reversion",
            on=bars.subscription,
            metrics=("total_return", "max_drawdown"),
        )
        sampler = optuna.samplers.TPESampler(seed=3)
        optimizer = optuna.create_study(directions=["maximize", "minimize"], sampler=sampler)
        space: dict[str, tradeforge.Swept] = {
            "period": range(5, 30),
            "oversold": Steps(10.0, 40.0, 2.5),
            "overbought": [60.0, 70.0, 80.0],
        }
        return optimizer, study.optimize(optimizer, space, trials=20, batch=8), study.run_ids

    optimizer, tried, run_ids = searched()
    assert len(optimizer.trials) == 20
    assert len(run_ids) == 3
    known = {tuple(sorted(each.point.items())): each for each in tried}
    for trial in optimizer.trials:
        result = known[tuple(sorted(trial.params.items()))]
        if result.is_good:
            assert tuple(trial.values) == result.values
        else:
            assert trial.state == optuna.trial.TrialState.FAIL
    assert any(each.is_good for each in tried)
    assert searched()[2] == run_ids, "what is computed is found, run by run"


def test_any_program_drives_a_search_and_ends_it_by_asking_nothing(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    study = client.study("climb", "sma_cross", on=bars.subscription, params={"slow": 60})
    best: list[tradeforge.Tried] = []
    left = [[{"fast": fast} for fast in (5, 10)], [{"fast": 12}]]

    def tell(results: list[tradeforge.Tried]) -> None:
        best.append(max(results, key=lambda each: each.value or 0.0))

    tried = study.drive(lambda _: left.pop(0) if left else [], tell, trials=100)
    assert len(tried) == 3
    assert len(best) == 2
    with pytest.raises(ValueError, match="metrics"):
        client.study("none", "sma_cross", on=bars.subscription, metrics=())


async def _drive(server: str, bars: tradeforge.Series) -> int:
    async with aio.connect(server) as client:
        study = client.study("waiting", "sma_cross", on=bars.subscription)
        told = await study.try_points([{"fast": 7, "slow": 44}])
        return len(told)


def test_it_is_the_same_for_asyncio(server: str, bars: tradeforge.Series) -> None:
    import asyncio

    assert asyncio.run(_drive(server, bars)) == 1
