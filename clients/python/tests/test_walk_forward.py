"""Searches judged by days that they had not seen."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

import tradeforge

WAIT_SECONDS = 60
ACCOUNT: dict[str, Any] = {"commission": "0.001", "cash": 50_000}


@pytest.fixture(scope="module")
def walk(
    client: tradeforge.Client, bars: tradeforge.Series
) -> tradeforge.Run[tradeforge.WalkForwardResult]:
    """Of 208 days, sixty to choose by and thirty after them: four windows of six trials."""
    run = client.walk_forward(
        "sma_cross",
        on=bars.subscription,
        params={"fast": range(5, 16, 5), "slow": [30, 60]},
        in_sample_days=60,
        out_of_sample_days=30,
        **ACCOUNT,
    )
    assert run.total == 4 * 2 * 6
    run.wait(timeout=WAIT_SECONDS)
    return run


def test_a_plateau_is_chosen_where_that_is_asked_for(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    def chosen(*, plateau: bool) -> tuple[list[int | None], str]:
        run = client.walk_forward(
            "sma_cross",
            on=bars.subscription,
            params={"fast": range(5, 26, 5), "slow": range(30, 71, 10)},
            in_sample_days=60,
            out_of_sample_days=30,
            plateau=plateau,
            **ACCOUNT,
        )
        result = run.wait(timeout=WAIT_SECONDS)
        return [window.selected_trial for window in run.windows()], result.result_sha256

    assert chosen(plateau=True) != chosen(plateau=False)


def test_a_walk_forward_tells_of_days_that_it_had_not_seen(
    walk: tradeforge.Run[tradeforge.WalkForwardResult],
) -> None:
    info = walk.info()
    assert info.kind == tradeforge.RunKind.WALK_FORWARD
    assert info.strategy == "sma_cross"
    result = walk.result()
    assert (result.window_count, result.completed, result.failed) == (4, 48, 0)
    assert set(result.baselines) == {
        "all_trials",
        "median_trial",
        "defaults",
        "buy_and_hold",
        "hindsight",
    }
    assert result.baselines["hindsight"] >= result.metrics["total_return"]
    assert "days that it had not seen" in result.sentence
    assert result.sentence == result.pb.sentence


def test_every_window_is_a_backtest_that_can_be_made_again(
    client: tradeforge.Client,
    bars: tradeforge.Series,
    walk: tradeforge.Run[tradeforge.WalkForwardResult],
) -> None:
    windows = walk.windows()
    assert [window.index for window in windows] == [0, 1, 2, 3]
    assert windows[0].initial_cash == "50000"
    growth = 1.0
    for before, after in pairwise(windows):
        assert before.in_sample[1] == before.out_of_sample[0]
        assert before.out_of_sample[1] == after.out_of_sample[0]
    for window in windows:
        start, end = window.out_of_sample
        run = client.backtest(
            "sma_cross",
            on=bars.subscription,
            params=window.params,
            start=start,
            end=end,
            warmup=walk.info().pb.walk_forward.search.base.warmup_bars,
            end_of_run_policy=tradeforge.EndOfRunPolicy.CLOSE_AT_LAST_CLOSE,
            **(ACCOUNT | {"cash": window.initial_cash}),
        )
        again = run.wait(timeout=WAIT_SECONDS)
        assert again.result_sha256 == window.result_sha256
        assert again.metrics == window.out_of_sample_metrics
        growth *= 1 + again.metrics["total_return"]
    assert walk.result().metrics["total_return"] == pytest.approx(growth - 1)


def test_the_trials_of_a_window_are_a_table_of_both_of_its_parts(
    walk: tradeforge.Run[tradeforge.WalkForwardResult],
) -> None:
    for window in walk.windows():
        trials = walk.window_trials(window.index)
        assert len(trials) == 6
        best = max(trials, key=lambda trial: (trial.in_sample or -9, -trial.index))
        assert best.index == window.selected_trial
        assert best.in_sample == window.in_sample_objective
        assert dict(best.params) == dict(window.params)
        assert all(trial.state == tradeforge.TrialState.COMPLETED for trial in trials)
    few = walk.window_trials(0, columns=["out_of_sample"])
    assert list(few.columns) == ["trial_index", "state", "out_of_sample"]
    with pytest.raises(tradeforge.Invalid, match="there are windows 0 to 3"):
        walk.window_trials(4)


def test_the_choices_are_one_backtest_that_can_be_made_again(
    client: tradeforge.Client,
    bars: tradeforge.Series,
    walk: tradeforge.Run[tradeforge.WalkForwardResult],
) -> None:
    carried = walk.result().carried
    assert carried is not None
    assert not carried.error
    again = client.submit(carried.backtest).wait(timeout=WAIT_SECONDS)
    assert isinstance(again, tradeforge.BacktestResult)
    assert again.result_sha256 == carried.result_sha256
    assert again.metrics == carried.metrics
    windows = walk.windows()
    run = client.backtest(
        "sma_cross",
        on=bars.subscription,
        params=windows[0].params,
        schedule={window.out_of_sample[0]: window.params for window in windows[1:]},
        start=windows[0].out_of_sample[0],
        end=windows[-1].out_of_sample[1],
        warmup=walk.info().pb.walk_forward.search.base.warmup_bars,
        end_of_run_policy=tradeforge.EndOfRunPolicy.CLOSE_AT_LAST_CLOSE,
        **ACCOUNT,
    )
    assert run.wait(timeout=WAIT_SECONDS).result_sha256 == carried.result_sha256


def test_another_handover_is_another_account(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    assert bars.first_bar_time is not None
    first = bars.first_bar_time

    def final_equity(day: int, handover: tradeforge.Handover | str) -> float:
        run = client.backtest(
            "sma_cross",
            on=bars.subscription,
            params={"fast": 5, "slow": 30},
            schedule={first + timedelta(days=day): {"slow": 60}},
            handover=handover,
            **ACCOUNT,
        )
        return run.wait(timeout=WAIT_SECONDS).metrics["final_equity"]

    # On some of these days a position is open.
    known = [{final_equity(day, it) for it in tradeforge.Handover} for day in range(40, 121, 10)]
    assert max(map(len, known)) > 1
    with pytest.raises(ValueError, match="handover must be one of"):
        final_equity(60, "closed")


def test_only_a_walk_forward_has_windows(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    run = client.backtest("buy_and_hold", on=bars.subscription)
    with pytest.raises(tradeforge.Precondition) as refused:
        run.windows()
    assert refused.value.reason == "NOT_A_WALK_FORWARD"


def test_lengths_that_are_half_given_are_refused_by_their_names(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    with pytest.raises(tradeforge.Invalid) as refused:
        client.walk_forward(
            "sma_cross",
            on=bars.subscription,
            params={"fast": range(5, 16, 5)},
            in_sample_days=60,
            anchored=True,
        )
    fields = [path for path, _ in refused.value.fields]
    assert fields == ["walk_forward.anchored.out_of_sample_days"]


def test_windows_can_be_parts_of_one_simulation(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    run = client.walk_forward(
        "sma_cross",
        on=bars.subscription,
        params={"fast": range(5, 16, 5), "slow": [30, 60]},
        in_sample_days=60,
        out_of_sample_days=30,
        carried=True,
        **ACCOUNT,
    )
    assert run.total == 6
    run.wait(timeout=WAIT_SECONDS)
    windows = run.windows()
    assert len(windows) == 4
    for window in windows:
        assert set(window.carried_metrics) >= {"total_return", "max_drawdown", "trade_count"}
        assert "total_return" in window.out_of_sample_metrics
