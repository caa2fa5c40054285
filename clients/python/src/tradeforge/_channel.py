"""How a connection is opened: where it goes, what it sends again, how it notices a dead peer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

ADDRESS_VARIABLE = "TRADEFORGE_SERVER"
DEFAULT_ADDRESS = "127.0.0.1:50051"

# Calls that may be sent twice: those that only read, and those that the server knows again (Submit
# by its request id, imports by their content, Cancel by the run's state).
_REPEATABLE = {
    "RunService": ["Submit", "GetStatus", "Cancel", "GetRun", "ListRuns"],
    "ResultService": [
        "GetTrial",
        "ListTrials",
        "ListParetoTrials",
        "ExportTrials",
        "GetEquityCurve",
        "ExportEquity",
        "ListTrades",
        "ExportTrades",
        "ListFills",
        "ListInstruments",
        "GetReport",
        "ListFailureGroups",
        "ListLedger",
        "ListWindows",
        "ExportWindowTrials",
        "ListVariants",
        "GetDistributions",
    ],
    "StrategyService": ["ListStrategies", "GetStrategy", "CheckStrategy", "DescribeLanguage"],
    "MarketDataService": ["ImportBars", "ListSeries", "GetBars"],
    "SystemService": ["GetServerInfo", "ListWorkers"],
    "AccessService": ["WhoAmI", "ListTokens", "RevokeToken", "ListOwners", "ListAuditEvents"],
    "HookService": ["ListHooks", "ListDeliveries"],
    "BundleService": ["ExportRun"],
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

_OPTIONS: Sequence[tuple[str, Any]] = (
    ("grpc.service_config", json.dumps(_SERVICE_CONFIG)),
    # A peer that vanished without a word is noticed while a call waits for it.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.max_pings_without_data", 0),
    # A restarted server is found again at once rather than after the usual minute.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.max_reconnect_backoff_ms", 2_000),
)

# Of gRPC's algorithms only the first, which leaves messages as they are.
_NO_COMPRESSION = 1


@dataclass(frozen=True, slots=True)
class Target:
    """Where a server is."""

    place: str
    """HOST:PORT."""
    is_secure: bool
    """Whether by TLS."""
    options: Sequence[tuple[str, Any]]
    """What gRPC is told."""
    is_near: bool
    """Whether it is this very machine."""

    @property
    def url(self) -> str:
        """The server's page."""
        return f"{'https' if self.is_secure else 'http'}://{self.place}"


def target(address: str) -> Target:
    """Read "HOST:PORT", "http://HOST:PORT" or, for TLS, "https://HOST:PORT"."""
    parts = urlsplit(address if "://" in address else f"http://{address}")
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path not in ("", "/"):
        raise ValueError(f'address must be "HOST:PORT" or "http(s)://HOST:PORT", not {address!r}')
    options = list(_OPTIONS)
    is_near = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if is_near:
        options.append(("grpc.enable_http_proxy", 0))
        # On one machine, packing and unpacking takes longer than what it saves.
        options.append(("grpc.compression_enabled_algorithms_bitset", _NO_COMPRESSION))
    return Target(parts.netloc, parts.scheme == "https", options, is_near)
