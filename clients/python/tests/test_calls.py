"""Every call of the contract has a method, and each of the newer ones does what it says."""

from __future__ import annotations

import pickle
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy
import polars
import pytest
from conftest import Gate

import tradeforge
from tradeforge.v1 import (
    market_data_service_pb2,
    result_service_pb2,
    run_service_pb2,
    strategy_service_pb2,
    system_service_pb2,
)

WAIT_SECONDS = 60
SOURCE = Path(tradeforge.__file__).parent
Sweep = tradeforge.Run[tradeforge.SweepResult]


@pytest.fixture(scope="module")
def sweep(client: tradeforge.Client, bars: tradeforge.Series) -> Sweep:
    run = client.sweep(
        "sma_cross",
        on=bars.subscription,
        params={"fast": numpy.arange(5, 31, 5), "slow": range(15, 56, 10)},
        labels={"desk": "maps"},
    )
    run.wait(timeout=WAIT_SECONDS)
    return run


def test_every_call_of_the_contract_has_a_method() -> None:
    text = "".join(path.read_text() for path in SOURCE.glob("_*.py"))
    modules = (
        market_data_service_pb2,
        result_service_pb2,
        run_service_pb2,
        strategy_service_pb2,
        system_service_pb2,
    )
    calls = [
        method.name
        for module in modules
        for service in module.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    ]
    assert len(calls) >= 22
    # What these give, `trades`, `bars` and `import_aux` give whole by others.
    spared = {"ListTrades", "ExportBars", "ImportAux"}
    missing = [name for name in calls if not re.search(rf"\.{name}\b", text)]
    assert set(missing) <= spared


def test_runs_are_a_frame(client: tradeforge.Client, bars: tradeforge.Series, sweep: Sweep) -> None:
    run = client.backtest(
        "sma_cross",
        on=bars.subscription,
        params={"fast": 7, "slow": 40, "direction": "both"},
        display_name="mine",
        labels={"desk": "fx"},
    )
    sharpe = run.wait(timeout=WAIT_SECONDS).metrics["sharpe"]
    frame = client.runs("state = COMPLETED").to_pandas()
    row = frame.loc[run.id]
    assert (row["display_name"], row["labels.desk"], row["strategy"]) == ("mine", "fx", "sma_cross")
    assert (row["params.fast"], row["params.direction"]) == (7, "both")
    assert row["metrics.sharpe"] == sharpe
    assert set(frame["state"]) == {"COMPLETED"}
    assert frame.loc[sweep.id, "objective_value"] == sweep.top(1)[0].objective
    assert frame.loc[sweep.id, "kind"] == "OPTIMIZATION"

    mine = client.runs('labels.desk = "fx"')
    assert [info.id for info in mine] == [run.id]
    assert mine[0].subscriptions == (client.run(run.id).info().subscriptions)
    assert len(client.runs(limit=1)) == 1
    assert client.runs("strategy = none_such").to_polars().is_empty()


def test_a_deleted_run_is_gone(client: tradeforge.Client, bars: tradeforge.Series) -> None:
    run = client.backtest("buy_and_hold", on=bars.subscription, reuse="always_new")
    other = client.backtest("buy_and_hold", on=bars.subscription, reuse="always_new")
    for each in (run, other):
        each.wait(timeout=WAIT_SECONDS)
    run.delete()
    client.delete(other.id)
    for each in (run, other):
        with pytest.raises(tradeforge.NotFound):
            each.status()


def test_a_live_run_is_not_deleted(
    client: tradeforge.Client, bars: tradeforge.Series, gate: Gate
) -> None:
    run = client.backtest("gate", on=bars.subscription, params=gate.params)
    next(status for status in run.watch() if status.state is tradeforge.RunState.RUNNING)
    with pytest.raises(tradeforge.Precondition):
        run.delete()


def test_many_runs_are_watched_on_one_stream(
    client: tradeforge.Client, bars: tradeforge.Series, gate: Gate
) -> None:
    runs: list[Any] = [
        client.backtest("buy_and_hold", on=bars.subscription, reuse="always_new") for _ in range(5)
    ]
    seen = list(client.watch(runs))
    finals = [status.run_id for status in seen if status.is_final]
    assert sorted(finals) == sorted(run.id for run in runs), "each final status, once"
    live = client.backtest("gate", on=bars.subscription, params=gate.params)
    assert any(status.run_id == live.id for status in client.watch())


def test_an_equity_curve_has_a_point_a_bar_unless_it_is_thinned(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    run = client.backtest("sma_cross", on=bars.subscription, params={"fast": 5, "slow": 20})
    result = run.wait(timeout=WAIT_SECONDS)
    equity = run.equity()
    assert len(equity) == equity.total_points == result.equity_point_count == 5_001
    assert not equity.is_thinned
    assert (equity[0].time, equity[0].equity) == (bars.first_bar_time, 10_000.0)
    assert equity[-1].time == bars.end_time
    assert equity[-1].equity == pytest.approx(result.metrics["final_equity"], abs=0.01)
    assert max(equity["drawdown"]) == pytest.approx(result.metrics["max_drawdown"])
    thin = run.equity(max_points=100)
    assert thin.is_thinned
    assert len(thin) <= 100 < thin.total_points
    assert equity.to_pandas().index.name == "time"


def test_weights_of_all_closes_come_to_the_average_leverage(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    run = client.backtest("sma_cross", on=bars.subscription, params={"fast": 5, "slow": 20})
    result = run.wait(timeout=WAIT_SECONDS)
    weights, equity = run.weights(max_points=40_000), run.equity()
    assert not weights.is_thinned
    assert weights["time"] == equity["time"]
    shares = weights["SYN:DEMO"]
    assert shares[0] == 0.0
    held = sum(abs(share) * each for share, each in zip(shares, equity["equity"], strict=True))
    leverage = held / sum(equity["equity"][1:])
    assert leverage == pytest.approx(result.metrics["average_leverage"], rel=1e-9)
    thin = run.weights(max_points=100)
    assert thin.is_thinned
    assert len(thin) <= 100 < thin.total_points
    assert thin.to_pandas().columns.tolist() == ["SYN:DEMO"]


def test_all_stored_bars_can_be_had(client: tradeforge.Client) -> None:
    client.generate("SYN:MANY@1m", bars=50_000, seed=7)
    bars = client.bars("SYN:MANY@1m")
    assert bars.timeframe == "1m"
    first = datetime(2020, 1, 1, tzinfo=UTC)
    assert bars["time"] == [first + timedelta(minutes=place) for place in range(50_000)]
    cut = client.bars("SYN:MANY@1m", start="2020-01-02", end="2020-01-02T00:10:00Z")
    assert cut["close"] == bars["close"][1_440:1_450]
    assert isinstance(cut[0], tradeforge.Bar)
    coarse = client.bars("SYN:MANY@1m", max_bars=100)
    assert len(coarse) <= 100
    assert coarse.timeframe != "1m"
    hours = client.bars("SYN:MANY@1h").to_polars()
    assert hours["high"][0] == max(bars["high"][:60])


def test_a_version_of_a_series_is_removed(client: tradeforge.Client) -> None:
    first = client.generate("SYN:VERSIONS@1h", bars=10, seed=1).series
    second = client.generate("SYN:VERSIONS@1h", bars=20, seed=1).series
    both = client.series('symbol = "VERSIONS"', old_versions=True)
    assert [(each.bar_count, each.is_newest) for each in both] == [(20, True), (10, False)]
    client.delete_series(second)
    assert [each.data_sha256 for each in client.series('symbol = "VERSIONS"')] == [
        first.data_sha256
    ]


def test_failures_are_grouped(client: tradeforge.Client, bars: tradeforge.Series) -> None:
    run = client.sweep(
        "sma_cross", on=bars.subscription, params={"fast": [10, 20], "slow": [10, 20, 30]}
    )
    run.wait(timeout=WAIT_SECONDS)
    (group,) = run.failures()
    assert (group.reason, group.count) == ("PARAM_INVALID", 3)
    assert run.trial(group.sample_trial_index).state is tradeforge.TrialState.FAILED
    assert run.result().failures == (group,)


def test_the_best_trials_come_first(sweep: Sweep) -> None:
    top = sweep.top(3)
    assert [trial.index for trial in top] == [it.index for it in sweep.result().top_trials[:3]]
    worst = sweep.top(2, order_by="metrics.sharpe asc")
    assert worst[0].metrics["sharpe"] <= worst[1].metrics["sharpe"] < top[2].metrics["sharpe"]


def test_trials_are_watched_each_once(sweep: Sweep) -> None:
    parts = list(sweep.watch_trials(columns=["metrics.sharpe"]))
    indices = [trial.index for part in parts for trial in part]
    assert sorted(indices) == list(range(30))
    assert list(sweep.watch_trials(after_cursor=parts[-1].cursor)) == []


def test_arrays_of_numpy_and_columns_of_frames_are_axes(
    client: tradeforge.Client, bars: tradeforge.Series, sweep: Sweep
) -> None:
    assert set(sweep.trials()["params.fast"]) == {5, 10, 15, 20, 25, 30}
    run = client.sweep(
        "bollinger_reversion",
        on=bars.subscription,
        params={
            "period": polars.Series([10, 20]),
            "deviations": numpy.arange(1.0, 2.0, 0.1),
        },
    )
    assert run.total == 20
    run.wait(timeout=WAIT_SECONDS)
    assert sorted(set(run.trials()["params.deviations"])) == [
        1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9,
    ]  # fmt: skip


def test_what_would_be_run_is_checked_by_the_same_keywords(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    params: dict[str, Any] = {"fast": 10, "slow": 50}
    one = client.validate("sma_cross", on=bars.subscription, params=params)
    assert one.total == 5_000
    swept = params | {"fast": range(5, 15)}
    many = client.validate("sma_cross", on=bars.subscription, params=swept, where="fast > 9")
    assert many.total == 5
    with pytest.raises(tradeforge.Invalid, match="fats"):
        client.validate("sma_cross", on=bars.subscription, params={"fats": 1})


def test_handles_and_clients_come_out_of_pickles(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    run = client.backtest("buy_and_hold", on=bars.subscription)
    again, other = pickle.loads(pickle.dumps((run, client)))
    assert again == run
    assert again.disposition is run.disposition
    assert again.wait(timeout=WAIT_SECONDS) == run.wait(timeout=WAIT_SECONDS)
    assert other.run(run.id).status() == run.status()
    assert again._wire is other.wire, "one connection for all that comes out of pickles"


def test_a_run_in_a_notebook_links_to_its_page(
    client: tradeforge.Client, bars: tradeforge.Series, server: str
) -> None:
    run = client.backtest("buy_and_hold", on=bars.subscription, reuse="always_new")
    assert f'href="{server.rstrip("/")}/runs/{run.id}"' in run._repr_html_()
    assert "5,000 to do" in run._repr_html_()
    run.wait(timeout=WAIT_SECONDS)
    assert "COMPLETED" in run._repr_html_()
    assert server.rstrip("/") in client._repr_html_()
