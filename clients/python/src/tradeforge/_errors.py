"""What can go wrong, as exceptions, and how they are read from an RPC's status.

```text
TradeForgeError
├── Invalid         a request that can not be right; `fields` says where
├── NotFound        no run, trial or series of that id
├── Precondition    right in itself, but not in this state: data missing, run not finished
├── Exhausted       the server is full; `retry_after` may say when to come again
├── Denied          the server asks for a token, or this one may not do that
├── Unavailable     the server can not be reached or does not answer
├── LocalServerError  a server of this program's own did not start
├── RunFailed       the run waited for has failed
├── RunCancelled    the run waited for was cancelled
└── WaitTimeout     the run waited for is not final yet
```
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2

from tradeforge._values import Status

_DETAILS_KEY = "grpc-status-details-bin"


class TradeForgeError(Exception):
    """Any error of the server or of a run, and the base of all the others.

    `reason` is a stable name as in "DATA_MISSING" (empty if the server gave none), `metadata` the
    values that belong to it, `code` the gRPC status code (None if no call failed), `retry_after`
    the seconds after which the server asks to try again (None if it does not).
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        code: grpc.StatusCode | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.metadata = dict(metadata or {})
        self.code = code
        self.retry_after = retry_after


class Invalid(TradeForgeError):  # noqa: N818
    """The request can not be right. All its faults are in `fields`, as (field path, description).

    A path is as in "backtest.simulation.initial_cash"; there may be none.
    """

    def __init__(
        self, message: str, *, fields: Sequence[tuple[str, str]] = (), **details: Any
    ) -> None:
        super().__init__(message, **details)
        self.fields = list(fields)

    def __str__(self) -> str:
        told = [f"{path}: {text}" for path, text in self.fields]
        # Of a single fault the message says the same, without a mark that some proxies encode.
        if len(told) == 1 and told[0].replace("?", "") == self.message:
            return told[0]
        return "\n  ".join([self.message, *(each for each in told if each != self.message)])


class NotFound(TradeForgeError):  # noqa: N818
    """There is no run, trial or series of that id."""


class Precondition(TradeForgeError):  # noqa: N818
    """The request is right in itself, but not as things stand; `reason` says what is in the way."""


class Exhausted(TradeForgeError):  # noqa: N818
    """A limit of the server is reached, such as its queue."""


class Denied(TradeForgeError):  # noqa: N818
    """The server does not know the caller, or the caller may not do that; `reason` says which."""


class Unavailable(TradeForgeError):  # noqa: N818
    """The server can not be reached, is shutting down, or did not answer in time."""


class LocalServerError(TradeForgeError):
    """A server of this program's own could not be had. `log` is the end of what it logged."""

    def __init__(self, message: str, *, log: str = "") -> None:
        super().__init__(message)
        self.log = log


class RunFailed(TradeForgeError):  # noqa: N818
    """The run is FAILED. `stack_trace` is empty if there is none."""

    def __init__(self, status: Status) -> None:
        failure = status.failure
        self.run_id = status.run_id
        self.status = status
        self.stack_trace = failure.stack_trace if failure else ""
        text = failure.message if failure else "the server gave no reason"
        super().__init__(
            text,
            reason=failure.reason if failure else "",
            metadata=failure.metadata if failure else None,
        )

    def __str__(self) -> str:
        values = ", ".join(f"{name}={value}" for name, value in sorted(self.metadata.items()))
        return f"run {self.run_id} failed: {self.reason}: {self.message}" + (
            f" ({values})" if values else ""
        )


class RunCancelled(TradeForgeError):  # noqa: N818
    """The run is CANCELLED. `cancel_reason` is what the request gave, perhaps nothing."""

    def __init__(self, status: Status) -> None:
        self.run_id = status.run_id
        self.status = status
        self.cancel_reason = status.pb.cancel.reason
        because = f": {self.cancel_reason}" if self.cancel_reason else ""
        super().__init__(f"run {self.run_id} was cancelled{because}")


class WaitTimeout(TradeForgeError):  # noqa: N818
    """The run was not final in time. It goes on; `status` is how it stood."""

    def __init__(self, status: Status, timeout: float) -> None:
        self.run_id = status.run_id
        self.status = status
        super().__init__(f"run {self.run_id} is {status.state} after {timeout:g} s")


def from_rpc(error: grpc.RpcError, address: str) -> TradeForgeError:
    """Read the error of a call, with the details the server attached."""
    if not isinstance(error, grpc.Call | grpc.aio.AioRpcError):
        return TradeForgeError(str(error))
    code = error.code()
    message = error.details() or f"the server answered {code.name}"
    found = _read_details(error)
    details: dict[str, Any] = {
        "reason": found.info.reason,
        "metadata": dict(found.info.metadata),
        "code": code,
        "retry_after": found.retry_after,
    }
    match code:
        case grpc.StatusCode.INVALID_ARGUMENT:
            return Invalid(message, fields=found.fields, **details)
        case grpc.StatusCode.NOT_FOUND:
            return NotFound(message, **details)
        case (
            grpc.StatusCode.FAILED_PRECONDITION
            | grpc.StatusCode.ABORTED
            | grpc.StatusCode.ALREADY_EXISTS
        ):
            return Precondition(message, **details)
        case grpc.StatusCode.RESOURCE_EXHAUSTED:
            return Exhausted(message, **details)
        case grpc.StatusCode.UNAUTHENTICATED | grpc.StatusCode.PERMISSION_DENIED:
            return Denied(message, **details)
        case grpc.StatusCode.UNAVAILABLE | grpc.StatusCode.DEADLINE_EXCEEDED:
            return Unavailable(f"server at {address}: {message}", **details)
        case _:
            return TradeForgeError(f"{code.name}: {message}", **details)


class _Details:
    """The parts of a status that we know; the rest is passed over."""

    def __init__(self) -> None:
        self.info = error_details_pb2.ErrorInfo()
        self.fields: list[tuple[str, str]] = []
        self.retry_after: float | None = None


def _read_details(error: grpc.Call | grpc.aio.AioRpcError) -> _Details:
    found = _Details()
    for key, value in error.trailing_metadata() or ():
        if key != _DETAILS_KEY or not isinstance(value, bytes):
            continue
        for item in status_pb2.Status.FromString(value).details:
            bad_request = error_details_pb2.BadRequest()
            retry = error_details_pb2.RetryInfo()
            if item.Unpack(bad_request):
                found.fields += [(v.field, v.description) for v in bad_request.field_violations]
            elif item.Unpack(retry):
                found.retry_after = retry.retry_delay.ToMicroseconds() / 1e6
            else:
                item.Unpack(found.info)
    return found
