"""A server in this process that plays a script: for what a healthy server never does on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn, cast

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from google.rpc import code_pb2, status_pb2

import tradeforge
from tradeforge.v1 import (
    market_data_service_pb2,
    result_service_pb2,
    run_service_pb2,
    types_pb2,
)
from tradeforge.v1.market_data_service_pb2_grpc import (
    MarketDataServiceServicer,
    add_MarketDataServiceServicer_to_server,
)
from tradeforge.v1.result_service_pb2_grpc import (
    ResultServiceServicer,
    add_ResultServiceServicer_to_server,
)
from tradeforge.v1.run_service_pb2_grpc import (
    RunServiceServicer,
    add_RunServiceServicer_to_server,
)

RUN_ID = "01938f00-0000-7000-8000-000000000001"

Events = list[run_service_pb2.WatchProgressResponse | grpc.StatusCode]


@dataclass
class Script:
    """What the fake answers, and what it was asked."""

    watches: list[Events] = field(default_factory=list)
    """One list a watch; a status code in it ends the stream with that."""
    polls: list[types_pb2.RunStatus | grpc.StatusCode] = field(default_factory=list)
    """One a GetStatus; the last is repeated."""
    trades: list[result_service_pb2.ExportTradesResponse] = field(default_factory=list)
    refusal: Callable[[grpc.ServicerContext], None] | None = None
    """What Submit does before it answers, such as not to."""
    asked: list[Any] = field(default_factory=list)


class FakeRuns(RunServiceServicer):
    def __init__(self, script: Script) -> None:
        self.script = script

    def Submit(  # noqa: N802
        self, request: run_service_pb2.SubmitRequest, context: Any
    ) -> run_service_pb2.SubmitResponse:
        self.script.asked.append(request)
        if self.script.refusal:
            self.script.refusal(context)
        return run_service_pb2.SubmitResponse(
            run_id=RUN_ID,
            run_key="ab",
            total=100,
            is_dedup=True,
            disposition=run_service_pb2.SUBMIT_DISPOSITION_JOINED,
            warnings=["2 gaps"],
        )

    def GetStatus(  # noqa: N802
        self, request: run_service_pb2.GetStatusRequest, context: Any
    ) -> run_service_pb2.GetStatusResponse:
        self.script.asked.append(request)
        polls = self.script.polls
        answer = polls.pop(0) if len(polls) > 1 else polls[0]
        if isinstance(answer, grpc.StatusCode):
            context.abort(answer, "scripted")
        return run_service_pb2.GetStatusResponse(status=cast("types_pb2.RunStatus", answer))

    def WatchProgress(  # noqa: N802
        self, request: run_service_pb2.WatchProgressRequest, context: Any
    ) -> Iterator[run_service_pb2.WatchProgressResponse]:
        self.script.asked.append(request)
        for event in self.script.watches.pop(0):
            if isinstance(event, grpc.StatusCode):
                context.abort(event, "scripted")
            else:
                yield event


class FakeResults(ResultServiceServicer):
    def __init__(self, script: Script) -> None:
        self.script = script

    def ExportTrades(  # noqa: N802
        self,
        request: result_service_pb2.ExportTradesRequest,
        context: Any,  # noqa: ARG002
    ) -> Iterator[result_service_pb2.ExportTradesResponse]:
        self.script.asked.append(request)
        yield from self.script.trades


class FakeMarketData(MarketDataServiceServicer):
    def __init__(self, script: Script) -> None:
        self.script = script

    def ImportBars(  # noqa: N802
        self,
        request: market_data_service_pb2.ImportBarsRequest,
        context: Any,  # noqa: ARG002
    ) -> market_data_service_pb2.ImportBarsResponse:
        self.script.asked.append(request)
        return market_data_service_pb2.ImportBarsResponse(created=True, rows_read=7)

    def UploadBars(  # noqa: N802
        self,
        request_iterator: Iterator[market_data_service_pb2.UploadBarsRequest],
        context: Any,  # noqa: ARG002
    ) -> market_data_service_pb2.UploadBarsResponse:
        self.script.asked += list(request_iterator)
        return market_data_service_pb2.UploadBarsResponse(created=True, rows_read=7)


@contextmanager
def serve(script: Script) -> Iterator[tradeforge.Client]:
    """Run the fake on a free port and give a client of it."""
    with ThreadPoolExecutor(4) as pool:
        server = grpc.server(pool)
        # The stubs of the service classes are abstract; their generated code is not.
        runs = cast("Any", FakeRuns)(script)
        results = cast("Any", FakeResults)(script)
        market_data = cast("Any", FakeMarketData)(script)
        add_RunServiceServicer_to_server(runs, server)
        add_ResultServiceServicer_to_server(results, server)
        add_MarketDataServiceServicer_to_server(market_data, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            with tradeforge.connect(f"127.0.0.1:{port}") as client:
                yield client
        finally:
            server.stop(None).wait()


def status(
    state: types_pb2.RunState.ValueType, sequence: int = 1, **fields: Any
) -> types_pb2.RunStatus:
    return types_pb2.RunStatus(
        run_id=RUN_ID,
        kind=types_pb2.RUN_KIND_BACKTEST,
        state=state,
        attempt=1,
        sequence=sequence,
        **fields,
    )


def snapshot(
    state: types_pb2.RunState.ValueType, sequence: int
) -> run_service_pb2.WatchProgressResponse:
    return run_service_pb2.WatchProgressResponse(
        sequence=sequence, snapshot=status(state, sequence)
    )


def refuse(context: grpc.ServicerContext, code: grpc.StatusCode, *details: Message) -> NoReturn:
    """End a call the way the server does: a code, and details packed into the trailers."""
    packed = []
    for detail in details:
        item = AnyMessage()
        item.Pack(detail)
        packed.append(item)
    number = code_pb2.Code.Value(code.name)
    body = status_pb2.Status(code=number, message="refused", details=packed)
    context.set_trailing_metadata((("grpc-status-details-bin", body.SerializeToString()),))
    context.abort(code, "refused")
