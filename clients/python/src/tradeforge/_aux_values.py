"""Auxiliary series as values: what they are called, what is stored of them, their rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tradeforge._column import numbers
from tradeforge._convert import from_timestamp
from tradeforge._table import Table, columns_of
from tradeforge.v1 import market_data_service_pb2, types_pb2

_KNOWN_AT = "known_at"


@dataclass(frozen=True, slots=True)
class AuxSeries:
    """One stored version of an auxiliary series."""

    name: str
    exchange: str
    """Where the instrument trades that it belongs to; empty for one that belongs to none."""
    symbol: str
    columns: Sequence[str]
    data_sha256: str
    row_count: int
    first_time: datetime | None
    """When its first row was known."""
    last_time: datetime | None
    """When its last row was known."""
    size_bytes: int
    import_time: datetime | None
    source: str
    is_newest: bool
    """Whether this is the version that a run gets which pins none."""
    pb: market_data_service_pb2.AuxSeries = field(repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.name}@{self.exchange}:{self.symbol}" if self.exchange else self.name


@dataclass(frozen=True, slots=True)
class AuxImported:
    """What came of storing an auxiliary series."""

    series: AuxSeries
    created: bool
    """False if the newest version has the same content."""
    warnings: Sequence[str]
    understood: str
    """How the source was read: its times, when a row was known, which columns were taken."""


class AuxRows(Table[Mapping[str, Any]]):
    """The rows of an auxiliary series: `known_at`, and its columns; an absent value is None."""

    index = _KNOWN_AT

    def __init__(self, messages: Iterable[market_data_service_pb2.ExportAuxResponse]) -> None:
        columns = columns_of(messages)
        columns[_KNOWN_AT] = numbers("time", columns[_KNOWN_AT].to_list())
        super().__init__(columns, dict)


def parts_of(name: str) -> tuple[str, str, str]:
    """Read "signals" or "funding@BINANCE:BTCUSDT" as name, exchange and symbol."""
    text, at, instrument = name.strip().partition("@")
    exchange, colon, symbol = instrument.partition(":")
    if not text or (at and not (colon and exchange and symbol)):
        raise ValueError(f'{name!r} is not of the form "NAME" or "NAME@EXCHANGE:SYMBOL"')
    return text, exchange, symbol


def aux_subscription(name: str) -> types_pb2.AuxSubscription:
    """Say which series a run follows: the newest version of it."""
    text, exchange, symbol = parts_of(name)
    return types_pb2.AuxSubscription(name=text, exchange=exchange, symbol=symbol)


def spec_of(
    name: str,
    *,
    known: str | timedelta,
    time: str,
    columns: Mapping[str, str] | None,
    times_in: str,
    time_format: str,
) -> market_data_service_pb2.AuxSpec:
    """Say what a series is, and when its rows were known."""
    text, exchange, symbol = parts_of(name)
    spec = market_data_service_pb2.AuxSpec(
        name=text,
        exchange=exchange,
        symbol=symbol,
        columns=dict(columns or {}),
        time_column=time,
        times_in=times_in,
        time_format=time_format,
    )
    if isinstance(known, timedelta):
        seconds = known.total_seconds()
        if seconds != int(seconds):
            raise ValueError(f"known is {known}, and must be whole seconds")
        spec.known_after_seconds = int(seconds)
    elif not isinstance(known, str):
        raise TypeError(f"known is a str or a timedelta, not {type(known).__name__}")
    elif known == _KNOWN_AT:
        spec.time_column = time or _KNOWN_AT
    else:
        spec.known_at_end_of = known
    return spec


def series(message: market_data_service_pb2.AuxSeries) -> AuxSeries:
    """Read one stored version."""
    spec = message.spec
    return AuxSeries(
        name=spec.name,
        exchange=spec.exchange,
        symbol=spec.symbol,
        columns=tuple(column.name for column in message.columns),
        data_sha256=message.data_sha256,
        row_count=message.row_count,
        first_time=(from_timestamp(message.first_time) if message.HasField("first_time") else None),
        last_time=from_timestamp(message.last_time) if message.HasField("last_time") else None,
        size_bytes=message.size_bytes,
        import_time=(
            from_timestamp(message.import_time) if message.HasField("import_time") else None
        ),
        source=message.source,
        is_newest=message.is_newest,
        pb=message,
    )


def imported(message: market_data_service_pb2.UploadAuxResponse) -> AuxImported:
    """Read what came of storing one."""
    return AuxImported(
        series=series(message.aux),
        created=message.created,
        warnings=tuple(message.warnings),
        understood=message.understood,
    )
