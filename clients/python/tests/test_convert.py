"""Values between Python and the wire."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from tradeforge import Disposition, RunState, Subscription, Waiting, WaitReason, _convert, _decode
from tradeforge.v1 import run_service_pb2, types_pb2


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, "bool_value"),
        (False, "bool_value"),
        (10, "int_value"),
        (-(2**63), "int_value"),
        (10.0, "double_value"),
        (0.3, "double_value"),
        ("both", "string_value"),
    ],
)
def test_a_parameter_keeps_its_type_and_value_there_and_back(value: Any, kind: str) -> None:
    message = _convert.param_value("p", value)
    assert message.WhichOneof("kind") == kind
    back = _convert.from_param_value(message)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**63])
def test_a_number_the_wire_can_not_hold_is_a_value_error(value: float) -> None:
    with pytest.raises(ValueError, match="'p'"):
        _convert.param_value("p", value)


@pytest.mark.parametrize("value", [None, Decimal("1"), [1], b"x"])
def test_a_parameter_of_another_type_is_a_type_error(value: Any) -> None:
    with pytest.raises(TypeError, match="'p'"):
        _convert.param_value("p", value)


def test_an_unset_parameter_value_reads_as_none() -> None:
    assert _convert.from_param_value(types_pb2.ParamValue()) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0.001", "0.001"),
        (" 10000 ", "10000"),
        (10_000, "10000"),
        (Decimal("0.10"), "0.10"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-9"), "0.000000001"),
    ],
)
def test_exact_numbers_are_written_out_in_full(value: Any, text: str) -> None:
    assert _convert.decimal_string("cash", value) == text


def test_money_as_a_float_is_refused_with_what_to_write_instead() -> None:
    with pytest.raises(TypeError, match=r'cash must be exact.*write "0\.1" instead of 0\.1'):
        _convert.decimal_string("cash", 0.1)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [True, None])
def test_money_of_no_number_type_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="cash"):
        _convert.decimal_string("cash", value)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity")])
def test_money_that_is_not_finite_is_refused(value: Decimal) -> None:
    with pytest.raises(ValueError, match="finite"):
        _convert.decimal_string("cash", value)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2022, 1, 2, tzinfo=UTC),
        datetime(2022, 1, 2),
        datetime(2022, 1, 2, 2, tzinfo=timezone(timedelta(hours=2))),
        date(2022, 1, 2),
        "2022-01-02",
        "2022-01-02T00:00:00Z",
    ],
)
def test_a_moment_may_be_given_in_many_ways(moment: Any) -> None:
    assert _convert.timestamp(moment) == Timestamp(seconds=1_641_081_600)


@pytest.mark.parametrize("micros", [0, 1, 999_999, -1, -1_500_000, 1_641_081_600_123_456])
def test_a_moment_survives_there_and_back_to_the_microsecond(micros: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    message = _convert.timestamp(moment)
    assert 0 <= message.nanos < 1_000_000_000
    assert _convert.from_timestamp(message) == moment


@pytest.mark.parametrize("seconds", [0.0, 0.05, 1.5, 60.0, -1.5])
def test_a_span_survives_there_and_back(seconds: float) -> None:
    message = _convert.duration(seconds)
    assert message.seconds * message.nanos >= 0, "the two have one sign"
    assert _convert.from_duration(message) == timedelta(seconds=seconds)


def test_a_span_below_a_microsecond_is_cut_towards_zero() -> None:
    assert _convert.from_duration(Duration(nanos=-1_999)) == timedelta(microseconds=-1)


def test_a_subscription_reads_as_it_is_written() -> None:
    parsed = Subscription.parse("BINANCE:BTC:USD@X@1m")
    assert parsed == Subscription("BINANCE", "BTC:USD@X", "1m")
    assert str(parsed) == "BINANCE:BTC:USD@X@1m"


@pytest.mark.parametrize("text", ["", "BTC@1m", "B:BTC", ":BTC@1m", "B:@1m", "B:BTC@"])
def test_half_a_subscription_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="EXCHANGE:SYMBOL@TIMEFRAME"):
        Subscription.parse(text)


def test_a_pinned_subscription_keeps_its_hash() -> None:
    message = _convert.subscription(Subscription("B", "BTC", "1m", data_sha256="ab"))
    assert message == types_pb2.Subscription(
        exchange="B", symbol="BTC", timeframe="1m", data_sha256="ab"
    )


def test_an_enum_value_of_a_newer_server_reads_as_unspecified() -> None:
    newer: Any = 99
    read = _convert.enum_name(types_pb2.RunState, "RUN_STATE_", newer, RunState)
    assert read is RunState.UNSPECIFIED


def test_every_enum_value_of_the_wire_has_its_name_here() -> None:
    for number in types_pb2.RunState.values():
        state = _convert.enum_name(types_pb2.RunState, "RUN_STATE_", number, RunState)
        assert f"RUN_STATE_{state}" == types_pb2.RunState.Name(number)
    for value in run_service_pb2.SubmitDisposition.values():
        how = _convert.enum_name(
            run_service_pb2.SubmitDisposition, "SUBMIT_DISPOSITION_", value, Disposition
        )
        assert f"SUBMIT_DISPOSITION_{how}" == run_service_pb2.SubmitDisposition.Name(value)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"reuse must be one of .*ALWAYS_NEW, not 'never'"):
        _convert.enum_number(run_service_pb2.ReusePolicy, "REUSE_POLICY_", "reuse", "never")


@pytest.mark.parametrize(("given", "taken"), [(None, None), (math.inf, None), (0, 0.0), (2, 2.0)])
def test_a_time_to_wait_is_taken(given: float | None, taken: float | None) -> None:
    assert _convert.patience_seconds("timeout", given) == taken


@pytest.mark.parametrize("given", [math.nan, -1, -math.inf])
def test_a_time_that_nobody_can_wait_is_a_value_error(given: float) -> None:
    with pytest.raises(ValueError, match="timeout must be a number of seconds from 0"):
        _convert.patience_seconds("timeout", given)


def test_what_is_no_time_no_number_and_no_label_is_a_type_error_that_names_it() -> None:
    wrong: Any = "5s"
    with pytest.raises(TypeError, match=r"timeout must be a number of seconds or None, not .5s."):
        _convert.patience_seconds("timeout", wrong)
    with pytest.raises(TypeError, match=r"bars must be a whole number, not 1000\.5"):
        _convert.whole_number("bars", 1000.5)  # type: ignore[arg-type]
    number: Any = {"desk": 7}
    with pytest.raises(TypeError, match="labels must be texts: write 'desk': '7'"):
        _convert.labels(number)


def test_what_a_run_waits_for_and_how_fast_it_may_go_are_read() -> None:
    message = types_pb2.RunStatus(
        waiting=types_pb2.Waiting(
            reason=types_pb2.WAIT_REASON_STORAGE_FULL, message="there is no room"
        )
    )
    message.waiting.since_time.FromSeconds(7)
    waiting = _decode.status(message).waiting
    assert waiting == Waiting(
        WaitReason.STORAGE_FULL, datetime(1970, 1, 1, 0, 0, 7, tzinfo=UTC), "there is no room"
    )
    assert _decode.status(types_pb2.RunStatus()).waiting is None
    answer = run_service_pb2.SubmitResponse(bars_per_second=2e6)
    assert _decode.validation(answer).bars_per_second == 2e6
    assert _decode.validation(run_service_pb2.SubmitResponse()).bars_per_second is None
