"""Requests from a caller's arguments, and the handle's answers, against a scripted server."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from fake import RUN_ID, Script, serve

import tradeforge
from tradeforge import _decode, _request
from tradeforge.v1 import market_data_service_pb2, result_service_pb2, run_service_pb2, types_pb2


def test_a_backtest_is_sent_as_it_was_asked_for() -> None:
    script = Script()
    with serve(script) as client:
        run = client.backtest(
            "sma_cross",
            on=["BINANCE:BTCUSDT@1m", tradeforge.Subscription("BINANCE", "BTCUSDT", "1h")],
            params={"fast": 10, "direction": "both"},
            cash=10_000,
            commission="0.001",
            sizing=tradeforge.EquityFraction("0.5"),
            entry_bar_policy="next_bar",
            start="2022-01-01",
            reuse="always_new",
            labels={"desk": "fx"},
        )
    (sent,) = script.asked
    spec = sent.backtest
    assert uuid.UUID(sent.request_id)
    assert sent.reuse_policy == run_service_pb2.REUSE_POLICY_ALWAYS_NEW
    assert dict(sent.labels) == {"desk": "fx"}
    assert [item.timeframe for item in spec.subscriptions] == ["1m", "1h"]
    assert spec.params["fast"].int_value == 10
    assert spec.params["direction"].string_value == "both"
    assert spec.simulation.initial_cash == "10000"
    assert spec.simulation.sizing.equity_fraction == "0.5"
    assert spec.simulation.max_leverage == "", "what is not given is the server's to fill in"
    assert spec.simulation.entry_bar_policy == types_pb2.ENTRY_BAR_POLICY_NEXT_BAR
    assert spec.time_range.start_time.seconds == 1_640_995_200
    assert not spec.time_range.HasField("end_time")
    assert (run.id, run.total, run.is_dedup, run.run_key) == (RUN_ID, 100, True, "ab")
    assert run.disposition is tradeforge.Disposition.JOINED
    assert run.warnings == ("2 gaps",)


def test_noise_is_asked_for_by_a_strength_of_0_and_the_usual_by_none() -> None:
    script = Script()
    with serve(script) as client:
        client.generate("SYN:NOISE@1h", bars=10, trend_strength=0)
        client.generate("SYN:USUAL@1h", bars=10)
    noise, usual = (sent.synthetic for sent in script.asked)
    assert noise.HasField("trend_strength")
    assert noise.trend_strength == 0
    assert not usual.HasField("trend_strength")


def test_a_float_for_money_is_refused_before_anything_is_sent() -> None:
    with tradeforge.connect("127.0.0.1:1") as client, pytest.raises(TypeError, match="cash"):
        client.backtest("sma_cross", on="SYN:DEMO@1h", cash=0.1)  # type: ignore[arg-type]


def test_submitting_leaves_the_callers_request_as_it_was() -> None:
    request = run_service_pb2.SubmitRequest()
    request.backtest.strategy.name = "sma_cross"
    script = Script()
    with serve(script) as client:
        client.submit(request)
    assert request.request_id == ""
    assert script.asked[0].request_id != ""


def test_a_request_keeps_the_id_it_came_with() -> None:
    script = Script()
    with serve(script) as client:
        client.submit(run_service_pb2.SubmitRequest(request_id="mine"))
    assert script.asked[0].request_id == "mine"


def test_a_request_that_only_validates_starts_no_run() -> None:
    script = Script()
    with serve(script) as client:
        with pytest.raises(ValueError, match="validate"):
            client.submit(run_service_pb2.SubmitRequest(validate_only=True))
        found = client.validate(types_pb2.BacktestSpec())
    assert (found.run_key, found.total) == ("ab", 100)
    assert [sent.validate_only for sent in script.asked] == [True]


@pytest.mark.parametrize(
    ("sizing", "field"),
    [
        (tradeforge.FixedQuantity("2"), "fixed_quantity"),
        (tradeforge.FixedNotional("2"), "fixed_notional"),
        (tradeforge.EquityFraction("2"), "equity_fraction"),
    ],
)
def test_each_sizing_has_its_own_field(sizing: tradeforge.Sizing, field: str) -> None:
    message = _request.sizing(sizing)
    assert message.WhichOneof("kind") == field
    assert getattr(message, field) == "2"


def test_an_upload_is_a_header_and_the_bytes_of_each_file(tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    big = b"x" * 1_000_000
    first.write_bytes(big)
    second.write_bytes(b"y")
    script = Script()
    with serve(script) as client:
        imported = client.import_csv(
            [first, second], exchange="B", symbol="BTC", timeframe="1m", price_tick="0.01"
        )
    parts = [piece.WhichOneof("part") for piece in script.asked]
    assert parts == ["header", "chunk", "chunk", "header", "chunk"]
    names = [piece.header.source_name for piece in script.asked if piece.HasField("header")]
    assert names == ["a.csv", "b.csv"]
    assert script.asked[0].header.series.price_tick == "0.01"
    assert b"".join(piece.chunk for piece in script.asked) == big + b"y"
    assert (imported.created, imported.rows_read) == (True, 7)


def test_how_a_file_is_laid_out_is_sent_as_it_was_declared(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"x")
    script = Script()
    with serve(script) as client:
        client.import_file(
            file,
            "B:BTC@1m",
            time_format="dmy",
            times_in="America/New_York",
            time_is="close",
            scale="0.001",
            decimal_mark="comma",
            file_symbol="BTC",
            skip_rows=2,
            no_header=True,
        )
        with pytest.raises(ValueError, match=r"time_is must be one of .*did you mean 'CLOSE'"):
            client.import_file(file, "B:BTC@1m", time_is="clse")
    layout = script.asked[0].header.layout
    assert (layout.time_format, layout.times_in) == ("dmy", "America/New_York")
    assert layout.time_is == market_data_service_pb2.BAR_TIME_CLOSE
    assert layout.decimal_mark == market_data_service_pb2.DECIMAL_MARK_COMMA
    assert (layout.scale, layout.symbol) == ("0.001", "BTC")
    assert (layout.skip_rows, layout.no_header) == (2, True)


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with tradeforge.connect("127.0.0.1:1") as client, pytest.raises(FileNotFoundError):
        client.import_csv(tmp_path / "none.csv", exchange="B", symbol="BTC", timeframe="1m")


def test_a_file_that_fails_while_it_is_read_is_an_os_error(tmp_path: Path) -> None:
    with serve(Script()) as client, pytest.raises(OSError, match="directory"):
        client.import_csv(tmp_path, exchange="B", symbol="BTC", timeframe="1m")


def part_of_trades(**values: Any) -> result_service_pb2.ExportTradesResponse:
    """One trade as the server exports it; None is a value that it does not have."""
    columns = []
    for name, value in values.items():
        column = result_service_pb2.Column(name=name, validity=b"\0" if value is None else b"")
        if isinstance(value, str) or name == "exit_reason":
            column.strings.values.append(value or "")
        elif isinstance(value, float) or name in ("exit_price", "max_adverse_excursion"):
            column.doubles.values.append(value or 0.0)
        else:
            column.ints.values.append(value or 0)
        columns.append(column)
    return result_service_pb2.ExportTradesResponse(row_count=1, columns=columns)


def test_trades_are_gathered_over_all_messages() -> None:
    closed: dict[str, Any] = {
        "trade_index": 0,
        "symbol": "BTCUSDT",
        "side": "LONG",
        "entry_time_unix_ms": 60_000,
        "exit_time_unix_ms": 120_000,
        "entry_price": 100.0,
        "exit_price": 101.0,
        "quantity": 1.0,
        "profit": 1.0,
        "fees": 0.0,
        "exit_reason": "SIGNAL",
        "ambiguous": 1,
        "max_adverse_excursion": -2.5,
        "bars_held": 1,
    }
    still_open = closed | {
        "trade_index": 1,
        "side": "SHORT",
        "exit_time_unix_ms": None,
        "exit_price": 5.0,
        "exit_reason": None,
        "ambiguous": 0,
        "max_adverse_excursion": None,
        "bars_held": None,
    }
    script = Script(trades=[part_of_trades(**closed), part_of_trades(**still_open)])
    with serve(script) as client:
        first, second = client.run(RUN_ID).trades()
    assert not script.asked[0].HasField("trial_index")
    assert (first.side, first.exit_reason, first.ambiguous) == ("LONG", "SIGNAL", True)
    assert first.exit_time is not None
    assert (first.exit_time - first.entry_time).total_seconds() == 60
    assert (second.side, second.exit_time, second.exit_price) == ("SHORT", None, None)
    assert (second.exit_reason, second.ambiguous) == (None, False)
    assert (first.max_adverse_excursion, first.bars_held) == (-2.5, 1)
    assert (second.max_adverse_excursion, second.bars_held) == (None, None)
    # A server that does not have it yet.
    assert first.max_favorable_excursion is None


def test_an_optimization_reads_as_its_own_result() -> None:
    message = types_pb2.RunStatus(run_id=RUN_ID)
    message.optimization.completed = 2
    message.optimization.failures.add(reason="PARAM_INVALID", count=1)
    best = message.optimization.best_trial
    best.trial_index = 3
    best.params["fast"].int_value = 10
    best.objective_value = 0.0
    result = _decode.result(message)
    assert isinstance(result, tradeforge.SweepResult)
    assert (result.completed, result.failures[0].count) == (2, 1)
    assert result.best_trial is not None
    assert result.best_trial.params == {"fast": 10}
    assert result.best_trial.objective == 0.0, "0 is a value, only absence is None"
