"""The whole way: this client against the real server."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import Gate

import tradeforge

PARAMS: dict[str, tradeforge.ParamInput] = {"fast": 10, "slow": 50}
WAIT_SECONDS = 60
NOBODY = "01938f00-0000-7000-8000-000000000000"


def start(
    client: tradeforge.Client, bars: tradeforge.Series, **changes: Any
) -> tradeforge.Run[tradeforge.BacktestResult]:
    """Start the same backtest as always, as a new run, except for the changes."""
    arguments: dict[str, Any] = {
        "on": bars.subscription,
        "params": PARAMS,
        "cash": "10000",
        "commission": "0.001",
        "reuse": "always_new",
    }
    return client.backtest("sma_cross", **(arguments | changes))


def csv(rows: int, first: datetime = datetime(2022, 1, 3, tzinfo=UTC)) -> list[str]:
    """Write hourly bars, the heading first."""
    lines = ["open_time,open,high,low,close,volume"]
    for row in range(rows):
        millis = int((first + timedelta(hours=row)).timestamp()) * 1_000
        price = 100 + row % 7
        lines.append(f"{millis},{price}.00,{price + 1}.25,{price - 1}.50,{price}.75,{row}.5")
    return lines


def test_the_server_tells_what_it_is(client: tradeforge.Client) -> None:
    info = client.server_info()
    assert info.version
    assert info.engine_version
    assert info.worker_threads >= 1
    assert all(info.limits[name] > 0 for name in ("max_trials_per_run", "max_message_bytes"))
    assert client.workers() == [], "nobody computes for a server without a fleet"


def test_the_strategies_describe_their_parameters(client: tradeforge.Client) -> None:
    strategies = {strategy.name: strategy for strategy in client.strategies()}
    params = {param.name: param for param in strategies["sma_cross"].params}
    assert params["fast"].default == 10
    assert params["slow"].default == 50
    assert (params["fast"].minimum, params["fast"].maximum) == (1, 10_000)
    assert "long_only" in params["direction"].choices


def test_synthetic_bars_are_stored_once(client: tradeforge.Client, bars: tradeforge.Series) -> None:
    again = client.generate("SYN:DEMO@1h", bars=5_000, seed=42)
    assert not again.created
    assert again.series.data_sha256 == bars.data_sha256
    assert bars.bar_count == 5_000
    assert bars.first_bar_time == datetime(2020, 1, 1, tzinfo=UTC)
    assert bars.end_time == datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=5_000)
    assert bars.data_sha256 in [series.data_sha256 for series in client.series()]


def test_a_backtest_answers_before_it_is_done_and_then_gives_its_result(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    run = start(client, bars)
    assert run.disposition is tradeforge.Disposition.CREATED
    assert not run.is_dedup
    assert run.total == 5_000
    result = run.wait(timeout=WAIT_SECONDS)
    assert result.run_id == run.id
    assert result.metrics["trade_count"] == result.trade_count > 0
    assert result.equity_point_count == 5_001
    assert run.result() == result

    status = client.run(run.id).status()
    assert status.state is tradeforge.RunState.COMPLETED
    assert status.progress.completed == status.progress.total == 5_000
    assert status.create_time is not None
    assert status.end_time is not None
    assert status.create_time <= status.end_time


def test_a_watch_rises_and_ends_with_one_final_status(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    run = start(client, bars)
    seen = list(run.watch(min_interval=0.05))
    sequences = [status.sequence for status in seen]
    assert sequences == sorted(set(sequences))
    assert [status.is_final for status in seen] == [False] * (len(seen) - 1) + [True]
    assert seen[-1].state is tradeforge.RunState.COMPLETED
    assert seen[-1] == run.status()

    after = list(run.watch(after_sequence=seen[-1].sequence))
    assert after == seen[-1:], "a final status is sent in any case"


@pytest.mark.parametrize("at_the_end", ["MARK_OPEN", "CLOSE_AT_LAST_CLOSE"])
def test_the_trades_are_those_that_the_result_counts(
    client: tradeforge.Client, bars: tradeforge.Series, at_the_end: str
) -> None:
    run = start(client, bars, params=PARAMS | {"direction": "both"}, end_of_run_policy=at_the_end)
    result = run.wait(timeout=WAIT_SECONDS)
    trades = run.trades()
    closed = [trade for trade in trades if trade.exit_time]
    assert len(closed) == result.trade_count > 0
    assert len(trades) - len(closed) in ([0, 1] if at_the_end == "MARK_OPEN" else [0])
    assert [trade.trade_index for trade in trades] == list(range(len(trades)))
    assert {trade.side for trade in closed} == {"LONG", "SHORT"}
    assert all(trade.exit_time and trade.entry_time <= trade.exit_time for trade in closed)
    profit = sum(trade.profit for trade in trades)
    assert profit == pytest.approx(result.metrics["net_profit"], abs=0.01)
    for trade in closed[:3]:
        fills = run.fills(trade.trade_index)
        assert sum(fill.fee for fill in fills) == pytest.approx(trade.fees, abs=1e-6)
        assert (fills[0].time, fills[0].exit_reason) == (trade.entry_time, None)
        assert (fills[-1].time, fills[-1].exit_reason) == (trade.exit_time, trade.exit_reason)
        assert [fills[0].side, fills[-1].side] == (
            ["BUY", "SELL"] if trade.side == "LONG" else ["SELL", "BUY"]
        )
        assert fills[-1].position == 0
    with pytest.raises(tradeforge.Invalid, match="trade_index"):
        run.fills(len(trades))


def test_a_range_cuts_the_bars(client: tradeforge.Client, bars: tradeforge.Series) -> None:
    run = start(client, bars, start="2020-02-01", end="2020-03-01")
    assert run.total == 29 * 24
    run.wait(timeout=WAIT_SECONDS)


def test_a_coarser_timeframe_is_made_of_the_finer_one(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    run = start(client, bars, on="SYN:DEMO@4h")
    assert bars.timeframe == "1h"
    assert run.total == 1_250
    run.wait(timeout=WAIT_SECONDS)


def test_equal_work_has_an_equal_key_and_result(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    one, other = start(client, bars), start(client, bars, cash="10000.00", display_name="again")
    changed = start(client, bars, params={"fast": 11, "slow": 50})
    assert len({one.id, other.id, changed.id}) == 3
    assert one.run_key == other.run_key != changed.run_key
    first, second, third = (run.wait(timeout=WAIT_SECONDS) for run in (one, other, changed))
    assert first.result_sha256 == second.result_sha256 != third.result_sha256


def test_a_live_run_is_seen_joined_and_goes_on_when_nobody_waits(
    client: tradeforge.Client, bars: tradeforge.Series, gate: Gate
) -> None:
    run = client.backtest("gate", on=bars.subscription, params=gate.params)
    live = next(status for status in run.watch() if status.state is tradeforge.RunState.RUNNING)
    assert not live.is_final
    with pytest.raises(tradeforge.WaitTimeout) as timeout:
        run.wait(timeout=0.05)
    assert timeout.value.status.state is tradeforge.RunState.RUNNING
    with pytest.raises(tradeforge.Precondition) as caught:
        run.result()
    assert caught.value.reason == "RUN_NOT_FINISHED"

    joined = client.backtest("gate", on=bars.subscription, params=gate.params)
    assert joined.id == run.id
    assert joined.disposition is tradeforge.Disposition.JOINED

    gate.open()
    assert run.wait(timeout=WAIT_SECONDS).equity_point_count == 5_001


def test_a_live_run_is_cancelled(
    client: tradeforge.Client, bars: tradeforge.Series, gate: Gate
) -> None:
    run = client.backtest("gate", on=bars.subscription, params=gate.params)
    watch = run.watch()
    next(status for status in watch if status.state is tradeforge.RunState.RUNNING)
    assert run.cancel("enough").state is tradeforge.RunState.CANCELLED
    assert [status.state for status in watch][-1] is tradeforge.RunState.CANCELLED
    assert run.cancel("again").state is tradeforge.RunState.CANCELLED, "asking twice is no error"
    with pytest.raises(tradeforge.RunCancelled, match="enough"):
        run.wait(timeout=WAIT_SECONDS)


def test_a_paused_run_goes_on_to_the_same(
    client: tradeforge.Client, bars: tradeforge.Series, gate: Gate
) -> None:
    run = client.backtest("gate", on=bars.subscription, params=gate.params)
    paused = run.pause("lunch")
    assert paused.state is tradeforge.RunState.PAUSED
    assert not paused.is_final
    assert paused.pause is not None
    assert paused.pause.reason == "lunch"
    assert run.id in client.runs("state = PAUSED").to_pandas().index
    resumed = run.resume()
    assert resumed.pause is None
    assert resumed.attempt == paused.attempt + 1
    gate.open()
    assert run.wait(timeout=WAIT_SECONDS).equity_point_count == 5_001
    with pytest.raises(tradeforge.Precondition) as caught:
        run.pause()
    assert caught.value.reason == "RUN_ALREADY_FINISHED"


def test_a_run_that_takes_too_long_fails_and_tells_why(
    client: tradeforge.Client, bars: tradeforge.Series, gate: Gate
) -> None:
    hour = timedelta(hours=1)
    run = client.backtest(
        "gate", on=bars.subscription, params=gate.params, deadline=hour, compute_budget=3_600
    )
    info = run.info()
    assert info.deadline is not None
    assert timedelta() < info.deadline - datetime.now(UTC) <= hour
    assert info.compute_budget == hour
    changed = run.update(deadline="none", compute_budget=timedelta(milliseconds=50))
    assert (changed.deadline, changed.compute_budget) == (None, timedelta(milliseconds=50))
    with pytest.raises(tradeforge.RunFailed) as caught:
        run.wait(timeout=WAIT_SECONDS)
    assert caught.value.reason == "COMPUTE_BUDGET_EXHAUSTED"
    assert run.info().compute_time >= timedelta(milliseconds=50)


def test_a_search_that_was_stopped_is_gone_on_from(
    client: tradeforge.Client, bars: tradeforge.Series, gate: Gate
) -> None:
    params: dict[str, Any] = {"key": [gate.key], "bars": [1, 2, 3]}
    stopped = client.sweep("gate", on=bars.subscription, params=params, display_name="night")
    stopped.cancel()
    gate.open()
    run = stopped.go_on()
    assert run.wait(timeout=WAIT_SECONDS).completed == 3
    info = run.info()
    assert (info.display_name, info.pb.continue_run_id) == ("night", stopped.id)
    with pytest.raises(tradeforge.Precondition) as caught:
        run.go_on()
    assert caught.value.reason == "RUN_ALREADY_FINISHED"


def test_runs_are_listed_by_a_metric_and_removed_together(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    for cash in ("34567", "34568", "34569"):
        run = start(client, bars, cash=cash, labels={"batch": "one"})
        run.wait(timeout=WAIT_SECONDS)
    fits = "labels.batch = one AND net_profit > -1e12"
    profits = client.runs(fits, order_by="net_profit desc").to_pandas()["metrics.net_profit"]
    assert len(profits) == 3
    assert profits.is_monotonic_decreasing
    counted = client.delete_runs(fits, preview=True)
    assert (counted.matched, counted.done, len(counted.run_ids)) == (3, 0, 3)
    with pytest.raises(tradeforge.Precondition) as caught:
        client.delete_runs(fits, expected=2)
    assert caught.value.reason == "SET_CHANGED"
    assert client.delete_runs(fits, expected=3).done == 3
    assert client.cancel_runs(fits).matched == 0


def test_what_is_said_of_a_run_is_changed(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    run = start(client, bars, cash="23456", notes="first", labels={"desk": "fx", "tier": "a"})
    read = run.info()
    assert (read.notes, read.display_name) == ("first", "")
    now = run.update(display_name="evening star", labels={"tier": None, "new": "x"}, etag=read.etag)
    assert (now.display_name, now.notes) == ("evening star", "first")
    assert now.labels == {"desk": "fx", "new": "x"}
    assert run.id in client.runs('text = "evening"').to_pandas().index
    with pytest.raises(tradeforge.Precondition) as caught:
        run.update(notes="second", etag=read.etag)
    assert caught.value.reason == "RUN_CHANGED"
    with pytest.raises(tradeforge.Invalid, match="update_mask"):
        run.update()


def test_completed_work_is_reused_if_asked_for(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    cash = "12345"
    first = start(client, bars, cash=cash)
    first.wait(timeout=WAIT_SECONDS)
    again = start(client, bars, cash=cash, reuse="reuse_completed")
    assert again.id == first.id
    assert again.is_dedup
    assert again.disposition is tradeforge.Disposition.REUSED


def test_a_repeated_request_id_makes_one_run(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    request_id = str(uuid.uuid4())
    first = start(client, bars, request_id=request_id)
    assert start(client, bars, request_id=request_id).id == first.id
    with pytest.raises(tradeforge.Invalid) as caught:
        start(client, bars, request_id=request_id, cash="9999")
    assert caught.value.reason == "REQUEST_ID_REUSED"


def test_validation_gives_the_key_without_a_run(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    run = start(client, bars)
    found = client.validate(run.info().pb.backtest)
    assert found.run_key == run.run_key, "a spec as resolved is the same work"
    assert found.total == run.total


def test_every_fault_of_a_request_is_named(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    with pytest.raises(tradeforge.Invalid) as caught:
        start(client, bars, params={"fast": "ten", "fats": 5}, commission="2")
    assert caught.value.reason == "INVALID_SPEC"
    paths = [path for path, _ in caught.value.fields]
    assert any("params" in path and "fast" in path for path in paths)
    assert any("params" in path and "fats" in path for path in paths)
    assert "backtest.simulation.commission_rate" in paths


def test_an_unknown_strategy_is_answered_with_the_nearest_name(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    with pytest.raises(tradeforge.Invalid, match="sma_cross") as caught:
        client.backtest("sma_crss", on=bars.subscription)
    assert any("strategy" in path for path, _ in caught.value.fields)


def test_parameters_that_make_no_sense_together_are_refused(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    with pytest.raises(tradeforge.Invalid):
        start(client, bars, params={"fast": 50, "slow": 10})


def test_bars_that_are_not_there_are_a_precondition(client: tradeforge.Client) -> None:
    with pytest.raises(tradeforge.Precondition) as caught:
        client.backtest("sma_cross", on="NOWHERE:NOTHING@1h")
    assert caught.value.reason == "DATA_MISSING"


def test_an_unknown_run_is_not_found(client: tradeforge.Client) -> None:
    run = client.run(NOBODY)
    for ask in (run.status, run.wait, run.trades, run.cancel, lambda: next(run.watch())):
        with pytest.raises(tradeforge.NotFound):
            ask()


def test_a_malformed_run_id_is_invalid(client: tradeforge.Client) -> None:
    with pytest.raises(tradeforge.Invalid):
        client.run("not-an-id").status()


def test_a_completed_run_can_not_be_cancelled(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    run = start(client, bars)
    run.wait(timeout=WAIT_SECONDS)
    with pytest.raises(tradeforge.Precondition, match="COMPLETED"):
        run.cancel("too late")


def test_a_csv_file_is_imported_and_can_be_run_on(
    client: tradeforge.Client, tmp_path: Path
) -> None:
    file = tmp_path / "hourly.csv"
    file.write_text("\n".join(csv(300)) + "\n")
    imported = client.import_csv(file, exchange="TEST", symbol="CSV", timeframe="1h")
    assert imported.created
    assert imported.rows_read == imported.series.bar_count == 300
    assert imported.series.price_tick == "0.01"
    assert "hourly.csv" in imported.series.source
    assert imported.series.first_bar_time == datetime(2022, 1, 3, tzinfo=UTC)

    again = client.import_csv(file, exchange="TEST", symbol="CSV", timeframe="1h")
    assert not again.created
    assert again.series.data_sha256 == imported.series.data_sha256

    run = client.backtest("buy_and_hold", on=imported.series.subscription)
    assert run.total == 300
    assert run.wait(timeout=WAIT_SECONDS).equity_point_count == 301


def test_several_files_make_one_series(client: tradeforge.Client, tmp_path: Path) -> None:
    whole = csv(200)
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text("\n".join(whole[:101]) + "\n")
    second.write_text("\n".join(whole[:1] + whole[101:]) + "\n")
    imported = client.import_csv(
        [first, second], exchange="TEST", symbol="PARTS", timeframe="1h", price_tick="0.01"
    )
    assert imported.rows_read == imported.series.bar_count == 200
    assert imported.series.gap_count == 0


def test_a_faulty_file_is_refused_with_its_name_and_line_and_nothing_is_kept(
    client: tradeforge.Client, tmp_path: Path
) -> None:
    lines = csv(10)
    lines[4] = lines[3].replace(",2.5", ",3.5")
    assert lines[4] != lines[3]
    file = tmp_path / "twice.csv"
    file.write_text("\n".join(lines) + "\n")
    with pytest.raises(tradeforge.Invalid) as caught:
        client.import_csv(file, exchange="TEST", symbol="TWICE", timeframe="1h")
    assert "twice.csv" in str(caught.value)
    assert re.search(r"\b5\b", str(caught.value)), "lines are counted from 1, with the heading"
    assert "TWICE" not in [series.symbol for series in client.series()]


def test_other_values_at_a_stored_time_need_leave_to_replace(
    client: tradeforge.Client, tmp_path: Path
) -> None:
    lines = csv(10)
    file = tmp_path / "bars.csv"

    def store(replace: bool) -> tradeforge.Imported:
        file.write_text("\n".join(lines) + "\n")
        return client.import_csv(
            file, exchange="TEST", symbol="REPLACE", timeframe="1h", replace=replace
        )

    before = store(replace=False)
    lines[3] = lines[3].replace(".75,", ".50,")
    with pytest.raises(tradeforge.TradeForgeError, match=r"bars\.csv"):
        store(replace=False)
    after = store(replace=True)
    assert after.created
    assert after.series.data_sha256 != before.series.data_sha256
    assert after.series.bar_count == 10
