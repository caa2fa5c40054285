"""Waiting and watching, also when the connection breaks, against a scripted server."""

from __future__ import annotations

import grpc
import pytest
from fake import RUN_ID, Script, refuse, serve, snapshot, status
from google.rpc import error_details_pb2

import tradeforge
from tradeforge.v1 import run_service_pb2, types_pb2

RUNNING = types_pb2.RUN_STATE_RUNNING
COMPLETED = types_pb2.RUN_STATE_COMPLETED
LOST = grpc.StatusCode.UNAVAILABLE


def heartbeat() -> run_service_pb2.WatchProgressResponse:
    return run_service_pb2.WatchProgressResponse(sequence=1, heartbeat=run_service_pb2.Heartbeat())


def test_a_watch_ends_with_the_one_final_status() -> None:
    script = Script(watches=[[snapshot(RUNNING, 1), heartbeat(), snapshot(COMPLETED, 4)]])
    with serve(script) as client:
        seen = [(item.sequence, item.is_final) for item in client.run(RUN_ID).watch()]
    assert seen == [(1, False), (4, True)]
    assert not script.asked[0].HasField("after_sequence")


def test_a_lost_watch_goes_on_where_it_was() -> None:
    script = Script(
        watches=[
            [snapshot(RUNNING, 1), snapshot(RUNNING, 2), LOST],
            [LOST],
            [snapshot(RUNNING, 2), snapshot(RUNNING, 5)],
            [snapshot(COMPLETED, 5)],
        ]
    )
    with serve(script) as client:
        seen = [item.sequence for item in client.run(RUN_ID).watch()]
    assert seen == [1, 2, 5, 5], "nothing twice, but a final status in any case"
    resumed = [sent.after_sequence for sent in script.asked if sent.HasField("after_sequence")]
    assert resumed == [2, 2, 5]


def test_a_watch_of_an_unknown_run_is_not_tried_again() -> None:
    script = Script(watches=[[grpc.StatusCode.NOT_FOUND]])
    with serve(script) as client, pytest.raises(tradeforge.NotFound):
        next(iter(client.run(RUN_ID).watch()))
    assert len(script.asked) == 1


def test_waiting_gives_the_outcome_as_a_dataclass() -> None:
    final = status(COMPLETED, 2)
    final.backtest.metrics["sharpe"] = 1.5
    final.backtest.trade_count = 3
    final.backtest.rejections["QUANTITY_TOO_SMALL"] = 1
    final.backtest.result_sha256 = "cd"
    final.backtest.costs["funding"] = -0.5
    script = Script(polls=[status(RUNNING), LOST, status(RUNNING), final])
    with serve(script) as client:
        result = client.run(RUN_ID).wait()
    assert result == tradeforge.BacktestResult(
        run_id=RUN_ID,
        metrics={"sharpe": 1.5},
        trade_count=3,
        equity_point_count=0,
        rejections={"QUANTITY_TOO_SMALL": 1},
        rule_facts=(),
        result_sha256="cd",
        costs={"funding": -0.5},
        acted_rows=None,
        stale_rows=None,
        pb=final.backtest,
    )


def test_waiting_for_a_failed_run_says_why() -> None:
    error = types_pb2.RunError(
        reason="PANIC", message="index out of bounds", metadata={"bar": "7"}, stack_trace="at .."
    )
    script = Script(polls=[status(types_pb2.RUN_STATE_FAILED, error=error)])
    with serve(script) as client, pytest.raises(tradeforge.RunFailed) as caught:
        client.run(RUN_ID).wait()
    failed = caught.value
    assert (failed.reason, failed.message) == ("PANIC", "index out of bounds")
    assert failed.stack_trace == "at .."
    assert str(failed) == f"run {RUN_ID} failed: PANIC: index out of bounds (bar=7)"


def test_waiting_for_a_cancelled_run_says_so() -> None:
    cancel = types_pb2.CancelInfo(reason="enough")
    script = Script(polls=[status(types_pb2.RUN_STATE_CANCELLED, cancel=cancel)])
    with serve(script) as client, pytest.raises(tradeforge.RunCancelled, match="enough"):
        client.run(RUN_ID).wait()


@pytest.mark.parametrize("timeout", [0, 0.05])
def test_a_wait_that_is_over_too_soon_tells_how_the_run_stands(timeout: float) -> None:
    script = Script(polls=[status(RUNNING, 9)])
    with serve(script) as client, pytest.raises(tradeforge.WaitTimeout) as caught:
        client.run(RUN_ID).wait(timeout=timeout)
    assert caught.value.status.sequence == 9


def test_the_result_of_a_live_run_is_a_precondition() -> None:
    script = Script(polls=[status(RUNNING)])
    with serve(script) as client, pytest.raises(tradeforge.Precondition) as caught:
        client.run(RUN_ID).result()
    assert caught.value.reason == "RUN_NOT_FINISHED"


def test_all_faulty_fields_of_a_refused_request_are_listed() -> None:
    violation = error_details_pb2.BadRequest.FieldViolation
    details = error_details_pb2.BadRequest(
        field_violations=[
            violation(field="backtest.params.fast", description="must be an integer"),
            violation(field="backtest.simulation.initial_cash", description="is required"),
        ]
    )
    info = error_details_pb2.ErrorInfo(reason="INVALID_SPEC", metadata={"count": "2"})
    script = Script(
        refusal=lambda context: refuse(context, grpc.StatusCode.INVALID_ARGUMENT, info, details)
    )
    with serve(script) as client, pytest.raises(tradeforge.Invalid) as caught:
        client.backtest("sma_cross", on="SYN:DEMO@1h")
    assert caught.value.fields == [
        ("backtest.params.fast", "must be an integer"),
        ("backtest.simulation.initial_cash", "is required"),
    ]
    assert (caught.value.reason, caught.value.metadata) == ("INVALID_SPEC", {"count": "2"})
    assert "backtest.params.fast: must be an integer" in str(caught.value)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, tradeforge.Invalid),
        (grpc.StatusCode.NOT_FOUND, tradeforge.NotFound),
        (grpc.StatusCode.FAILED_PRECONDITION, tradeforge.Precondition),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, tradeforge.Exhausted),
        (grpc.StatusCode.DEADLINE_EXCEEDED, tradeforge.Unavailable),
        (grpc.StatusCode.INTERNAL, tradeforge.TradeForgeError),
    ],
)
def test_each_code_has_its_error(
    code: grpc.StatusCode, kind: type[tradeforge.TradeForgeError]
) -> None:
    retry = error_details_pb2.RetryInfo()
    retry.retry_delay.FromMilliseconds(1_500)
    script = Script(refusal=lambda context: refuse(context, code, retry))
    with serve(script) as client, pytest.raises(tradeforge.TradeForgeError) as caught:
        client.submit(types_pb2.BacktestSpec())
    assert type(caught.value) is kind
    assert (caught.value.code, caught.value.retry_after) == (code, 1.5)


def test_a_submission_is_sent_again_with_the_same_id_when_the_server_is_away() -> None:
    script = Script()

    def once_away(context: grpc.ServicerContext) -> None:
        if len(script.asked) == 1:
            context.abort(LOST, "scripted")

    script.refusal = once_away
    with serve(script) as client:
        client.submit(types_pb2.BacktestSpec())
    first, second = script.asked
    assert first.request_id == second.request_id != ""


def test_a_server_that_is_not_there_is_unavailable_and_named() -> None:
    with (
        tradeforge.connect("127.0.0.1:1") as client,
        pytest.raises(tradeforge.Unavailable, match=r"127\.0\.0\.1:1"),
    ):
        client.strategies()


@pytest.mark.parametrize("address", ["", "ftp://x:1", "http://", "http://x:1/path"])
def test_an_address_that_can_not_be_one_is_a_value_error(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRADEFORGE_SERVER", "http://")
    with pytest.raises(ValueError, match="address must be"):
        tradeforge.connect(address)


def test_the_address_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRADEFORGE_SERVER", raising=False)
    with tradeforge.connect() as client:
        assert client.wire.address == "127.0.0.1:50051"
    for address in ("example.test:1", "http://example.test:1"):
        monkeypatch.setenv("TRADEFORGE_SERVER", address)
        with tradeforge.connect() as client:
            assert client.wire.address == address
