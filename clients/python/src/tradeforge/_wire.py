"""One connection: where it goes, what it retries, and the calls on it."""

from __future__ import annotations

import json
from typing import Any, TypeVar
from urllib.parse import urlsplit

import grpc

from tradeforge._errors import from_rpc
from tradeforge.v1.market_data_service_pb2_grpc import MarketDataServiceStub
from tradeforge.v1.result_service_pb2_grpc import ResultServiceStub
from tradeforge.v1.run_service_pb2_grpc import RunServiceStub
from tradeforge.v1.strategy_service_pb2_grpc import StrategyServiceStub
from tradeforge.v1.system_service_pb2_grpc import SystemServiceStub

_Request = TypeVar("_Request")
_Response = TypeVar("_Response")

# Calls that may be sent twice: those that only read, and those that the server knows again (Submit
# by its request id, imports by their content, Cancel by the run's state).
_REPEATABLE = {
    "RunService": ["Submit", "GetStatus", "Cancel", "GetRun", "ListRuns"],
    "ResultService": [
        "GetTrial",
        "ListTrials",
        "GetEquityCurve",
        "ListTrades",
        "ListFailureGroups",
    ],
    "StrategyService": ["ListStrategies"],
    "MarketDataService": ["ImportBars", "ListSeries", "GetBars"],
    "SystemService": ["GetServerInfo"],
}

_SERVICE_CONFIG = {
    "methodConfig": [
        {
            "name": [
                {"service": f"tradeforge.v1.{service}", "method": method}
                for service, methods in _REPEATABLE.items()
                for method in methods
            ],
            "retryPolicy": {
                "maxAttempts": 5,
                "initialBackoff": "0.1s",
                "maxBackoff": "2s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}

_OPTIONS: list[tuple[str, Any]] = [
    ("grpc.service_config", json.dumps(_SERVICE_CONFIG)),
    # A peer that vanished without a word is noticed while a call waits for it.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.max_pings_without_data", 0),
    # A restarted server is found again at once rather than after the usual minute.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.max_reconnect_backoff_ms", 2_000),
]


class Wire:
    """The services of one server. `timeout` bounds a call in seconds unless it says otherwise."""

    def __init__(self, address: str, timeout: float | None) -> None:
        self.address = address
        self.timeout = timeout
        self._channel = _open(address)
        self.runs = RunServiceStub(self._channel)
        self.results = ResultServiceStub(self._channel)
        self.strategies = StrategyServiceStub(self._channel)
        self.market_data = MarketDataServiceStub(self._channel)
        self.system = SystemServiceStub(self._channel)

    def call(
        self,
        method: grpc.UnaryUnaryMultiCallable[_Request, _Response],
        request: _Request,
        timeout: float | None = None,
    ) -> _Response:
        """Make one call; its error becomes a TradeForgeError."""
        try:
            return method(request, timeout=self.timeout if timeout is None else timeout)
        except grpc.RpcError as error:
            raise from_rpc(error, self.address) from error

    def close(self) -> None:
        """End the connection and the calls on it."""
        self._channel.close()


def _open(address: str) -> grpc.Channel:
    """Open a channel to "HOST:PORT" or "http://HOST:PORT"; with https, over TLS."""
    parts = urlsplit(address if "://" in address else f"http://{address}")
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path not in ("", "/"):
        raise ValueError(f'address must be "HOST:PORT" or "http(s)://HOST:PORT", not {address!r}')
    options = list(_OPTIONS)
    if parts.hostname in ("127.0.0.1", "::1", "localhost"):
        options.append(("grpc.enable_http_proxy", 0))
    if parts.scheme == "https":
        return grpc.secure_channel(parts.netloc, grpc.ssl_channel_credentials(), options=options)
    return grpc.insecure_channel(parts.netloc, options=options)
